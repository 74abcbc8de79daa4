"""Withdrawals and dispatches: what an applicant may still do after sending."""

import pytest

from contracts.review import AwardDecided
from contracts.submission import ApplicationWithdrawn, DispatchDeclared
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound
from services.submission.commands.applications import DISPATCHES_MAX
from services.submission.commands.calls import PublishCall
from services.submission.store import Application, CallTally, Dispatch
from tests.submission.office import CLOSES, DURING, LAST_TICK, Office, call_document


def decided(application_id: str) -> AwardDecided:
    return AwardDecided(
        application_id=application_id,
        call_id="cast-2021-open-cooperation",
        applicant_id="fictional-A",
        decision="awarded",
        amount_fen=30_000_000,
        rank=1,
        reasons=(),
        decided_by="officer-1",
        decided_at=DURING,
    )


def test_an_application_is_taken_back_with_a_reason() -> None:
    """Everyone hears of it; the row stays, as withdrawn."""
    office = Office()
    application_id = office.sent()
    answer = office.ask(office.withdrawing(application_id))

    assert (answer.status, answer.body["withdrawn_at"]) == (200, DURING)
    [event] = office.events(ApplicationWithdrawn)
    assert event.reason == "改期"
    assert office.rows(Application)[0].withdrawn_at == DURING
    assert office.rows(CallTally)[0].withdrawn == 1


def test_taking_back_again_changes_nothing() -> None:
    """The same reason gets the same answer, another reason is told that it is done."""
    office = Office()
    application_id = office.sent()
    first = office.ask(office.withdrawing(application_id))
    office.at(CLOSES)
    assert office.ask(office.withdrawing(application_id)) == first
    assert (
        office.refusal(office.withdrawing(application_id, reason="别的")).code
        == "already_withdrawn"
    )
    assert len(office.events(ApplicationWithdrawn)) == 1


def test_a_withdrawn_application_cannot_be_sent_again() -> None:
    """Withdrawal is final: another application is begun instead."""
    office = Office()
    application_id = office.sent()
    office.ask(office.withdrawing(application_id))
    assert office.refusal(office.submitting(application_id)).code == "already_withdrawn"


def test_withdrawal_ends_with_the_window_where_the_call_says_so() -> None:
    """N11: the last microsecond is in, midnight is out."""
    office = Office()
    first, second = office.sent("A"), office.sent("B")
    office.at(LAST_TICK).ask(office.withdrawing(first, "A"))
    assert office.at(CLOSES).refusal(office.withdrawing(second, "B")).code == "withdrawal_over"


def test_otherwise_withdrawal_ends_with_the_decision() -> None:
    """A decided award is given up in writing, not by a click."""
    document = call_document()
    document["withdrawal"] = {"until": "award_decided"}
    office = Office(published=False)
    office.ask(PublishCall(document, "officer-1"))
    office.at(DURING)
    first, second = office.sent("A"), office.sent("B")
    office.at(CLOSES).ask(office.withdrawing(first, "A"))
    office.world.receive(decided(second))
    assert office.refusal(office.withdrawing(second, "B")).code == "already_decided"


@pytest.mark.parametrize("act", ["withdrawing", "dispatching"])
def test_only_the_applicant_acts_and_only_once_it_was_sent(act: str) -> None:
    """Unknown, still a draft, or somebody else's: three refusals, each saying what to do."""
    office = Office()
    draft, sent = office.begin("A", "draft"), office.sent("A")
    command = getattr(office, act)
    assert isinstance(office.refusal(command("unknown")), NotFound)
    assert office.refusal(command(draft)).code == "not_submitted"
    assert isinstance(office.refusal(command(sent, "B")), Forbidden)


def test_a_dispatch_is_declared_with_its_waybill_and_day() -> None:
    """R46: the day is what counts later; the waybill is written as carriers print it."""
    office = Office()
    application_id = office.sent()
    answer = office.ask(office.dispatching(application_id))

    assert (answer.status, answer.body["waybill"]) == (201, "EA123456789CN")
    [event] = office.events(DispatchDeclared)
    assert (event.waybill, event.dispatched_on, event.declared_at) == (
        "EA123456789CN",
        "2021-07-05",
        DURING,
    )
    assert office.rows(CallTally)[0].dispatches == 1


def test_declaring_the_same_parcel_again_changes_nothing() -> None:
    """However the waybill is spaced; with another day it is a contradiction and is told."""
    office = Office()
    application_id = office.sent()
    first = office.ask(office.dispatching(application_id))
    assert office.ask(office.dispatching(application_id, waybill="ea123456789CN")) == first
    refused = office.refusal(office.dispatching(application_id, dispatched_on="2021-07-04"))
    assert refused.code == "dispatch_declared_otherwise"
    assert len(office.rows(Dispatch)) == 1


def test_a_parcel_is_declared_on_the_day_it_leaves_and_not_before() -> None:
    """Beijing's today is in, tomorrow is out."""
    office = Office("2021-07-05T23:59:59.999999+08:00")
    application_id = office.sent()
    refused = office.refusal(office.dispatching(application_id, dispatched_on="2021-07-06"))
    assert isinstance(refused, Invalid)
    office.at("2021-07-06T00:00:00+08:00")
    assert office.ask(office.dispatching(application_id, dispatched_on="2021-07-06")).status == 201


def test_a_late_dispatch_is_declared_all_the_same() -> None:
    """Whether it was in time is for document to find: what happened is recorded."""
    office = Office()
    application_id = office.sent()
    office.at("2021-07-14T10:00:00+08:00")
    assert office.ask(office.dispatching(application_id, dispatched_on="2021-07-14")).status == 201


def test_parcels_have_an_end() -> None:
    """A limit on everything, and none for what was withdrawn."""
    office = Office()
    application_id = office.sent()
    for number in range(DISPATCHES_MAX):
        office.ask(office.dispatching(application_id, waybill=f"EA{number:04}"))
    assert (
        office.refusal(office.dispatching(application_id, waybill="EA9999")).code
        == "dispatches_too_many"
    )
    office.ask(office.withdrawing(application_id))
    refused = office.refusal(office.dispatching(application_id, waybill="EA8888"))
    assert isinstance(refused, Conflict)
    assert refused.code == "already_withdrawn"
