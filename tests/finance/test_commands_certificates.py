"""Reconciliation: prepared by one, signed by another, on the same hash of the same books."""

from typing import Any

import pytest

from contracts.finance import BreakOpened, ReconciliationSigned
from services.chassis.errors import Conflict, Invalid, NotFound
from services.finance.commands import (
    PrepareReconciliation,
    SignReconciliation,
    rederived_report,
)
from services.finance.commands import evidence as evidence_module
from services.finance.rules.canonical import content_hash
from services.finance.rules.reconcile import report
from services.finance.store import Break, Certificate
from tests.finance.heard import AWARD, CALL, recommended
from tests.finance.office import Office

FIRST = AWARD * 7 // 10


def preparing(on: str = "2021-09-30", by: str = "treasurer-1") -> PrepareReconciliation:
    return PrepareReconciliation(CALL, on, by)


def signing(digest: str, by: str = "finance-2", call_id: str = CALL) -> SignReconciliation:
    return SignReconciliation(call_id, digest, by)


def paid() -> Office:
    """One payment at the bank, one on its way."""
    office = Office().ready("a1", "a2")
    office.bank.pays(office.pay("a1"))
    office.pay("a2", on="2021-09-29")
    office.read()
    return office


def test_a_report_is_prepared_by_one_and_signed_by_another() -> None:
    """Each half repeated is answered the same; the certificate is the report that was read."""
    office = paid()
    prepared = office.repeated(preparing()).body
    signed = office.repeated(signing(prepared["report_sha256"])).body
    assert (signed["reconciled"], signed["status"]) == (True, "signed")

    (event,) = office.events(ReconciliationSigned)
    assert (event.prepared_by, event.signed_by) == ("treasurer-1", "finance-2")
    assert event.report == prepared["report"]
    assert office.rows(Certificate)[0].report_sha256 == prepared["report_sha256"]
    assert [b["code"] for b in event.report["breaks"]] == ["TIMING"]
    office.check()


def test_the_preparer_may_not_sign() -> None:
    """Whoever prepared last."""
    office = paid()
    digest = office.ask(preparing(by="finance-2")).body["report_sha256"]
    assert office.refusal(signing(digest)).code == "same_person"
    office.ask(preparing())
    office.ask(signing(digest))


def test_nothing_is_signed_that_was_not_prepared() -> None:
    """No report, another report, or books that have moved since."""
    office = paid()
    assert office.refusal(signing("0" * 64)).code == "not_prepared"
    digest = office.ask(preparing()).body["report_sha256"]
    assert office.refusal(signing("0" * 64)).code == "books_moved"
    office.hears(recommended("a3", 3))
    assert office.refusal(signing(digest)).code == "books_moved"
    again = office.ask(preparing()).body["report_sha256"]
    assert again != digest
    assert office.refusal(signing(digest)).code == "books_moved"
    office.ask(signing(again))


def test_both_people_mean_the_same_hash() -> None:
    """The signer may not sign newer books that nobody prepared, though they are what stands."""
    office = paid()
    office.ask(preparing())
    office.hears(recommended("a3", 3))
    newer = content_hash(report(office.books()))
    assert office.refusal(signing(newer)).code == "books_moved"
    assert office.ask(preparing()).body["report_sha256"] == newer
    office.ask(signing(newer))


@pytest.mark.parametrize(
    ("command", "kind", "code"),
    [
        (PrepareReconciliation("unheard", "2021-09-30", "t"), NotFound, "call_unknown"),
        (signing("0" * 64, call_id="unheard"), NotFound, "call_unknown"),
        (preparing("2021-10-01"), Invalid, "day_in_future"),
        (preparing("2021-09-08"), Conflict, "as_of_too_early"),
    ],
)
def test_a_report_is_refused(command: Any, kind: type, code: str) -> None:
    """An unknown call, a day to come, a day before the last line of the books."""
    refused = paid().refusal(command)
    assert (type(refused), refused.code) == (kind, code)


def test_the_day_of_the_last_line_is_late_enough() -> None:
    """The ninth is the last booked day; a balance can be told as of it."""
    office = paid()
    assert office.ask(preparing("2021-09-09")).status == 201


