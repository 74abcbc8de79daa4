"""Payments: two people, every precondition, one standing payment, a return, another attempt."""

from typing import Any

import pytest

from contracts.finance import PaymentInstructed, PaymentReturned, SupplierRegistered
from services.finance.commands import (
    AcceptExpenditure,
    InstructPayment,
    OpenBankAccount,
    PreparePayment,
    SignAgreement,
)
from services.finance.store import Payment, PaymentDraft, Supplier, Tranche
from tests.finance.heard import AWARD, BANK, BUDGET, CALL, DAY, OPENING
from tests.finance.office import Office

FIRST = AWARD * 7 // 10


def preparing(by: str = "finance-1") -> PreparePayment:
    return PreparePayment("a1", 1, by)


def instructing(by: str = "finance-2", on: str = DAY, **facts: Any) -> InstructPayment:
    return InstructPayment("a1", 1, on, by, **facts)


def ready() -> Office:
    """A released instalment, on the day it is paid."""
    return Office().ready().at(DAY)


def test_a_payment_is_prepared_by_one_and_instructed_by_another() -> None:
    """Each half repeated is answered the same; the instruction says who, whom, and from where."""
    office = ready()
    office.repeated(preparing())
    assert office.rows(Payment) == []
    answer = office.repeated(instructing())

    (event,) = office.events(PaymentInstructed)
    assert (event.made_by, event.checked_by, event.attempt) == ("finance-1", "finance-2", 1)
    assert (event.amount_fen, event.payee_account) == (FIRST, "6222A1")
    assert event.bank_account == BANK
    assert event.reference.startswith("MJ21-00001-01-01-")
    assert answer.body["reference"] == event.reference
    assert office.fen(f"cash:in_transit:a1:{event.payment_id}") == -FIRST
    assert office.fen("cash:payable:a1:1") == 0
    office.check()


def test_the_maker_may_not_check_and_the_draft_waits_for_another() -> None:
    """Whoever prepared it first; preparing it once more changes no name."""
    office = ready()
    office.ask(preparing("finance-1"))
    office.ask(preparing("finance-2"))
    assert office.refusal(instructing("finance-1")).code == "maker_is_checker"
    office.ask(instructing("finance-2"))
    assert [d.open for d in office.rows(PaymentDraft)] == [False]


def test_what_stands_is_not_paid_again() -> None:
    """While instructed, and once confirmed; asked otherwise it is a conflict, not a second one."""
    office = ready()
    office.ask(preparing())
    office.ask(instructing())
    for _ in range(2):
        assert office.refusal(preparing()).code == "payment_stands"
        assert office.refusal(instructing(on="2021-09-09")).code == "payment_stands"
        assert office.refusal(instructing(bank_account="999999")).code == "payment_stands"
        office.repeated(instructing())
        office.bank.pays(office.events(PaymentInstructed)[0])
        office.read()
        office.at(DAY)
    assert office.statuses() == ["confirmed"]


def test_a_payment_nobody_prepared_is_not_instructed() -> None:
    """The checker alone moves nothing."""
    assert ready().refusal(instructing()).code == "payment_not_prepared"


@pytest.mark.parametrize(
    ("now", "day", "code"),
    [
        ("2021-09-08T00:00:00+08:00", "2021-09-08", ""),
        ("2021-09-07T16:00:00Z", "2021-09-08", ""),
        ("2021-09-08T00:00:00+08:00", "2021-09-07", "payment_day_unfit"),
        ("2021-09-08T00:00:00+08:00", "2021-09-15", ""),
        ("2021-09-08T00:00:00+08:00", "2021-09-16", "payment_day_unfit"),
        ("2021-09-08T00:00:00+08:00", "9999-12-31", "payment_day_unfit"),
    ],
)
def test_the_day_of_payment_is_today_or_within_a_week(now: str, day: str, code: str) -> None:
    """Yesterday's account may not be today's, so no payment is dated back."""
    office = Office().ready()
    office.at(now).ask(preparing())
    if code:
        assert office.refusal(instructing(on=day)).code == code
    else:
        office.ask(instructing(on=day))


def test_an_award_holder_without_a_registration_is_not_paid() -> None:
    """Clause R47: registered first, paid after; all that is missing is told at once."""
    office = Office()
    office.award()
    office.at("2021-09-06").ask(SignAgreement("a1", "2021-09-06", "officer-1"))
    office.release()
    office.at(DAY).ask(preparing())
    refused = office.refusal(instructing("finance-1"))
    assert [r["code"] for r in refused.extra["reasons"]] == [
        "supplier_unregistered", "account_unknown", "maker_is_checker",
    ]  # fmt: skip
    office.register("a1", since=DAY)
    office.at(DAY).ask(instructing())


def test_a_call_without_a_bank_account_pays_nobody() -> None:
    """There is nothing to pay from; with two accounts the checker says which."""
    office = Office(budget=False)
    office.budget()
    office.ready().at(DAY).ask(preparing())
    assert office.refusal(instructing()).code == "no_bank_account"
    for number in (BANK, "0200000011"):
        office.ask(OpenBankAccount(CALL, number, OPENING, "2021-07-01", "treasurer-1"))
    for named in ("", "999999"):
        assert office.refusal(instructing(bank_account=named)).code == "paying_account_unclear"
    office.repeated(instructing(bank_account="0200000011"))
    assert office.events(PaymentInstructed)[0].bank_account == "0200000011"


# -- accounts of suppliers -------------------------------------------------------------------------


