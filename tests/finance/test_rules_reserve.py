"""Caps, holds, schedules, payment preconditions and budget lines, one fen each side."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.finance.rules.payment import PaymentRequest, payment_blocks
from services.finance.rules.refusal import Refused
from services.finance.rules.reserve import (
    Committed,
    Hold,
    Reserved,
    ReservePolicy,
    Share,
    accept_cost,
    commit,
    release,
    reserve,
    schedule,
)
from services.finance.rules.supplier import Supplier, SupplierAccount, account_state

POLICY = ReservePolicy(amount_min_fen=20_000_000, amount_max_fen=33_000_000)
NOMINAL = 30_000_000
ON = date(2021, 9, 1)


def codes(outcome: object) -> list[str]:
    """The codes of a refusal and of the reasons it carries."""
    assert isinstance(outcome, Refused)
    return [outcome.code, *(reason.code for reason in outcome.also)]


def test_the_last_fen_and_the_last_place_can_be_reserved() -> None:
    """Exactly at both caps is inside them."""
    assert reserve(NOMINAL, NOMINAL, 29, 30, POLICY) == Reserved(NOMINAL, 0, 30)


def test_one_fen_or_one_award_over_is_refused() -> None:
    """Each cap is hard on its own, and both are told at once."""
    assert codes(reserve(NOMINAL - 1, NOMINAL, 29, 30, POLICY)) == ["budget_exceeded"]
    assert codes(reserve(NOMINAL, NOMINAL, 30, 30, POLICY)) == ["awards_exhausted"]
    assert codes(reserve(0, NOMINAL, 31, 30, POLICY)) == ["budget_exceeded", "awards_exhausted"]


def test_a_refusal_says_how_much_is_missing_in_both_languages() -> None:
    """One fen short is written as 0.01 yuan."""
    refused = reserve(NOMINAL - 1, NOMINAL, 0, 30, POLICY)

    assert isinstance(refused, Refused)
    assert "差 0.01 元" in refused.zh
    assert "0.01 short" in refused.en


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (20_000_000, None),
        (19_999_999, "amount_below_minimum"),
        (33_000_000, None),
        (33_000_001, "amount_above_maximum"),
        (0, "amount_not_positive"),
        (-1, "amount_not_positive"),
    ],
)
def test_an_award_stays_in_the_range_the_officer_set(amount: int, code: str | None) -> None:
    """Both ends of "about 300k" belong to the range."""
    outcome = reserve(10**9, amount, 0, 30, POLICY)

    assert (outcome.code if isinstance(outcome, Refused) else None) == code


@given(st.lists(st.integers(1, 100), max_size=60), st.integers(0, 2000), st.integers(0, 30))
def test_no_sequence_of_reservations_passes_a_cap(
    amounts: list[int], budget: int, awards_max: int
) -> None:
    """Whatever is asked in whatever order, the money and the places suffice."""
    free, awards = budget, 0
    for amount in amounts:
        outcome = reserve(free, amount, awards, awards_max, ReservePolicy())
        if isinstance(outcome, Reserved):
            free, awards = outcome.free_after_fen, outcome.awards_after
    assert free >= 0
    assert awards <= awards_max


def test_a_commitment_takes_at_most_the_hold_and_frees_the_rest() -> None:
    """The whole hold fits, one fen more does not."""
    assert commit(Hold(100), 100) == Committed(100, 0)
    assert commit(Hold(100), 80) == Committed(80, 20)
    assert codes(commit(Hold(100), 101)) == ["commitment_exceeds_hold"]
    assert codes(commit(Hold(100), 0)) == ["amount_not_positive"]


def test_a_hold_resolves_once() -> None:
    """After it is confirmed or released there is nothing to take or give back."""
    assert release(Hold(100)) == 100
    assert codes(release(Hold(100, confirmed_fen=100))) == ["hold_resolved"]
    assert codes(commit(Hold(100, released_fen=100), 1)) == ["hold_resolved"]


def test_the_last_tranche_absorbs_the_remainder() -> None:
    """50/30/20 of an amount that does not divide: the sum is the agreement, to the fen."""
    shares = [Share("1", 5000), Share("2", 3000), Share("3", 2000)]
    tranches = schedule(29_999_999, shares)

    assert not isinstance(tranches, Refused)
    assert [tranche.amount_fen for tranche in tranches] == [14_999_999, 8_999_999, 6_000_001]


@given(st.integers(1, 10**12), st.lists(st.integers(1, 9999), min_size=1, max_size=5))
def test_a_schedule_is_the_agreement_or_is_refused(agreement_fen: int, points: list[int]) -> None:
    """Shares that do not add up, or that leave a tranche empty, never become a schedule."""
    points = [*points, 10_000 - sum(points)]
    tranches = schedule(agreement_fen, [Share(str(i), p) for i, p in enumerate(points)])

    if isinstance(tranches, Refused):
        assert min(points) <= 0 or agreement_fen < 10_000
    else:
        assert sum(tranche.amount_fen for tranche in tranches) == agreement_fen
        assert min(tranche.amount_fen for tranche in tranches) > 0


@pytest.mark.parametrize("points", [[], [9_999], [10_001], [10_000, 0], [11_000, -1_000]])
def test_shares_that_are_not_the_whole_are_refused(points: list[int]) -> None:
    """One basis point less or more, none, zero or negative."""
    assert codes(schedule(NOMINAL, [Share(str(i), p) for i, p in enumerate(points)])) == [
        "shares_incomplete"
    ]


def test_two_tranches_of_one_name_are_refused() -> None:
    """A tranche's name is its key in the ledger."""
    assert codes(schedule(100, [Share("1", 5000), Share("1", 5000)])) == ["tranche_repeated"]