def test_lines_that_can_be_matched_are_matched_first() -> None:
    """A report is not signed over work that a rule can do."""
    office = Office().ready()
    office.bank.other(-FIRST, "拨款", "2021-09-08", counterparty_account="6222A1")
    office.read(on="2021-09-08")
    office.pay()
    assert office.refusal(preparing("2021-09-08")).code == "matching_open"
    office.match_again()
    assert office.ask(preparing("2021-09-08")).status == 201


def test_a_payment_that_never_arrived_gets_an_owner_and_loses_it_when_it_does() -> None:
    """Eight days after the instruction it is late; the line resolves it by rule."""
    office = Office().ready()
    office.bank.other(-100, "手续费", "2021-09-08")
    payment = office.pay(on="2021-09-08")
    office.read(on="2021-09-15")
    assert office.reconcile("2021-09-15")["breaks"][0]["code"] == "TIMING"
    assert office.breaks() == []
    told = office.reconcile("2021-09-16")
    assert (told["reconciled"], office.breaks()) == (True, ["UNMATCHED_PAYMENT"])
    before = len(office.events(BreakOpened))
    office.reconcile("2021-09-17")
    assert len(office.events(BreakOpened)) == before

    office.bank.pays(payment, "2021-09-17")
    office.read()
    assert (office.breaks(), office.breaks("resolved")) == ([], ["UNMATCHED_PAYMENT"])
    office.check()


def test_a_decision_without_money_behind_it_is_named() -> None:
    """Awarded while the budget was short: refused, and the report says so."""
    office = Office(budget=False)
    office.award("a1")
    office.budget(AWARD - 1)
    told = office.reconcile("2021-09-30")
    assert [b["code"] for b in told["breaks"]] == ["MISSING_AWARD"]
    assert office.the_break("MISSING_AWARD").owner == "programme_officer"


def test_books_that_contradict_themselves_stop_every_payment() -> None:
    """A balance changed behind our back: INTERNAL_DRIFT, which stands again after a resolution."""
    office = paid()
    office.at("2021-09-30").ask(preparing())
    _tamper(office)
    told = office.reconcile("2021-09-30")
    assert (told["reconciled"], "INTERNAL_DRIFT" in office.breaks()) == (False, True)
    office.release("a1", 2, "2022-03-20")
    office.prepare("a1", 2, "2022-03-22")
    command = office.instructing("2022-03-22", name="a1", number=2)
    assert office.refusal(command).code == "stop_break_open"
    for found in [b for b in office.rows(Break) if b.code == "INTERNAL_DRIFT"]:
        office.resolve(found.break_id)
    office.ask(PrepareReconciliation(CALL, "2022-03-22", "treasurer-1"))
    assert "INTERNAL_DRIFT" in office.breaks()


def _tamper(office: Office) -> None:
    held = office.service.cache.rows["balance"]
    pk = next(pk for pk in held if pk[1].startswith("cash:bank"))
    row: Any = held[pk]
    office.service.cache.put(row.spec, row.but(signed_fen=row.signed_fen + 1))


def test_the_books_travel_with_the_certificate_unless_they_are_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the event alone the same report follows; large books are named by their hash."""
    office = paid()
    office.reconcile("2021-09-30")
    (event,) = office.events(ReconciliationSigned)
    read = ReconciliationSigned.model_validate_json(event.to_json())
    assert rederived_report(read)["report_sha256"] == event.report_sha256
    assert rederived_report(read)["report"] == event.report

    monkeypatch.setattr(evidence_module, "EVIDENCE_BYTES_MAX", 1_000)
    office.reconcile("2021-10-31")
    large = office.events(ReconciliationSigned)[1]
    assert large.evidence == {}
    assert len(large.report["inputs_sha256"]) == 64
    assert rederived_report(large) == {}


def test_a_changed_fen_in_the_evidence_is_found_out() -> None:
    """Re-deriving compares what the event claims with what its own books say."""
    office = paid()
    office.reconcile("2021-09-30")
    (event,) = office.events(ReconciliationSigned)
    books = {**event.evidence, "decisions": {**event.evidence["decisions"], "a1": AWARD + 1}}
    forged = event.model_copy(update={"evidence": books})
    assert rederived_report(forged)["report_sha256"] != event.report_sha256
