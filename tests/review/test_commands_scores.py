"""Score sheets: handed in once, by who holds the seat, and void when a tie comes to light."""

import pytest

from contracts.review import ReviewCompleted, ScoresSubmitted
from services.chassis.errors import Forbidden, Invalid, NotFound
from services.review.store import CallTally, Completed, ScoreSheet
from tests.review.chair import Chair, ids, ranked, seated, sheet
from tests.review.events import CRITERIA, withdrawn


def seats_of(chair: Chair, application_id: str = "a01") -> list[str]:
    """Who sits there, by id."""
    return sorted(chair.panels()[application_id])


def test_a_sheet_is_handed_in_once() -> None:
    """One event, one row, one in the count; the same again is answered the same."""
    chair = seated(2, 4)
    reviewer = seats_of(chair)[0]
    answer = chair.ask(sheet("a01", reviewer, 80, "好"))
    assert chair.again(sheet("a01", reviewer, 80, "好")) == answer
    (event,) = chair.events(ScoresSubmitted)
    assert event.points == dict.fromkeys(CRITERIA, 80)
    assert len(chair.rows(ScoreSheet)) == chair.row(CallTally).sheets == 1


@pytest.mark.parametrize("changed", [{"points": 81}, {"comment": "不好"}, {"budget": 79}])
def test_a_sheet_cannot_be_changed(changed: dict[str, int]) -> None:
    """Neither a point nor a word; the refusal says since when it stands."""
    chair = seated(1, 3)
    chair.ask(sheet("a01", "r01", 80, "好"))
    said: dict[str, int | str] = {"points": 80, "comment": "好", **changed}
    refused = chair.refusal(sheet("a01", "r01", **said))  # type: ignore[arg-type]
    assert (refused.status, refused.code) == (409, "already_scored")


@pytest.mark.parametrize("points", [0, 100])
def test_the_limits_of_a_criterion_are_allowed(points: int) -> None:
    """Nothing and full marks."""
    chair = seated(1, 3)
    assert chair.score("a01", "r01", points).status == 201


def test_every_wrong_mark_is_named() -> None:
    """One too many, one unknown, one missing: all at once, in both languages."""
    chair = seated(1, 3)
    command = sheet("a01", "r01", 80, budget=101, taste=1)
    points = {name: value for name, value in command.points.items() if name != "feasibility"}
    refused = chair.refusal(type(command)("a01", "r01", points, ""))
    assert isinstance(refused, Invalid)
    assert [p["code"] for p in refused.extra["problems"]] == [
        "mark_missing",
        "criterion_unknown",
        "mark_out_of_range",
    ]
    assert all(p["what"] != p["what_zh"] for p in refused.extra["problems"])


def test_only_the_panel_hands_in_sheets() -> None:
    """A stranger, somebody who declined, somebody tied; nothing is said of who sits there."""
    chair = seated(2, 5)
    first, second, _ = seats_of(chair)
    stranger = min(set(ids("r", 5)) - chair.panels()["a01"])
    chair.decline("a01", first)
    chair.declare("a01", second)
    for reviewer in (first, second, stranger, "r99"):
        if reviewer not in chair.panels()["a01"]:
            refused = chair.refusal(sheet("a01", reviewer))
            assert isinstance(refused, Forbidden)
            assert not any(other in refused.en for other in chair.panels()["a01"])
    assert isinstance(chair.refusal(sheet("a99", first)), NotFound)


def test_the_last_sheet_completes_the_review() -> None:
    """Not the one before; the score is exact."""
    chair = seated(1, 3)
    for reviewer, points in zip(ids("r", 3), (80, 81, 81), strict=True):
        assert chair.events(ReviewCompleted) == []
        chair.score("a01", reviewer, points)
    (event,) = chair.events(ReviewCompleted)
    assert (event.sheets, event.score) == (3, "242/3")
    assert chair.row(CallTally).completed == 1


def test_a_conflict_declared_after_the_sheet_voids_it_and_asks_somebody_else() -> None:
    """The review is open again until the new sheet is in; the count follows."""
    chair = seated(1, 4)
    for reviewer in seats_of(chair):
        chair.score("a01", reviewer, 100)
    tied = seats_of(chair)[0]
    chair.declare("a01", tied)
    assert (chair.row(Completed).status, chair.row(CallTally).completed) == ("reopened", 0)
    assert isinstance(chair.refusal(sheet("a01", tied, 100)), Forbidden)
    (fresh,) = set(seats_of(chair)) - {s.reviewer_id for s in chair.rows(ScoreSheet)}
    chair.score("a01", fresh, 70)
    assert chair.row(CallTally).completed == 1
    assert chair.row(Completed).score == "90/1"


def test_a_panel_with_an_empty_seat_is_not_complete() -> None:
    """Two sheets of three are in and nobody else sits: still open."""
    chair = seated(1, 3)
    chair.score("a01", "r01")
    chair.declare("a01", "r01")
    chair.score("a01", "r02")
    chair.score("a01", "r03")
    assert chair.events(ReviewCompleted) == []
    chair.enrol("r04")
    chair.fill()
    chair.score("a01", "r04")
    assert len(chair.events(ReviewCompleted)) == 1


def test_no_sheet_is_taken_for_a_withdrawn_application() -> None:
    """One that is in may still be asked about."""
    chair = seated(1, 3)
    chair.score("a01", "r01")
    chair.hear(withdrawn("a01"))
    assert chair.refusal(sheet("a01", "r02")).code == "withdrawn"
    assert chair.again(sheet("a01", "r01")).status == 201


def test_no_sheet_is_taken_once_the_ranking_is_sealed() -> None:
    """Late is late, even for an empty seat; an early one is answered the same for ever."""
    chair = Chair()
    chair.ready("a01", "a02")
    chair.enrol(*ids("r", 4))
    chair.close()
    chair.assign()
    late = seats_of(chair)[0]
    chair.hear(withdrawn("a01"))
    for reviewer in seats_of(chair, "a02"):
        chair.score("a02", reviewer)
    chair.seal()
    assert chair.refusal(sheet("a01", late)).code == "ranking_sealed"
    assert chair.again(sheet("a02", seats_of(chair, "a02")[0])).status == 201


def test_a_conflict_declared_after_the_seal_is_recorded_and_moves_nobody() -> None:
    """The ranking stands; whoever decides can see the tie."""
    chair = ranked({"a01": 90, "a02": 80})
    before = chair.panels()
    tied = min(before["a01"])
    chair.declare("a01", tied)
    assert chair.panels()["a01"] == before["a01"] - {tied}
    assert chair.panels()["a02"] == before["a02"]
