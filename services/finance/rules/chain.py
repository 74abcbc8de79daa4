"""Statements of one bank account put end to end: each line once, each balance explained."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from services.finance.rules.bank import BankLine, Statement


@dataclass(frozen=True, slots=True)
class Chain:
    """One account's whole history as imported.

    `gap_fen` is what opening plus lines fails to explain of the closing balance; `doubled` counts
    lines that came in more than one statement and are kept once.
    """

    account: str
    opening_fen: int
    closing_fen: int
    lines: tuple[BankLine, ...]
    gaps: int
    doubled: int

    @property
    def gap_fen(self) -> int:
        """Closing minus opening minus lines."""
        return self.closing_fen - self.opening_fen - sum(line.amount_fen for line in self.lines)


def chains(statements: Iterable[Statement]) -> tuple[Chain, ...]:
    """The chain of every account, in order of account."""
    accounts: dict[str, list[Statement]] = {}
    for statement in statements:
        accounts.setdefault(statement.account, []).append(statement)
    return tuple(_chain(account, accounts[account]) for account in sorted(accounts))


def _chain(account: str, statements: list[Statement]) -> Chain:
    """In booking order; a statement without lines says nothing that its neighbours do not.

    Statements may overlap by whole days and end within one: the account opens with the one that
    begins first and closes with the one that knows most of the last day.
    """
    filled = [statement for statement in statements if statement.lines]
    ordered = sorted(filled or statements, key=_when)
    lines: dict[str, BankLine] = {}
    total = 0
    for statement in ordered:
        total += len(statement.lines)
        lines |= {line.id: line for line in statement.lines}
    opening, closing = min(ordered, key=_begins).opening_fen, ordered[-1].closing_fen
    gaps = sum(statement.gap_fen != 0 for statement in ordered) + _breaks(ordered)
    return Chain(account, opening, closing, tuple(lines.values()), gaps, total - len(lines))


def _when(statement: Statement) -> tuple[str, int, str, tuple[str, ...]]:
    """When it ends, how much it knows of that day, when it begins."""
    days = [line.booked_on.isoformat() for line in statement.lines]
    ids = tuple(sorted(line.id for line in statement.lines))
    last = max(days, default="")
    return (last, days.count(last), min(days, default=""), ids)


def _begins(statement: Statement) -> tuple[str, int]:
    """When it begins; of two on one day the one that knows more of it is earlier."""
    days = [line.booked_on.isoformat() for line in statement.lines]
    first = min(days, default="")
    return (first, -days.count(first))


def _breaks(ordered: list[Statement]) -> int:
    """Where opening is not the closing before it; statements that overlap are judged by lines."""
    broken = 0
    for before, after in pairwise(ordered):
        shared = {line.id for line in before.lines} & {line.id for line in after.lines}
        broken += not shared and before.closing_fen != after.opening_fen
    return broken
