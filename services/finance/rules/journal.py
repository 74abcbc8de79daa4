"""Postings and entries that cannot be built unbalanced, and the balances they add up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.finance.rules.accounts import BUDGET, CASH, kind_of, ledger_of, natural_fen

POSTINGS_MIN, POSTINGS_MAX = 2, 50


class EntryRefused(ValueError):
    """An entry that would not keep the books true; raised while it is being built."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every entry carries: the id of the event that caused it, and the day it takes effect."""

    cause: str
    on: date


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry. Exactly one of debit and credit is positive, the other is zero."""

    account: str
    debit_fen: int
    credit_fen: int

    def __post_init__(self) -> None:
        """Refuse a posting that is empty, two-sided, negative or outside the chart."""
        kind_of(self.account)
        amounts = (self.debit_fen, self.credit_fen)
        if any(type(fen) is not int for fen in amounts) or min(amounts) != 0 or max(amounts) <= 0:
            raise EntryRefused(f"a posting is positive and one-sided, in whole fen: {self}")

    @property
    def signed_fen(self) -> int:
        """Debit minus credit."""
        return self.debit_fen - self.credit_fen


@dataclass(frozen=True, slots=True)
class Entry:
    """A balanced set of postings in one sub-ledger; a correction names the entry it corrects."""

    event: str
    cause: str
    on: date
    postings: tuple[Posting, ...]
    corrects: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse an entry that is too short, too long, mixed or unbalanced (invariants I1, I2)."""
        if not POSTINGS_MIN <= len(self.postings) <= POSTINGS_MAX:
            raise EntryRefused(f"an entry has 2 to {POSTINGS_MAX} postings: {self.id}")
        if len({ledger_of(posting.account) for posting in self.postings}) != 1:
            raise EntryRefused(f"an entry never mixes the sub-ledgers: {self.postings}")
        if sum(posting.signed_fen for posting in self.postings):
            raise EntryRefused(f"an entry sums to zero: {self.postings}")

    @property
    def ledger(self) -> str:
        """The sub-ledger this entry belongs to."""
        return ledger_of(self.postings[0].account) if self.postings else ""

    @property
    def id(self) -> str:
        """Cause and ledger: one event writes at most one entry in each, so a replay repeats ids."""
        return f"{self.cause}:{self.ledger}"

    @property
    def amount_fen(self) -> int:
        """What the entry moves: the sum of its debits."""
        return sum(posting.debit_fen for posting in self.postings)


def reverse(entry: Entry, stamp: Stamp, reason: str) -> Entry:
    """The entry that undoes another; nothing is ever edited or deleted."""
    postings = tuple(Posting(p.account, p.credit_fen, p.debit_fen) for p in entry.postings)
    return Entry(f"reversal of {entry.event}", stamp.cause, stamp.on, postings, entry.id, reason)


def changes(entries: Iterable[Entry]) -> dict[str, int]:
    """What entries add to each account: debits minus credits, ready for counters that only add."""
    totals: dict[str, int] = {}
    for entry in entries:
        for posting in entry.postings:
            totals[posting.account] = totals.get(posting.account, 0) + posting.signed_fen
    return totals


def posted(balances: Mapping[str, int], entries: Iterable[Entry]) -> dict[str, int]:
    """The balances after the entries; the given balances stay as they are."""
    result = dict(balances)
    for name, fen in changes(entries).items():
        result[name] = result.get(name, 0) + fen
    return result


def trial_balance(balances: Mapping[str, int]) -> dict[str, int]:
    """The sum of all balances per sub-ledger; anything but zero means the books are wrong."""
    totals = {BUDGET: 0, CASH: 0}
    for name, fen in balances.items():
        totals[ledger_of(name)] += fen
    return totals


def overdrawn(balances: Mapping[str, int]) -> tuple[str, ...]:
    """Accounts that stand below zero though they never may (invariant I4), in order of name."""
    below = (
        name
        for name, fen in balances.items()
        if kind_of(name).never_below_zero and natural_fen(name, fen) < 0
    )
    return tuple(sorted(below))