def test_a_supplier_account_is_noted_once_and_not_rewritten() -> None:
    """Another bank or name from the same day is another registration, which needs another day."""
    office = Office()
    office.repeated(office.registering())
    assert office.refusal(office.registering(bank_name="另一银行")).code == "account_known"
    assert office.refusal(office.registering(supplier_name="另一学会")).code == "account_known"
    assert len(office.events(SupplierRegistered)) == 1


@pytest.mark.parametrize(
    ("accounts", "paid"),
    [
        ([("6222A1", "2021-08-31"), ("6228A1", "2021-09-09")], "6222A1"),  # the new one is to come
        ([("6222A1", "2021-08-31"), ("6228A1", "2021-09-08")], "6228A1"),  # it begins today
        ([("6228A1", "2021-09-01"), ("6222A1", "2021-08-31")], "6228A1"),  # noted in any order
        ([("6222A1", "2021-08-31"), ("6228A1", "2021-08-31")], "6228A1"),  # corrects the first
        ([("6222A1", "2021-08-30"), ("6228A1", "2021-08-31"), ("6222A1", "2021-09-01")], "6222A1"),
    ],
)
def test_the_account_that_is_valid_on_the_day_is_paid(
    accounts: list[tuple[str, str]], paid: str
) -> None:
    """An account is valid until the next begins; an old one may come back."""
    office = Office()
    office.award()
    for hour, (number, since) in enumerate(accounts):
        office.at(f"2021-08-31T1{hour}:00:00+08:00")
        office.ask(office.registering("a1", number, since))
    office.at("2021-09-06").ask(SignAgreement("a1", "2021-09-06", "officer-1"))
    office.release()
    office.pay()
    assert office.rows(Payment)[0].payee_account == paid
    assert len(office.rows(Supplier)) == len(accounts)


def test_an_account_that_only_begins_later_is_not_paid_yet() -> None:
    """Verified today, valid from tomorrow."""
    office = Office()
    office.award()
    office.at("2021-09-06").ask(SignAgreement("a1", "2021-09-06", "officer-1"))
    office.ask(office.registering(since="2021-09-09"))
    office.release()
    office.at(DAY).ask(preparing())
    assert office.refusal(instructing()).code == "account_stale"
    office.at("2021-09-09").ask(instructing(on="2021-09-09"))


def test_money_that_reached_a_replaced_account_is_seen() -> None:
    """Instructed to the old one, booked on the day the new one began."""
    office = ready()
    payment = office.pay()
    office.register("a1", "6228A1", "2021-09-09")
    office.bank.pays(payment, "2021-09-09")
    office.read()
    assert office.breaks() == ["PAYEE_STALE"]


# -- returns -----------------------------------------------------------------------------------------


def test_a_returned_payment_restores_the_obligation_and_is_paid_again() -> None:
    """A new attempt with a new reference; the old one stays returned."""
    office = ready()
    first = office.pay()
    office.bank.pays(first)
    office.bank.returns(first)
    office.read()
    assert office.fen("cash:payable:a1:1") == -FIRST
    assert office.fen(f"budget:released:{CALL}:a1:1") == -FIRST

    second = office.pay(on="2021-10-08")
    assert (second.attempt, second.reference != first.reference) == (2, True)
    office.bank.pays(second, "2021-10-09")
    office.read(on="2021-10-31")
    assert office.statuses() == ["returned", "confirmed"]
    assert office.fen("cash:payable:a1:1") == 0
    office.check()


def test_a_return_on_new_years_eve_may_be_paid_again_and_one_a_day_later_may_not() -> None:
    """The fiscal year is the calendar's: authority lapses, the money is the treasury's."""
    for returned_on, lapsed in (("2021-12-31", None), ("2022-01-01", 2022)):
        office = ready()
        payment = office.pay()
        office.bank.pays(payment, "2021-09-09")
        office.bank.returns(payment, returned_on)
        office.read(on="2022-01-31")

        (event,) = office.events(PaymentReturned)
        assert (event.lapsed_year, event.accounted_fen) == (lapsed, 0)
        assert office.rows(Tranche)[0].status == ("lapsed" if lapsed else "released")
        assert office.fen(f"budget:lapsed:{CALL}:2022") == (-FIRST if lapsed else 0)
        assert office.fen(f"cash:treasury:{CALL}:2022") == (-FIRST if lapsed else 0)
        assert ("RETURN_CROSS_YEAR" in office.breaks()) == bool(lapsed)
        if lapsed:
            assert office.refusal(preparing()).code == "tranche_not_released"
            assert office.fen("cash:advance:a1") == 0
        else:
            office.pay(on="2022-02-08")
        assert office.fen(f"budget:available:{CALL}") == -(BUDGET - AWARD)
        office.check()


def test_a_late_return_after_cost_was_accepted_is_owed_without_authority() -> None:
    """What the advance still holds is undone, the rest stands as an obligation."""
    office = ready()
    office.bank.pays(office.pay())
    office.read()
    office.ask(AcceptExpenditure("a1", "final", "meeting", FIRST - 7, "finance-1"))
    office.bank.returns(office.events(PaymentInstructed)[0], "2022-02-01")
    office.read(on="2022-02-28")

    (event,) = office.events(PaymentReturned)
    assert (event.lapsed_year, event.accounted_fen) == (2022, FIRST - 7)
    assert office.fen("cash:advance:a1") == 0
    assert office.fen("cash:payable:a1:1") == -(FIRST - 7)
    assert office.refusal(preparing()).code == "tranche_not_released"
    office.check()
