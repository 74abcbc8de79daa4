"""What document says when clerks and applicants ask: effect, repeat, refusal."""

from typing import Any

import pytest

from contracts.document import CorrectionRequested, FileReceived, PaperReceived
from contracts.submission import ApplicationWithdrawn
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound
from services.document.commands.corrections import RequestCorrection
from services.document.commands.files import FILES_MAX
from services.document.commands.parcels import RecountParcel
from services.document.store import File, Parcel
from tests.document.conftest import APPLICATION, CALL_ID, Desk


def test_the_same_upload_again_gets_the_same_answer_and_no_event(desk: Desk) -> None:
    """A client that lost the answer may send the bytes again, later."""
    first = desk.file()
    desk.world.clock.instant = "2021-07-06T10:00:00+08:00"
    again = desk.file()
    assert first == again
    assert first.status == 201
    assert len(desk.service.rows(File)) == 1
    assert len([e for e in desk.service.emitted if isinstance(e, FileReceived)]) == 1


def test_two_emails_with_equal_bytes_are_two_receipts(desk: Desk) -> None:
    """Each e-mail has its own instant; which one counts is for the rules."""
    for at in ("2021-07-03T09:00:00+08:00", "2021-07-04T09:00:00+08:00"):
        desk.file(channel="email", received_at=at, received_from="")
    assert len(desk.service.rows(File)) == 2


def test_another_applicant_may_not_add_files(desk: Desk) -> None:
    """The application's owner is known from submission."""
    desk.publish()
    desk.submit()
    with pytest.raises(Forbidden) as refused:
        desk.file(received_from="applicant-2")
    assert refused.value.code == "not_your_application"
    assert desk.service.rows(File) == []


def test_files_have_a_limit(desk: Desk) -> None:
    """The hundred and first file is refused, the hundredth is taken."""
    for number in range(FILES_MAX):
        desk.file(sha256=f"{number:064x}")
    with pytest.raises(Conflict) as refused:
        desk.file(sha256="f" * 64)
    assert refused.value.code == "files_max"
    assert len(desk.service.rows(File)) == FILES_MAX


def test_a_withdrawn_application_takes_no_upload_and_is_not_assessed_again(desk: Desk) -> None:
    """Paper that still arrives is registered, for it did arrive; nobody judges it."""
    desk.publish()
    desk.submit()
    desk.world.receive(
        ApplicationWithdrawn(
            application_id=APPLICATION, call_id=CALL_ID, reason="-", withdrawn_by="a",
            withdrawn_at="2021-07-05T11:00:00+08:00",
        )
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        desk.file()
    assert refused.value.code == "application_withdrawn"
    desk.parcel()
    assert len(desk.service.rows(Parcel)) == 1
    assert len(desk.assessments()) == 1


def test_the_same_parcel_again_gets_the_same_answer(desk: Desk) -> None:
    """Whoever registers it a second time; other counts need a recount."""
    first = desk.parcel()
    assert desk.parcel() == first
    with pytest.raises(Conflict) as refused:
        desk.parcel(copies=6)
    assert refused.value.code == "parcel_counted_otherwise"
    assert len([e for e in desk.service.emitted if isinstance(e, PaperReceived)]) == 1


def test_a_recount_replaces_the_count_and_settles_what_was_open(desk: Desk) -> None:
    """The carrier names the day of an unreadable waybill: undetermined becomes complete."""
    desk.publish()
    desk.submit()
    desk.file()
    desk.world.clock.instant = "2021-07-20T10:00:00+08:00"
    arrived = "2021-07-20T09:00:00+08:00"
    parcel_id = desk.parcel(dispatched_on=None, arrived_at=arrived).body["parcel_id"]
    assert desk.assessments()[-1].verdict == "undetermined"
    command = RecountParcel(
        APPLICATION, parcel_id, desk.count(dispatched_on="2021-07-12", arrived_at=arrived),
        "承运方查证回函", "clerk-2",
    )  # fmt: skip
    first = desk.world.ask("document", command)
    assert desk.assessments()[-1].verdict == "complete"
    assert desk.world.ask("document", command) == first
    assert desk.service.rows(Parcel)[0].recount_reason == "承运方查证回函"
    assert len(desk.service.rows(Parcel)) == 1


def test_a_recount_of_an_unknown_parcel_is_refused(desk: Desk) -> None:
    """There is nothing to count again."""
    command = RecountParcel(APPLICATION, "no-such", desk.count(), "重新清点", "clerk-2")
    with pytest.raises(NotFound):
        desk.world.ask("document", command)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"originals": 6}, "originals_over_copies"),
        ({"sealed": 6}, "sealed_over_copies"),
        ({"dispatched_on": "2021-07-06"}, "dispatched_after_arrival"),
        ({"arrived_at": "2021-07-05T10:00:01+08:00"}, "arrived_in_the_future"),
    ],
)
def test_impossible_counts_are_refused_and_nothing_is_registered(
    desk: Desk, changes: dict[str, Any], code: str
) -> None:
    """A typing mistake is answered, not judged."""
    with pytest.raises(Invalid) as refused:
        desk.parcel(**changes)
    assert code in refused.value.extra["codes"]
    assert desk.service.rows(Parcel) == []


