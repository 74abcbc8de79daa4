"""Matching against the books: what can be cleared, until nothing more can, and what stays a break."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.finance.rules.bank import BankLine
from services.finance.rules.breaks import Break as Difference
from services.finance.rules.comparisons import Books, bank_with_suppliers
from services.finance.rules.matching import Match, Matching, Proposal, match
from services.finance.rules.matching.model import PAYMENT, RETURN
from services.finance.store import Payment

OFFSET, PERSON = "offset", "PERSON"
"""The kind of a match of suspended lines with each other, and the rule of a match by two people."""
RETURNS = ("RETURN_PASSIVE", "RETURN_ACTIVE", "RETURN_CROSS_YEAR")
BEFORE = {PAYMENT: "instructed", RETURN: "confirmed"}
AFTER = {PAYMENT: "confirmed", RETURN: "returned"}


@dataclass(frozen=True, slots=True)
class Cleared:
    """The new matches in booking order, every break that is left, and what a person may confirm."""

    matches: tuple[Match, ...]
    breaks: tuple[Difference, ...]
    proposals: tuple[Proposal, ...]


def lines_of(books: Books) -> dict[str, BankLine]:
    """Every line once, however many files have it."""
    return {line.id: line for statement in books.statements for line in statement.lines}


def in_booking_order(matches: Iterable[Match], lines: Mapping[str, BankLine]) -> list[Match]:
    """A payment before its return, the earlier day first: the order the ledger must see."""
    return sorted(
        matches, key=lambda m: (min(lines[x].booked_on for x in m.lines), m.kind == RETURN, m.lines)
    )


def clear(books: Books, payments: Iterable[Payment], by_people: Sequence[Match] = ()) -> Cleared:
    """Match again and again until the rules find nothing the ledger could take.

    A payment that came back takes no more lines, so a second debit under its reference stays in
    suspense: the obligation stands again, but nobody instructed it.
    """
    lines = lines_of(books)
    status = {p.payment_id: p.status for p in payments}
    new = list(_taken(in_booking_order(by_people, lines), status))
    early: list[Difference] = []
    while True:
        outcome = _again(books, lines, status, new)
        unsettled = set(outcome.matches) - {*books.settled, *new}
        taken = list(_taken(in_booking_order(unsettled, lines), status))
        if not taken:
            return _concluded(books, lines, new, early, outcome)
        new += taken
        early += outcome.breaks


def _again(
    books: Books, lines: Mapping[str, BankLine], status: Mapping[str, str], new: Sequence[Match]
) -> Matching:
    open_still = [i for i in books.instructions if status[i.id] != AFTER[RETURN]]
    return match(open_still, lines.values(), books.at, settled=(*books.settled, *new))


def _taken(matches: Iterable[Match], status: dict[str, str]) -> Iterator[Match]:
    """The matches the ledger can take in this order: only what is in transit can be confirmed."""
    for one in matches:
        wanted = BEFORE.get(one.kind)
        if wanted is None or all(status.get(p) == wanted for p in one.payments):
            yield one
            for payment_id in one.payments:
                status[payment_id] = AFTER[one.kind]


def _concluded(
    books: Books,
    lines: Mapping[str, BankLine],
    new: Sequence[Match],
    early: Sequence[Difference],
    outcome: Matching,
) -> Cleared:
    """The breaks of the last run, and of the runs before it what must not get lost.

    A return is followed up though its line is cleared; and a line that was a stopping break, such
    as a duplicate, before its payment came back must go on stopping.
    """
    used = {x for m in (*books.settled, *new) for x in m.lines}
    kept = {
        b.id: b
        for b in early
        if b.code in RETURNS
        or (b.stop and b.carried.lines and not used.intersection(b.carried.lines))
    }
    held = {x for b in kept.values() for x in b.carried.lines}
    last = [b for b in outcome.breaks if not held.intersection(b.carried.lines)]
    found = (*kept.values(), *last, *_wrong_payees(books, lines, new))
    return Cleared(
        tuple(in_booking_order(new, lines)),
        tuple(sorted(found, key=lambda b: b.id)),
        outcome.proposals,
    )


def _wrong_payees(
    books: Books, lines: Mapping[str, BankLine], new: Sequence[Match]
) -> list[Difference]:
    """Money that reached an account which was not verified for its grantee on the day."""
    matching = Matching("", tuple(new), (), ())
    _, breaks = bank_with_suppliers(books, list(lines.values()), matching)
    return breaks
