"""Random seasons: every event in any order, and money conserved at every step."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.finance.rules import entries as book
from services.finance.rules.accounts import account
from services.finance.rules.conservation import GrantTotals, conservation_problems
from services.finance.rules.entries import Instalment
from services.finance.rules.journal import Stamp, posted, trial_balance

ON = date(2021, 8, 2)


class Season:
    """A small model of one call, kept apart from the ledger: it decides what may happen next."""

    def __init__(self) -> None:
        self.balances: dict[str, int] = {}
        self.totals: dict[str, dict[str, int]] = {}
        self.count = 0

    def post(self, entries: book.Entries) -> None:
        self.balances = posted(self.balances, entries)

    def stamp(self) -> Stamp:
        self.count += 1
        return Stamp(f"event-{self.count}", ON)

    def have(self, kind: str, *keys: str) -> int:
        return abs(self.balances.get(account(kind, *keys), 0))

    def add(self, award: str, **fen: int) -> None:
        totals = self.totals.setdefault(award, {})
        for name, amount in fen.items():
            totals[name] = totals.get(name, 0) + amount

    def grants(self) -> list[GrantTotals]:
        return [GrantTotals(award, "c1", **totals) for award, totals in self.totals.items()]


@dataclass(frozen=True)
class Draw:
    """One random event: whose it is, how much of its source, and a coin for its variants."""

    season: Season
    award: str
    fen: int
    coin: bool

    @property
    def of(self) -> Instalment:
        return Instalment("c1", self.award, "t1")

    @property
    def spent(self) -> int:
        return self.season.have("budget:spent", "c1", self.award, "t1")


def reserved(d: Draw, stamp: Stamp) -> book.Entries:
    return book.budget_reserved(stamp, call="c1", award=d.award, amount_fen=d.fen)


def committed(d: Draw, stamp: Stamp) -> book.Entries:
    held = d.season.have("budget:reserved", "c1", d.award)
    d.season.add(d.award, agreed_fen=d.fen)
    return book.award_committed(stamp, call="c1", award=d.award, held_fen=held, amount_fen=d.fen)


def freed(d: Draw, stamp: Stamp) -> book.Entries:
    return book.reservation_released(stamp, call="c1", award=d.award, amount_fen=d.fen)


def tranche(d: Draw, stamp: Stamp) -> book.Entries:
    return book.tranche_released(stamp, of=d.of, amount_fen=d.fen)


def given_back(d: Draw, stamp: Stamp) -> book.Entries:
    year = 2022 if d.coin else None
    d.season.add(d.award, given_back_fen=d.fen)
    return book.authority_given_back(
        stamp, call="c1", award=d.award, amount_fen=d.fen, lapsed_year=year
    )


def instructed(d: Draw, stamp: Stamp) -> book.Entries:
    return book.payment_instructed(stamp, of=d.of, payment="p1", amount_fen=d.fen)


def cancelled(d: Draw, stamp: Stamp) -> book.Entries:
    return book.payment_cancelled(stamp, of=d.of, payment="p1", amount_fen=d.fen)


def confirmed(d: Draw, stamp: Stamp) -> book.Entries:
    d.season.add(d.award, paid_fen=d.fen)
    return book.payment_confirmed(stamp, of=d.of, payment="p1", bank="b1", amount_fen=d.fen)


def returned(d: Draw, stamp: Stamp) -> book.Entries:
    """In a later year the advance is undone, so there must still be one."""
    year = 2022 if d.coin and d.season.have("cash:advance", d.award) >= d.fen else None
    d.season.add(d.award, returned_fen=d.fen, given_back_fen=d.fen if year else 0)
    return book.payment_returned(stamp, of=d.of, bank="b1", amount_fen=d.fen, lapsed_year=year)


def demanded(d: Draw, stamp: Stamp) -> book.Entries:
    return book.refund_demanded(stamp, award=d.award, amount_fen=d.fen)


def accepted(d: Draw, stamp: Stamp) -> book.Entries:
    return book.expenditure_accepted(stamp, award=d.award, line="meetings", amount_fen=d.fen)


def refunded(d: Draw, stamp: Stamp) -> book.Entries:
    fen, year = min(d.fen, d.spent), 2022 if d.coin else None
    if not fen:
        return ()
    d.season.add(d.award, refunded_fen=fen, given_back_fen=fen)
    return book.refund_received(stamp, of=d.of, bank="b1", amount_fen=fen, lapsed_year=year)


# What may happen, and the account whose balance bounds it.
MOVES: dict[Callable[[Draw, Stamp], book.Entries], tuple[str, ...]] = {
    reserved: ("budget:available", "c1"),
    freed: ("budget:reserved", "c1", "{}"),
    committed: ("budget:reserved", "c1", "{}"),
    given_back: ("budget:committed", "c1", "{}"),
    tranche: ("budget:committed", "c1", "{}"),
    instructed: ("cash:payable", "{}", "t1"),
    cancelled: ("cash:in_transit", "{}", "p1"),
    confirmed: ("cash:in_transit", "{}", "p1"),
    returned: ("budget:spent", "c1", "{}", "t1"),
    demanded: ("cash:advance", "{}"),
    accepted: ("cash:advance", "{}"),
    refunded: ("cash:receivable", "{}"),
}


def step(
    season: Season, move: Callable[[Draw, Stamp], book.Entries], award: str, share: int
) -> None:
    """One random event, of at most what its source holds; with nothing to move nothing is done."""
    kind, *keys = MOVES[move]
    fen = -(-season.have(kind, *(key.format(award) for key in keys)) * share // 100)
    if fen:
        season.post(move(Draw(season, award, fen, bool(share % 2)), season.stamp()))


EVENTS = st.lists(
    st.tuples(st.sampled_from(list(MOVES)), st.sampled_from(["a1", "a2"]), st.integers(1, 100)),
    min_size=20,  # a payment lies five events deep: short seasons would never see one
    max_size=60,
)


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 10**12), EVENTS)
def test_money_is_conserved_at_every_prefix_of_any_season(
    budget_fen: int, events: list[tuple[Callable[[Draw, Stamp], book.Entries], str, int]]
) -> None:
    """After each event: both ledgers balance, no guarded account is below zero, all laws hold."""
    season = Season()
    season.post(book.budget_approved(season.stamp(), call="c1", amount_fen=budget_fen))
    season.post(book.bank_opened(season.stamp(), bank="b1", amount_fen=budget_fen))
    for move, award, share in events:
        step(season, move, award, share)
        assert conservation_problems(season.balances, season.grants()) == ()
    assert trial_balance(season.balances) == {"budget": 0, "cash": 0}


@pytest.mark.parametrize("share", [50, 51], ids=["same year", "later year"])
def test_the_random_seasons_reach_every_event(share: int) -> None:
    """One whole life, returns and refunds included: each event happens, and the laws hold."""
    season = Season()
    season.post(book.budget_approved(season.stamp(), call="c1", amount_fen=10**6))
    award = (reserved, freed, reserved, committed, given_back, tranche)
    payment = (instructed, cancelled, instructed, confirmed, returned, instructed, confirmed)
    for move in (*award, *payment, demanded, accepted, refunded):
        before = season.balances
        step(season, move, "a1", share)
        assert season.balances != before, move
        assert conservation_problems(season.balances, season.grants()) == (), move


@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("budget:released:c1:a1:t1", "call_authority"),
        ("budget:committed:c1:a1", "grant_authority"),
        ("cash:advance:a1", "grant_cash"),
        ("cash:bank:b1", "trial_balance"),
    ],
)
def test_a_single_fen_astray_breaks_a_law(name: str, law: str) -> None:
    """Each law notices one fen too much in an account it speaks of."""
    season = Season()
    season.post(book.budget_approved(season.stamp(), call="c1", amount_fen=1000))
    for move in (reserved, committed, tranche):
        step(season, move, "a1", 50)
    astray = posted(season.balances, [])
    astray[name] = astray.get(name, 0) + 1

    assert law in {problem.law for problem in conservation_problems(astray, season.grants())}
    assert conservation_problems(season.balances, season.grants()) == ()
