"""What document says when others speak: effect, repeat, refusal."""

from typing import Any

import pytest

from contracts.submission import CallAmended, DispatchDeclared
from services.document.commands.assessing import rederive
from services.document.store import Case, Check, File
from tests.document.conftest import APPLICATION, CALL_ID, Desk


def test_a_submitted_application_is_assessed_with_what_is_there(desk: Desk) -> None:
    """Nothing came yet: incomplete, of unknown time, with both reasons."""
    desk.publish()
    desk.submit()
    (found,) = desk.assessments()
    assert (found.verdict, found.timely, found.assessment_no) == ("incomplete", "unknown", 1)
    assert desk.codes() == ["paper_missing", "electronic_missing"]
    assert desk.service.rows(Check)[0].verdict == "incomplete"


def test_a_redelivered_submission_is_assessed_once(desk: Desk) -> None:
    """The same application again says nothing new."""
    desk.publish()
    desk.submit()
    desk.submit()
    assert len(desk.assessments()) == 1


def test_an_application_that_overtakes_its_call_is_assessed_when_the_call_comes(
    desk: Desk,
) -> None:
    """Cross-key order is not promised; whichever comes second does the work, once."""
    desk.submit()
    desk.submit("application-2", "applicant-2")
    assert desk.assessments() == []
    desk.publish()
    desk.publish()
    assert [e.application_id for e in desk.assessments()] == [APPLICATION, "application-2"]


def test_files_and_parcels_that_come_first_wait_for_their_application(desk: Desk) -> None:
    """They are kept, and the application is complete the moment it is known."""
    desk.file()
    desk.parcel()
    assert desk.assessments() == []
    desk.publish()
    desk.submit()
    (found,) = desk.assessments()
    assert (found.verdict, found.timely) == ("complete", "on_time")


def test_each_piece_that_changes_the_answer_is_assessed_and_no_other(desk: Desk) -> None:
    """File, then parcel: the reasons shrink; an unneeded attachment changes nothing."""
    desk.publish()
    desk.submit()
    desk.file()
    assert desk.codes() == ["paper_missing"]
    desk.file(kind="annex", sha256="c" * 64)
    desk.parcel()
    assert [e.assessment_no for e in desk.assessments()] == [1, 2, 3]
    assert desk.assessments()[-1].verdict == "complete"
    assert desk.service.rows(Check)[0].assessment_no == 3


def test_every_assessment_repeats_from_its_own_event(desk: Desk) -> None:
    """The evidence in the event gives the same fields again (law 3)."""
    desk.publish()
    desk.submit()
    desk.file()
    desk.parcel(copies=4, sealed=3, dispatched_on=None)
    for event in desk.assessments():
        assert rederive(event) == {name: getattr(event, name) for name in rederive(event)}


def test_a_file_slipped_in_by_another_before_the_owner_was_known_does_not_count(
    desk: Desk,
) -> None:
    """It is kept as received, but it is nobody's electronic version."""
    desk.file(received_from="applicant-2")
    desk.publish()
    desk.submit()
    assert "electronic_missing" in desk.codes()
    assert desk.assessments()[-1].evidence["received"]["files"] == []


def test_a_declared_dispatch_is_a_note_and_proves_nothing(desk: Desk) -> None:
    """What the applicant says about the day changes no assessment."""
    desk.publish()
    desk.submit()
    for _ in range(2):
        desk.world.receive(
            DispatchDeclared(
                application_id=APPLICATION, call_id=CALL_ID, carrier="EMS", waybill="W1",
                dispatched_on="2021-07-12", declared_at="2021-07-12T10:00:00+08:00",
            )
        )  # fmt: skip
    (case,) = desk.service.rows(Case)
    assert case.declared == [{"carrier": "EMS", "waybill": "W1", "dispatched_on": "2021-07-12"}]
    assert len(desk.assessments()) == 1


def test_an_application_keeps_the_version_of_the_call_it_was_submitted_under(
    desk: Desk,
) -> None:
    """An amendment that asks for three copies does not touch those who sent under the first."""
    desk.publish()
    desk.submit()
    fewer = {**desk.call, "documents": {**desk.call["documents"], "copies": 3}}
    desk.world.receive(
        CallAmended(
            call_id=CALL_ID, call_version=2, call=fewer, call_sha256="1" * 64, reason="-",
            amended_by="officer", amended_at="2021-07-05T12:00:00+08:00",
        )
    )  # fmt: skip
    desk.file()
    desk.parcel(copies=3, sealed=3)
    assert desk.codes() == ["copies_short"]
    assert desk.assessments()[-1].evidence["call_version"] == 1


def test_an_unreadable_call_parks_its_key_and_nobody_elses(desk: Desk) -> None:
    """The letter names what the call lacks; applications of other calls go on."""
    desk.publish(documents={})
    (letter,) = desk.service.letters
    assert (letter.state, letter.code) == ("parked", "call_unreadable")
    assert "copies" in letter.reason
    desk.file()
    assert len(desk.service.rows(File)) == 1


@pytest.mark.parametrize("seed", range(8))
def test_any_interleaving_of_keys_ends_in_the_same_store(call: dict[str, Any], seed: int) -> None:
    """Call and applications lie in different partitions; whatever is read first, the rows agree."""
    dumps = []
    for chosen in (0, seed):
        desk = Desk(call)
        desk.world.random.seed(chosen)
        desk.file()
        desk.parcel()
        for number in range(1, 6):
            desk.submit(f"application-{number}", f"applicant-{number}", settle=False)
        desk.publish(settle=False)
        desk.world.settle()
        dumps.append(desk.service.dump())
    assert dumps[0] == dumps[1]
    assert len(dumps[0]["check"]) == 5
