"""Seats that come free are filled again: nobody conflicted, nobody moved without need."""

import pytest

from contracts.review import AssignmentDeclined, AssignmentSealed, PanelAssigned
from services.chassis.errors import NotFound
from services.review.commands import DeclineAssignment, FillSeats
from services.review.store import AssignmentRun, CallTally, DeclaredConflict, Panel, Seat
from tests.review.chair import Chair, conflict, ids, rederives, seated
from tests.review.events import CALL, call_document, checked, judged, submitted, withdrawn


def test_a_declined_seat_is_filled_at_once_and_nobody_else_is_moved() -> None:
    """One event for the decline, one run, one panel; the person never comes back to it."""
    chair = seated(6, 6)
    before = chair.panels()
    gone = min(before["a01"])
    answer = chair.decline("a01", gone)
    after = chair.panels()
    assert gone not in after["a01"]
    assert len(after["a01"] - before["a01"]) == 1
    assert {a: p for a, p in after.items() if a != "a01"} == {
        a: p for a, p in before.items() if a != "a01"
    }
    (_, run) = chair.events(AssignmentSealed)
    assert [e.application_id for e in chair.events(PanelAssigned)] == [*before, "a01"]
    assert (run.kind, rederives(run)) == ("replacement", True)
    assert chair.row(Seat, "a01", gone).status == "declined"
    again = DeclineAssignment("a01", gone, "没有时间", gone)
    assert chair.again(again) == answer
    assert answer.body == {"application_id": "a01", "status": "declined"}


def test_a_decline_does_not_take_a_seat_from_a_colleague_to_keep_a_least_load() -> None:
    """Whoever gives a seat back below load_min is not handed another."""
    chair = Chair()
    chair.ready(*ids("a", 4))
    chair.enrol(*ids("r", 4), load_min=3)
    chair.close()
    chair.assign()
    chair.enrol("r05")
    before = chair.panels()
    gone = min(before["a01"])
    chair.decline("a01", gone)
    assert chair.loads()[gone] == 2
    assert [a for a in before if before[a] != chair.panels()[a]] == ["a01"]


def test_a_decline_that_nobody_can_make_good_leaves_the_seat_empty() -> None:
    """The reviewer is free, learns nothing about others, and the officer fills it later."""
    chair = seated(2, 3)
    answer = chair.decline("a01", "r01")
    assert answer.body == {"application_id": "a01", "status": "declined"}
    assert chair.panels()["a01"] == {"r02", "r03"}
    assert chair.events(AssignmentDeclined)[0].declined_by == "r01"
    assert chair.refusal(FillSeats(CALL, "officer-1")).code == "assignment_infeasible"
    chair.enrol("r04")
    assert chair.fill().body == {"call_id": CALL, "filled": ["a01"]}
    assert chair.panels()["a01"] == {"r02", "r03", "r04"}
    assert chair.again(FillSeats(CALL, "officer-1")).body["filled"] == []
    assert all(rederives(run) for run in chair.events(AssignmentSealed))


def test_one_seat_that_stays_empty_does_not_keep_others_from_being_filled() -> None:
    """Its reviewers' load there still counts."""
    chair = seated(2, 3)
    for reviewer in ("r01", "r02"):
        chair.decline("a01", reviewer)
    chair.enrol("r04", load_max=1)
    chair.decline("a02", "r01")
    assert chair.panels() == {"a01": {"r03"}, "a02": {"r02", "r03", "r04"}}


def test_what_is_carried_on_a_panel_that_stays_short_counts_as_load() -> None:
    """The last free reviewer sits on the short panel already and takes one review only."""
    chair = seated(2, 3)
    chair.enrol("r04", load_max=1)
    chair.decline("a01", "r01")
    chair.decline("a01", "r02")
    assert chair.panels()["a01"] == {"r03", "r04"}
    chair.decline("a02", "r01")
    assert chair.panels()["a02"] == {"r02", "r03"}


@pytest.mark.parametrize("begun", ["a02", "a03"])
def test_a_review_that_has_begun_stays_when_somebody_must_move(begun: str) -> None:
    """The only reviewer left is tied to the empty seat, so one of two others changes places."""
    one_each = {"method": "mean", "trim_above": 3, "reviews_min": 1, "decimals": 4}
    document = call_document(panel_size=1, aggregation={**one_each, "rounding": "half_even"})
    chair = Chair(document=document)
    chair.ready(*ids("a", 3))
    chair.enrol(*ids("r", 3), load_max=1)
    chair.close()
    chair.assign()
    before = {application: min(panel) for application, panel in chair.panels().items()}
    chair.enrol("r04", load_max=1)
    chair.declare("a01", "r04")
    chair.score(begun, before[begun])
    chair.decline("a01", before["a01"])
    (moved,) = {"a02", "a03"} - {begun}
    assert chair.panels()[begun] == {before[begun]}
    assert chair.panels()["a01"] == {before[moved]}


