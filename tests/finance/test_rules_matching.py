"""Matching one line to one payment: each rule at its boundary, returns and duplicates included."""

from datetime import date, timedelta

import pytest

from services.finance.rules.bank.statement import statement_of
from services.finance.rules.matching import match
from tests.finance.bank_lines import AT, DAY, FEN, by_code, codes, credit, debit, pay, rules, run

P = pay()


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"customer_reference": P.reference, "text": ""}, "R1"),
        ({"bank_reference": P.reference.replace("-", ""), "text": ""}, "R1"),
        ({"text": "ＭＪ２１ ００００１ ０１ ０１ " + P.reference[-2:]}, "R1"),
        ({"customer_reference": P.reference, "counterparty_account": ""}, "R2"),
        ({"customer_reference": P.reference, "counterparty_account": "6222****0001"}, "R2"),
        ({}, "R5"),
        ({"text": ""}, "R6"),
        ({"text": "", "booked_on": DAY}, "R6"),
        ({"text": "", "booked_on": DAY + timedelta(days=7)}, "R6"),
    ],
)
def test_each_sure_way_to_know_a_payment_clears_it(facts: dict[str, object], rule: str) -> None:
    """Reference exact, account absent or masked, reference in text, account and window."""
    outcome = run([P], [debit(P, **facts)])

    assert rules(outcome) == [rule]
    assert outcome.matches[0].payments == ("p1",)
    assert outcome.matches[0].evidence
    assert outcome.breaks == ()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"amount_fen": -FEN + 1}, ["AMOUNT_MISMATCH"]),
        ({"amount_fen": -FEN - 1}, ["AMOUNT_MISMATCH"]),
        ({"counterparty_account": "999"}, ["WRONG_PAYEE"]),
        ({"counterparty_account": "9999****0001"}, ["WRONG_PAYEE"]),
        ({"account": "0300"}, ["WRONG_AUTHORITY"]),
        (
            {"text": "", "booked_on": DAY - timedelta(days=1)},
            ["UNMATCHED_BANK_DEBIT", "UNMATCHED_PAYMENT"],
        ),
        (
            {"text": "", "booked_on": DAY + timedelta(days=8)},
            ["UNMATCHED_BANK_DEBIT", "UNMATCHED_PAYMENT"],
        ),
        ({"text": pay(2).reference}, ["UNMATCHED_BANK_DEBIT", "UNMATCHED_PAYMENT"]),
        ({"text": "", "counterparty_account": ""}, ["UNMATCHED_BANK_DEBIT", "UNMATCHED_PAYMENT"]),
    ],
)
def test_what_is_not_sure_is_never_cleared(facts: dict[str, object], expected: list[str]) -> None:
    """One fen off, another account, another bank, a day outside the window, a strange reference."""
    line = debit(P, **facts)
    account = line.account
    numbered = statement_of(account, 0, line.amount_fen, [line]).lines
    outcome = match([P], numbered, AT)

    assert outcome.matches == ()
    assert codes(outcome) == expected
    assert sum(one.carried.bank_fen for one in outcome.breaks) == line.amount_fen
    assert sum(one.carried.transit_fen for one in outcome.breaks) == FEN


def test_a_wrong_payee_stops_and_is_due_the_same_day() -> None:
    """Owner finance lead, zero days, stop."""
    found = by_code(run([P], [debit(P, counterparty_account="999")]), "WRONG_PAYEE")

    assert (found.owner, found.due_on, found.stop) == ("finance_lead", AT.on, True)
    assert found.carried.award == "a1"


def test_a_second_full_debit_is_a_duplicate_and_not_a_second_payment() -> None:
    """Named or not, on the same day or later: one clears, the other is stopped."""
    for facts in ({}, {"text": ""}, {"booked_on": DAY + timedelta(days=5)}):
        outcome = run([P], [debit(P), debit(P, **facts)])
        assert len(outcome.matches) == 1, facts
        assert codes(outcome) == ["DUPLICATE"], facts
        assert by_code(outcome, "DUPLICATE").stop


