"""The journal: entries that cannot be wrong, and money conserved at every step of any season."""

from datetime import date

import pytest

from services.finance.rules import entries as book
from services.finance.rules.accounts import KINDS, UnknownAccount, account, kind_of
from services.finance.rules.entries import Instalment
from services.finance.rules.journal import (
    Entry,
    EntryRefused,
    Posting,
    Stamp,
    changes,
    overdrawn,
    reverse,
)

ON = date(2021, 8, 2)
STAMP = Stamp("event-1", ON)
OF = Instalment("c1", "a1", "t1")
FREE, AUTHORITY = "budget:available:c1", "budget:appropriation:c1"


def postings(*rows: tuple[str, int, int]) -> tuple[Posting, ...]:
    """Short form for entries written by hand."""
    return tuple(Posting(*row) for row in rows)


@pytest.mark.parametrize(("debit", "credit"), [(0, 0), (1, 1), (-1, 0), (0, -1), (True, 0)])
def test_a_posting_is_positive_and_one_sided(debit: int, credit: int) -> None:
    """Empty, two-sided, negative and non-integer postings cannot be built."""
    with pytest.raises(EntryRefused):
        Posting(FREE, debit, credit)


@pytest.mark.parametrize(
    "rows",
    [
        (),
        ((AUTHORITY, 1, 0),),
        ((AUTHORITY, 2, 0), (FREE, 0, 1)),
        ((AUTHORITY, 1, 0), ("cash:bank:b1", 0, 1)),
        ((AUTHORITY, 1, 0), (FREE, 0, 1)) * 26,
    ],
    ids=["empty", "single", "unbalanced by one fen", "mixed ledgers", "too long"],
)
def test_an_entry_that_would_harm_the_books_cannot_be_built(
    rows: tuple[tuple[str, int, int], ...],
) -> None:
    """Balanced, within one sub-ledger, two to fifty postings: or it is refused while built."""
    with pytest.raises(EntryRefused):
        Entry("x", "event-1", ON, postings(*rows))


@pytest.mark.parametrize(
    "name", ["budget:available", "budget:x:c1", "cash:bank:", "cash:bank:a:b", ""]
)
def test_an_account_outside_the_chart_does_not_exist(name: str) -> None:
    """Kind and keys must both fit the chart."""
    with pytest.raises(UnknownAccount):
        kind_of(name)


def test_every_kind_of_the_chart_can_be_named() -> None:
    """The chart's own key names make a valid account of each kind."""
    for kind, facts in KINDS.items():
        assert kind_of(account(kind, *facts.keys)) == facts


def test_committing_less_than_the_hold_frees_the_rest() -> None:
    """Held 300, committed 280: 20 are available again, in one entry."""
    (entry,) = book.award_committed(STAMP, call="c1", award="a1", held_fen=300, amount_fen=280)

    assert changes([entry]) == {
        "budget:reserved:c1:a1": 300,
        "budget:committed:c1:a1": -280,
        FREE: -20,
    }


def test_signing_an_agreement_moves_no_money() -> None:
    """It fixes the schedule and nothing else."""
    assert book.agreement_signed(STAMP) == ()


def test_a_reversal_undoes_an_entry_and_names_it() -> None:
    """Nothing is edited: the two together change no balance."""
    (entry,) = book.budget_approved(STAMP, call="c1", amount_fen=5)
    undone = reverse(entry, Stamp("event-2", ON), "entered twice")

    assert undone.corrects == entry.id
    assert set(changes([entry, undone]).values()) == {0}


def test_a_guarded_account_below_zero_is_named() -> None:
    """One fen below zero is seen, zero is not; an unguarded account may be anything."""
    assert overdrawn({FREE: 1, AUTHORITY: -1}) == (FREE,)
    assert overdrawn({FREE: 0, AUTHORITY: -1}) == ()


def test_a_return_in_the_same_year_restores_authority_and_obligation() -> None:
    """It may be paid again: released and payable stand as before the payment."""
    entries = book.payment_returned(STAMP, of=OF, bank="b1", amount_fen=7)

    assert changes(entries) == {
        "budget:spent:c1:a1:t1": 7,
        "budget:released:c1:a1:t1": -7,
        "cash:bank:b1": 7,
        "cash:payable:a1:t1": -7,
    }


def test_a_return_in_a_later_year_goes_to_the_treasury() -> None:
    """The authority lapses, the advance is undone, and the bank's money is owed."""
    entries = book.payment_returned(STAMP, of=OF, bank="b1", amount_fen=7, lapsed_year=2022)

    assert changes(entries) == {
        "budget:spent:c1:a1:t1": 7,
        "budget:lapsed:c1:2022": -7,
        "cash:bank:b1": 7,
        "cash:advance:a1": -7,
        "cash:funding:b1": 7,
        "cash:treasury:c1:2022": -7,
    }


def test_cost_accepted_before_a_late_return_is_owed_again_without_authority() -> None:
    """The advance is undone as far as it is open; the rest stands as an obligation."""
    entries = book.payment_returned(
        STAMP, of=OF, bank="b1", amount_fen=7, lapsed_year=2022, accounted_fen=5
    )

    found = changes(entries)
    assert (found["cash:advance:a1"], found["cash:payable:a1:t1"]) == (-2, -5)
    assert "budget:released:c1:a1:t1" not in found
    assert sum(found.values()) == 0


def test_a_replayed_event_repeats_the_entry_to_the_letter() -> None:
    """Ids come from causes: the same event gives equal entries with equal ids."""
    once, again = (book.tranche_released(STAMP, of=OF, amount_fen=9) for _ in range(2))

    assert once == again
    assert [entry.id for entry in once] == ["event-1:budget", "event-1:cash"]