def test_a_correction_is_asked_once_and_may_be_extended_but_not_shortened(desk: Desk) -> None:
    """A promised day is kept."""
    desk.publish()
    desk.submit()
    desk.file()
    desk.parcel(sealed=4)
    first = desk.world.ask("document", RequestCorrection(APPLICATION, "2021-07-20", "clerk"))
    assert first.body["reasons"][0]["code"] == "seal_missing"
    assert desk.world.ask("document", RequestCorrection(APPLICATION, "2021-07-20", "c")) == first
    desk.world.ask("document", RequestCorrection(APPLICATION, "2021-07-22", "clerk"))
    with pytest.raises(Conflict) as refused:
        desk.world.ask("document", RequestCorrection(APPLICATION, "2021-07-19", "clerk"))
    assert refused.value.code == "shorter_than_promised"
    asked = [e for e in desk.service.emitted if isinstance(e, CorrectionRequested)]
    assert [e.due_on for e in asked] == ["2021-07-20", "2021-07-22"]


def test_a_supplement_within_the_correction_makes_it_complete(desk: Desk) -> None:
    """A second parcel after closing, while the correction runs, mends the missing copy."""
    desk.publish()
    desk.submit()
    desk.file()
    desk.parcel(copies=4, sealed=4)
    desk.world.clock.instant = "2021-07-14T10:00:00+08:00"
    desk.world.ask("document", RequestCorrection(APPLICATION, "2021-07-20", "clerk"))
    desk.world.clock.instant = "2021-07-16T10:00:00+08:00"
    desk.parcel(
        waybill="W2", copies=1, originals=0, sealed=1, dispatched_on="2021-07-15",
        arrived_at="2021-07-16T09:00:00+08:00",
    )  # fmt: skip
    assert (desk.assessments()[-1].verdict, desk.assessments()[-1].timely) == (
        "complete",
        "on_time",
    )


def test_a_correction_of_nothing_or_of_lateness_is_refused(desk: Desk) -> None:
    """Unknown, late and complete applications have nothing to mend."""
    with pytest.raises(NotFound):
        desk.world.ask("document", RequestCorrection(APPLICATION, "2021-07-20", "clerk"))
    desk.publish()
    desk.submit()
    with pytest.raises(Conflict) as refused:
        desk.world.ask("document", RequestCorrection(APPLICATION, "2021-07-20", "clerk"))
    assert refused.value.code == "not_mendable"
    desk.file()
    desk.parcel()
    with pytest.raises(Conflict) as refused:
        desk.world.ask("document", RequestCorrection(APPLICATION, "2021-07-20", "clerk"))
    assert refused.value.code == "nothing_to_correct"