def test_two_unnamed_debits_of_different_days_are_proposed_and_one_is_a_duplicate() -> None:
    """Which of them is the payment is for a person to say; that both are not is certain."""
    lines = [debit(P, text=""), debit(P, text="", booked_on=DAY + timedelta(days=2))]
    outcome = run([P], lines)

    assert outcome.matches == ()
    assert "DUPLICATE" in codes(outcome)
    assert {one.rule for one in outcome.proposals} == {"R6"}


def test_two_tranches_to_one_account_are_not_told_apart_by_luck() -> None:
    """Two instructions, two equal unnamed lines: no match, four proposals, everything carried."""
    second = pay(2, payee_account=P.payee_account)
    lines = [debit(P, text=""), debit(P, text="", booked_on=DAY + timedelta(days=2))]
    outcome = run([P, second], lines)

    assert outcome.matches == ()
    assert len(outcome.proposals) == 4
    assert sum(one.carried.transit_fen for one in outcome.breaks) == 2 * FEN


@pytest.mark.parametrize(
    ("text", "days", "code"),
    [
        ("退汇 户名不符", 3, "RETURN_PASSIVE"),
        ("退回拨款", 3, "RETURN_ACTIVE"),
        ("退回拨款", 200, "RETURN_CROSS_YEAR"),
    ],
)
def test_a_named_return_is_paired_with_its_payment(text: str, days: int, code: str) -> None:
    """By its words and its year; the money is matched and the follow-up is open."""
    back = credit(P, text=f"{text} {P.reference}", booked_on=DAY + timedelta(days=days))
    outcome = run([P], [debit(P), back])

    assert rules(outcome) == ["R3", "R5"]
    found = by_code(outcome, code)
    assert (found.carried.bank_fen, found.carried.transit_fen) == (0, 0)
    assert found.amount_fen == FEN


def test_an_unnamed_return_is_paired_within_ten_working_days() -> None:
    """Debit on Tuesday the 3rd: the 17th is the tenth working day, the 18th is not."""
    inside = run([P], [debit(P), credit(P, text="退汇", booked_on=date(2021, 8, 17))])
    outside = run([P], [debit(P), credit(P, text="退汇", booked_on=date(2021, 8, 18))])

    assert rules(inside) == ["R3", "R5"]
    assert rules(outside) == ["R5"]
    assert codes(outside) == ["UNMATCHED_BANK_CREDIT"]


def test_an_unnamed_return_that_fits_two_payments_is_proposed() -> None:
    """Two equal payments to one account: the return is not given to either."""
    second = pay(2, payee_account=P.payee_account)
    outcome = run([P, second], [debit(P), debit(second), credit(P, text="退汇")])

    assert rules(outcome) == ["R5", "R5"]
    assert codes(outcome) == ["UNMATCHED_BANK_CREDIT"]
    assert [one.solutions for one in outcome.proposals] == [2, 2]


def test_two_unnamed_returns_that_fit_one_payment_are_proposed() -> None:
    """One payment came back once at most: neither credit is chosen."""
    backs = [credit(P, text="退汇", booked_on=DAY + timedelta(days=n)) for n in (3, 4)]
    outcome = run([P], [debit(P), *backs])

    assert rules(outcome) == ["R5"]
    assert codes(outcome) == ["UNMATCHED_BANK_CREDIT", "UNMATCHED_BANK_CREDIT"]
    assert len(outcome.proposals) == 2


def test_a_payment_returned_and_paid_again_is_three_matches() -> None:
    """Debit, return, debit of one reference in time: none of them is a duplicate."""
    again = debit(P, booked_on=DAY + timedelta(days=6))
    outcome = run([P], [debit(P), credit(P), again])

    assert rules(outcome) == ["R3", "R5", "R5"]
    assert codes(outcome) == ["RETURN_ACTIVE"]


@pytest.mark.parametrize(("days", "kinds"), [(0, ["payment", "return"]), (-1, ["payment"])])
def test_nothing_comes_back_before_it_left(days: int, kinds: list[str]) -> None:
    """A credit of the day itself is a return, one of the day before is not; nor on a later run."""
    early = credit(P, booked_on=DAY + timedelta(days=1 + days), text=f"退票 {P.reference}")
    first = run([P], [debit(P)]).matches
    for settled in ((), first):
        outcome = run([P], [debit(P), early], settled)
        assert sorted(one.kind for one in outcome.matches) == kinds
