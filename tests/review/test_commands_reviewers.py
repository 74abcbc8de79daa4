"""Reviewers: enrolled once, mended in what they take, never in who they are."""

import pytest

from contracts.review import ReviewerEnrolled
from contracts.submission import CallAmended
from services.chassis.errors import Conflict, Invalid, NotFound
from services.review.store import CallTally, Expert
from tests.review.chair import Chair, enrolment
from tests.review.events import CALL, call_document


def test_a_reviewer_is_enrolled_once() -> None:
    """One event, one row, one in the count; the same again is answered the same."""
    chair = Chair()
    answer = chair.ask(enrolment("r1"))
    assert chair.again(enrolment("r1", items=(*reversed(enrolment().items), "1.1"))) == answer
    (event,) = chair.events(ReviewerEnrolled)
    assert event.items == tuple(sorted(enrolment().items))
    assert chair.row(CallTally).reviewers == 1


def test_what_a_reviewer_takes_may_be_mended_and_who_they_are_may_not() -> None:
    """A refused assignment tells the officer to raise load_max; another employer hides a tie."""
    chair = Chair()
    chair.ask(enrolment("r1"))
    chair.ask(enrolment("r1", load_max=3, items=("1.1",)))
    row = chair.row(Expert, "r1", CALL)
    assert (row.load_max, row.items, chair.row(CallTally).reviewers) == (3, ["1.1"], 1)
    for change in ({"name": "别人"}, {"organisation_id": "x"}, {"organisation_name": "别处"}):
        refused = chair.refusal(enrolment("r1", load_max=3, items=("1.1",), **change))
        assert isinstance(refused, Conflict)
        assert next(iter(change)) in refused.en


def test_the_same_person_may_review_under_two_calls() -> None:
    """One row per call; neither knows of the other's seats."""
    chair = Chair()
    chair.world.receive(
        CallAmended(
            call_id="another-call", call_version=1, call=call_document(), call_sha256="0" * 64,
            reason="-", amended_by="officer-1", amended_at="2021-07-01T09:00:00+08:00",
        )
    )  # fmt: skip
    chair.ask(enrolment("r1"))
    chair.ask(enrolment("r1", call_id="another-call", load_max=1))
    assert {(r.call_id, r.load_max) for r in chair.rows(Expert)} == {
        (CALL, 20),
        ("another-call", 1),
    }


@pytest.mark.parametrize(("low", "high", "taken"), [(3, 3, True), (4, 3, False)])
def test_loads_that_contradict_themselves_are_refused_where_they_are_typed(
    low: int, high: int, taken: bool
) -> None:
    """Equal limits are taken, one more is not; found out later it would block every assignment."""
    chair = Chair()
    command = enrolment("r1", load_min=low, load_max=high)
    if taken:
        assert chair.ask(command).status == 201
    else:
        assert isinstance(chair.refusal(command), Invalid)


def test_nobody_is_enrolled_under_an_unknown_call() -> None:
    """The refusal says where to publish it."""
    assert isinstance(Chair().refusal(enrolment("r1", call_id="unknown")), NotFound)
