"""Panels: made once by proof, and never with anybody who is tied."""

from dataclasses import replace

from contracts.review import AssignmentSealed, PanelAssigned
from contracts.submission import CallAmended
from services.review.commands import AssignPanels
from services.review.store import CallTally
from tests.review.chair import Chair, ids, rederives, seated
from tests.review.events import CALL, call_document, checked, closed, judged, submitted, withdrawn

ASSIGN = AssignPanels(CALL, "7", leave_out_waiting=False, dry_run=False, by="officer-1")


def test_panels_are_made_sealed_and_answered_the_same_again() -> None:
    """Every panel is full, each event names the run, and the run repeats from its own evidence."""
    chair = seated(4, 5)
    (run,) = chair.events(AssignmentSealed)
    assert (run.kind, rederives(run)) == ("whole", True)
    assert [len(panel) for panel in chair.panels().values()] == [3, 3, 3, 3]
    panels = {p["application_id"]: p["reviewer_ids"] for p in run.assignment["panels"]}
    for event in chair.events(PanelAssigned):
        assert (event.run_id, event.run_sha256) == (run.run_id, run.run_sha256)
        assert list(event.reviewer_ids) == panels[event.application_id]
    assert chair.row(CallTally).panels == 4
    first = chair.again(ASSIGN)
    assert first.body["panels"] == run.assignment["panels"]
    assert (first.body["applications"], first.body["seats"]) == (4, 12)
    assert all(level["value"] == level["bound"] for level in first.body["certificate"])


def test_a_changed_run_no_longer_re_derives() -> None:
    """The check sees a panel that the evidence does not give."""
    (run,) = seated(4, 5).events(AssignmentSealed)
    assignment = {**run.assignment, "panels": run.assignment["panels"][::-1]}
    assert not rederives(run.model_copy(update={"assignment": assignment}))


def test_a_dry_run_shows_the_very_panels_and_seals_nothing() -> None:
    """What the officer looks at is what will be sealed."""
    chair = Chair()
    chair.ready(*ids("a", 4))
    chair.enrol(*ids("r", 5))
    chair.close()
    shown = chair.again(replace(ASSIGN, dry_run=True))
    assert shown.status == 200
    assert chair.assign().body == shown.body
    assert chair.again(replace(ASSIGN, dry_run=True)).body == shown.body


def test_another_seed_is_refused_once_panels_are_sealed() -> None:
    """Whoever does not like the panels cannot draw again."""
    refused = seated().refusal(replace(ASSIGN, seed="8"))
    assert (refused.status, refused.code) == (409, "panels_exist")


def test_the_answer_stands_though_seats_have_changed_since() -> None:
    """A repeated request is not made to fail by what happened after it."""
    chair = seated(4, 5)
    before = chair.again(ASSIGN)
    chair.decline("a01", min(chair.panels()["a01"]))
    assert chair.again(ASSIGN) == before


def test_no_panels_while_the_call_is_open_or_somebody_waits() -> None:
    """The waiting are named with what they wait for; the officer may go on without them."""
    chair = Chair()
    chair.ready("a01", "a02")
    chair.hear(submitted("a03"), judged("a03", "undetermined"))
    chair.enrol(*ids("r", 4))
    assert chair.refusal(ASSIGN).code == "call_still_open"
    chair.close()
    refused = chair.refusal(ASSIGN)
    assert refused.extra["waiting"] == [
        {"application_id": "a03", "reasons": ["eligibility_open", "documents_open"]}
    ]
    chair.ask(replace(ASSIGN, leave_out_waiting=True))
    assert set(chair.panels()) == {"a01", "a02"}


def test_only_what_is_ready_gets_a_panel() -> None:
    """Barred, incomplete and withdrawn applications do not; they need no leave either."""
    chair = Chair()
    chair.ready(*ids("a", 4))
    chair.hear(judged("a01", "barred"), checked("a02", "incomplete"), withdrawn("a03"))
    chair.enrol(*ids("r", 4))
    chair.close()
    chair.assign()
    assert set(chair.panels()) == {"a04"}


def test_an_impossible_assignment_says_who_is_short_of_whom() -> None:
    """Two reviewers for panels of three; nothing is half made."""
    chair = Chair()
    chair.ready("a01")
    chair.enrol("r1", "r2")
    chair.close()
    refused = chair.refusal(ASSIGN)
    assert (refused.code, refused.extra["seats_short"]) == ("assignment_infeasible", 1)
    chair.enrol("r3")
    assert chair.assign().status == 201


def test_whoever_is_tied_is_never_seated() -> None:
    """By declaration, and by working where the applicant is."""
    chair = Chair()
    chair.ready("a01")
    chair.enrol(*ids("r", 4))
    chair.enrol("r05", organisation_id="society-a01", organisation_name="虚构学会a01")
    chair.declare("a01", "r01")
    chair.close()
    chair.assign()
    assert chair.panels() == {"a01": {"r02", "r03", "r04"}}


def test_panels_of_an_unknown_call_cannot_be_made() -> None:
    """The refusal says where to publish it."""
    assert Chair().refusal(replace(ASSIGN, call_id="unknown")).code == "call_unknown"


def test_an_amended_call_is_open_again_until_it_is_closed_again() -> None:
    """No panels in between, though they could have been made before."""
    chair = Chair()
    chair.ready("a01")
    chair.enrol(*ids("r", 3))
    chair.close()
    chair.hear(
        CallAmended(
            call_id=CALL, call_version=2, call=call_document(panel_size=2), call_sha256="1" * 64,
            reason="延期", amended_by="officer-1", amended_at="2021-07-13T09:00:00+08:00",
        )
    )  # fmt: skip
    assert chair.refusal(ASSIGN).code == "call_still_open"
    chair.hear(closed("2021-07-20T00:00:00+08:00"))
    chair.assign()
    assert len(chair.panels()["a01"]) == 2