def test_seats_that_were_never_held_or_are_scored_cannot_be_declined() -> None:
    """Unknown application, no seat, sheet handed in."""
    chair = seated(2, 4)
    (stranger,) = set(ids("r", 4)) - chair.panels()["a01"]
    held = min(chair.panels()["a01"])
    for application, reviewer in (("a99", held), ("a01", stranger), ("a01", "r99")):
        command = DeclineAssignment(application, reviewer, "-", reviewer)
        assert isinstance(chair.refusal(command), NotFound)
    chair.score("a01", held)
    refused = chair.refusal(DeclineAssignment("a01", held, "-", held))
    assert (refused.status, refused.code) == (409, "already_scored")


def test_a_conflict_declared_after_the_panels_empties_the_seat_and_fills_it() -> None:
    """The two never meet again, whatever happens to other seats."""
    chair = seated(4, 5)
    before = chair.panels()
    tied = min(before["a01"])
    chair.declare("a01", tied)
    assert tied not in chair.panels()["a01"]
    assert len(chair.panels()["a01"]) == 3
    assert chair.row(Seat, "a01", tied).status == "conflicted"
    for other in sorted(chair.panels()["a01"])[:1]:
        chair.decline("a01", other)
    assert tied not in chair.panels()["a01"]
    assert all(rederives(run) for run in chair.events(AssignmentSealed))


def test_a_conflict_is_recorded_even_when_nobody_can_take_the_seat() -> None:
    """A tie that is known and not recorded would be worse than an empty seat."""
    chair = seated(2, 3)
    chair.declare("a01", "r01")
    assert chair.panels()["a01"] == {"r02", "r03"}
    assert chair.row(DeclaredConflict, "a01", "r01").declared_as == "reviewer"


def test_a_conflict_is_declared_once() -> None:
    """Again, or in other words: the first stands and the answer is the same."""
    chair = seated(2, 4)
    answer = chair.declare("a01", "r01")
    assert chair.again(conflict("a01", "r01", statement="另一说法")) == answer
    assert chair.row(CallTally).conflicts == 1


def test_a_conflict_names_an_enrolled_reviewer_and_a_known_application() -> None:
    """Otherwise nothing is kept."""
    chair = seated(1, 3)
    assert chair.refusal(conflict("a99", "r01")).code == "application_unknown"
    assert chair.refusal(conflict("a01", "r99")).code == "reviewer_unknown"


def test_what_becomes_ready_after_the_panels_gets_one_too() -> None:
    """Left out because it waited, settled since; nobody who sits is moved."""
    chair = Chair()
    chair.ready("a01", "a02")
    chair.hear(submitted("a03"), judged("a03", "undetermined"), checked("a03"))
    chair.enrol(*ids("r", 4))
    chair.close()
    chair.assign(leave_out=True)
    before = chair.panels()
    chair.hear(judged("a03"))
    chair.fill()
    assert len(chair.panels()["a03"]) == 3
    assert {a: chair.panels()[a] for a in before} == before
    assert chair.row(Panel, "a03").run_id == chair.events(AssignmentSealed)[-1].run_id


def test_a_withdrawn_application_leaves_the_panel() -> None:
    """Its seats count for nobody's load and need not be filled."""
    chair = Chair()
    chair.ready("a01", "a02")
    chair.enrol(*ids("r", 3), load_max=2)
    chair.close()
    chair.assign()
    chair.hear(withdrawn("a01"))
    chair.decline("a01", "r01")
    assert chair.again(FillSeats(CALL, "officer-1")).body["filled"] == []
    assert len(chair.rows(AssignmentRun)) == 1


def test_there_is_nothing_to_fill_before_there_are_panels() -> None:
    """Unknown call, no panels."""
    chair = Chair()
    assert chair.refusal(FillSeats("unknown", "officer-1")).code == "call_unknown"
    assert chair.refusal(FillSeats(CALL, "officer-1")).code == "no_panels"
