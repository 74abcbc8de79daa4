"""What others say, taken in: effect, repeat, any order, and what cannot be read."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from contracts.event import Event
from contracts.submission import CallAmended
from services.review.store import CallTerms, Case, Eligibility, Objection, Papers, Reservation
from tests.review.chair import Chair, ids, ranked
from tests.review.events import (
    CALL,
    answered,
    call_document,
    checked,
    closed,
    judged,
    noticed,
    objected,
    published,
    reserved,
    submitted,
    withdrawn,
)


def amended(version: int = 2, **review: Any) -> CallAmended:
    """A later version of the call."""
    return CallAmended(
        call_id=CALL, call_version=version, call=call_document(**review), call_sha256="1" * 64,
        reason="-", amended_by="officer-1", amended_at="2021-07-06T09:00:00+08:00",
    )  # fmt: skip


HEARD: list[Event] = [
    published(),
    amended(),
    closed(),
    noticed([]),
    submitted(),
    judged(),
    checked(),
    withdrawn(),
    objected("a01"),
    answered("a01", upheld=True),
]


@pytest.mark.parametrize("event", HEARD, ids=lambda event: event.TYPE)
def test_the_same_event_again_changes_nothing(event: Event) -> None:
    """Delivered twice in a row: the rows stay as they were."""
    chair = Chair()
    chair.hear(submitted(), objected("a01"))
    chair.hear(event)
    before = chair.service.dump()
    chair.hear(event)
    assert chair.service.dump() == before
    assert chair.service.emitted == []


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_an_application_is_ready_whatever_came_first(order: tuple[int, ...]) -> None:
    """Application, verdict, papers and closing, in each of their twenty-four orders."""
    events = [submitted(), judged(), checked(), closed()]
    chair = Chair()
    chair.hear(*(events[n] for n in order))
    chair.enrol(*ids("r", 3))
    chair.assign()
    assert chair.panels() == {"a01": {"r01", "r02", "r03"}}


@pytest.mark.parametrize(
    ("last", "in_review"),
    [
        (judged("a01", "barred"), False),
        (judged("a01", "eligible"), True),
        (checked("a01", "incomplete"), False),
        (checked("a01", "complete"), True),
        (withdrawn("a01"), False),
    ],
)
def test_the_latest_word_counts(last: Event, in_review: bool) -> None:
    """A verdict that changes takes an application out, or lets it in."""
    chair = Chair()
    chair.hear(submitted("a01"), judged("a01", "undetermined"), checked("a01", "undetermined"))
    chair.hear(judged("a01"), checked("a01"), last)
    chair.enrol(*ids("r", 3))
    chair.close()
    chair.assign()
    assert ("a01" in chair.panels()) is in_review


def test_each_event_lands_in_a_row_of_its_own() -> None:
    """What others said, as far as review cares."""
    chair = ranked({"a01": 90})
    recommended = chair.service.emitted[-1]
    chair.hear(objected("a01"), reserved(recommended), noticed([recommended]))  # type: ignore[arg-type,list-item]
    assert chair.row(Case).status == "submitted"
    assert chair.row(Eligibility).verdict == "eligible"
    assert chair.row(Papers).verdict == "complete"
    assert chair.row(Objection).status == "open"
    assert (chair.row(Reservation).status, chair.row(Reservation).amount_fen) == (
        "held",
        30_000_000,
    )
    assert chair.row(CallTerms).noticed == ["a01"]


def test_an_amended_call_keeps_its_notice_and_opens_again() -> None:
    """What was posted stays posted."""
    chair = Chair()
    chair.hear(closed(), noticed([]), amended(panel_size=5))
    terms = chair.row(CallTerms)
    assert (terms.call_version, terms.closed_at, terms.notice_ends_on) == (2, None, "2021-08-27")
    assert terms.review["panel_size"] == 5


def test_a_late_withdrawal_of_something_unknown_is_taken_quietly() -> None:
    """Nothing is known of it, so nothing changes and nothing waits."""
    chair = Chair()
    chair.hear(withdrawn("a99"), answered("a99", upheld=True))
    assert chair.rows(Case) == chair.rows(Objection) == []


def _without(*path: str) -> Callable[[dict[str, Any]], None]:
    def cut(document: dict[str, Any]) -> None:
        for part in path[:-1]:
            document = document[part]
        del document[path[-1]]

    return cut


def _with(value: Any, *path: str) -> Callable[[dict[str, Any]], None]:
    def put(document: dict[str, Any]) -> None:
        for part in path[:-1]:
            document = document[part]
        document[path[-1]] = value

    return put


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (_without("review"), "review"),
        (_without("review", "criteria"), "criteria"),
        (_without("quota", "awards_max"), "awards_max"),
        (_without("budget", "total_fen"), "total_fen"),
        (_with([], "review", "criteria"), "criteria"),
        (_with(0, "review", "panel_size"), "panel_size"),
        (_with(1, "review", "aggregation", "trim_above"), "trim_above"),
        (_with("median", "review", "aggregation", "method"), "median"),
        (_with([{"kind": "lot", "criteria": ["x"]}], "review", "tie_breaks"), "tie_breaks"),
        (_with(-1, "budget", "total_fen"), "budget_fen"),
        (_with("2021-07-13T00:00:00", "window", "closes_before"), "offset"),
        (_with("soon", "window", "closes_before"), "soon"),
        (_with([], "amount"), "amount"),
        (_with(None, "review", "aggregation"), "NoneType"),
    ],
)
def test_a_call_that_review_cannot_work_with_waits_and_says_why(
    edit: Callable[[dict[str, Any]], None], named: str
) -> None:
    """Found out when it arrives and not when an officer is stuck; other keys go on."""
    document = call_document()
    edit(document)
    chair = Chair()
    event = published(document).model_copy(update={"call_id": "other"})
    chair.world.receive(event)
    (letter,) = chair.service.letters
    assert (letter.state, letter.code) == ("parked", "call_unreadable")
    assert named in letter.reason
    chair.world.receive(submitted("a01"))
    assert [row.application_id for row in chair.rows(Case)] == ["a01"]
    assert [row.call_id for row in chair.rows(CallTerms)] == [CALL]