ACCOUNT = SupplierAccount(
    "6222 0001", "某学会", "", date(2021, 8, 1), date(2021, 8, 2), date(2022, 8, 2)
)
SUPPLIER = Supplier(date(2021, 7, 5), (ACCOUNT,))
GOOD = PaymentRequest(
    amount_fen=NOMINAL,
    on=ON,
    payee_account="62220001",
    maker="zhang",
    checker="li",
    supplier=SUPPLIER,
    agreement_signed_on=ON,
    tranche_released_fen=NOMINAL,
)


def test_a_payment_with_all_preconditions_may_go() -> None:
    """Nothing is missing; the agreement may be signed the same day."""
    assert payment_blocks(GOOD) == ()


def test_everything_that_is_missing_is_told_at_once() -> None:
    """A payment with nothing in place hears every reason, each in both languages."""
    bad = PaymentRequest(1, ON, "", "zhang", "zhang", None, None, 0, 0, ("WRONG_PAYEE",))
    blocks = payment_blocks(bad)

    assert [block.code for block in blocks] == [
        "payment_exceeds_tranche",
        "agreement_unsigned",
        "supplier_unregistered",
        "account_unknown",
        "maker_is_checker",
        "stop_break_open",
    ]
    assert all(block.zh and block.en for block in blocks)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount_fen": NOMINAL + 1}, "payment_exceeds_tranche"),
        ({"tranche_paid_fen": 1}, "payment_exceeds_tranche"),
        ({"amount_fen": 0}, "payment_exceeds_tranche"),
        ({"agreement_signed_on": date(2021, 9, 2)}, "agreement_unsigned"),
        ({"supplier": Supplier(date(2021, 9, 2), (ACCOUNT,))}, "supplier_unregistered"),
        ({"supplier": Supplier(None, (ACCOUNT,))}, "supplier_unregistered"),
        ({"payee_account": "62220002"}, "account_unknown"),
        ({"supplier": Supplier(ON, (replace(ACCOUNT, verified_on=None),))}, "account_unverified"),
        ({"supplier": Supplier(ON, (replace(ACCOUNT, valid_before=ON),))}, "account_stale"),
        ({"checker": ""}, "maker_is_checker"),
        ({"stop_breaks": ("DUPLICATE",)}, "stop_break_open"),
    ],
)
def test_each_missing_precondition_alone_blocks(change: dict[str, object], code: str) -> None:
    """Every check bites by itself."""
    assert [block.code for block in payment_blocks(replace(GOOD, **change))] == [code]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2021, 7, 31), "unverified"),
        (date(2021, 8, 1), "stale"),
        (date(2021, 8, 2), "verified"),
        (date(2022, 8, 1), "verified"),
        (date(2022, 8, 2), "stale"),
    ],
)
def test_an_account_is_payable_from_its_first_day_to_before_its_last(day: date, state: str) -> None:
    """Verified on the 1st, valid from the 2nd, no longer on the day it ends."""
    assert account_state([ACCOUNT], "6222-0001", day) == state


def test_a_budget_line_takes_its_last_fen_and_no_more() -> None:
    """One fen over the line is refused, without rounding first."""
    assert accept_cost(100, 60, 40) == 0
    assert codes(accept_cost(100, 60, 41)) == ["line_exceeded"]
    assert codes(accept_cost(100, 60, 0)) == ["amount_not_positive"]
