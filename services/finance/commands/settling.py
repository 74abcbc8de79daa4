"""What clearing means for the ledger: payments proved or returned, lines out of suspense, breaks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.event import Event
from contracts.finance import BreakOpened, BreakResolved, PaymentConfirmed, PaymentReturned
from services.chassis.ids import derived
from services.chassis.views import NamedRows
from services.finance.commands.books import match_to_json
from services.finance.commands.clearing import PERSON, Cleared, lines_of
from services.finance.rules.accounts import account, natural_fen
from services.finance.rules.bank import BankLine, Statement
from services.finance.rules.breaks import Break as Difference
from services.finance.rules.comparisons import Books
from services.finance.rules.matching import Match
from services.finance.rules.matching.model import PAYMENT, RETURN, RULES_VERSION
from services.finance.store import Break, Grant, Payment, StatementFile


@dataclass(frozen=True, slots=True)
class Word:
    """Whose word explains a break: a rule's, or that of the person who proposed it."""

    resolution: str
    proposed_by: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows that settling looks at; `fresh` are the lines that are coming in just now."""

    call_id: str
    lines: Mapping[str, BankLine]
    places: Mapping[str, tuple[str, int]]
    payments: Mapping[str, Payment]
    grantees: Mapping[str, str]
    advances: Mapping[str, int]
    breaks: tuple[Break, ...]
    fresh: frozenset[str]
    by: str
    now: str


def ledger_of(
    rows: NamedRows, call_id: str, books: Books, by: str, now: str,
    incoming: tuple[str, Statement, frozenset[str]] | None = None,
) -> Ledger:  # fmt: skip
    """The ledger of a call; `incoming` is a statement with its id and the lines new in it."""
    files = sorted(rows.of(StatementFile, call_id=call_id), key=lambda s: s.imported_at)
    places = {
        f"{said['fingerprint']}-{said['occurrence']}": (file.statement_id, said["line_no"])
        for file in reversed(files)
        for said in file.lines
    }
    statement_id, statement, fresh = incoming or ("", None, frozenset())
    arrived = statement.lines if statement else ()
    places |= {x.id: (statement_id, x.line_no) for x in arrived if x.id in fresh}
    grants: list[Grant] = rows.of(Grant, call_id=call_id)
    return Ledger(
        call_id=call_id,
        lines=lines_of(books),
        places=places,
        payments={p.payment_id: p for p in rows.of(Payment, call_id=call_id)},
        grantees={g.application_id: g.applicant_id for g in grants},
        advances={g.application_id: _advance(books, g.application_id) for g in grants},
        breaks=tuple(rows.of(Break, call_id=call_id)),
        fresh=fresh,
        by=by,
        now=now,
    )


def _advance(books: Books, award: str) -> int:
    name = account("cash:advance", award)
    return natural_fen(name, books.balances.get(name, 0))


def settle(ledger: Ledger, cleared: Cleared, words: Mapping[str, Word]) -> Iterator[Event]:
    """Everything that follows from new matches, but for the statement that brought them.

    `words` are what people said about breaks, by break id; all else is a rule's word.
    """
    yield from _payments(ledger, cleared.matches)
    resolved = list(_resolved(ledger, cleared.matches, words))
    yield from resolved
    touched = {event.break_id for event in resolved}
    yield from opened(ledger, cleared.breaks, touched)


def _payments(ledger: Ledger, matches: Iterable[Match]) -> Iterator[Event]:
    advances = dict(ledger.advances)
    paid_on = {p.payment_id: p.paid_on for p in ledger.payments.values()}
    for one in matches:
        if one.kind not in (PAYMENT, RETURN):
            continue
        booked_on = max(ledger.lines[x].booked_on for x in one.lines)
        for payment_id in one.payments:
            payment = ledger.payments[payment_id]
            common = _common(ledger, one, payment, booked_on)
            if one.kind == PAYMENT:
                paid_on[payment_id] = booked_on.isoformat()
                yield PaymentConfirmed(**common, confirmed_at=ledger.now)
                continue
            lapsed = _lapsed_year(paid_on[payment_id], booked_on)
            undone = min(payment.amount_fen, advances[payment.application_id]) if lapsed else 0
            advances[payment.application_id] -= undone
            yield PaymentReturned(
                **common, returned_at=ledger.now, lapsed_year=lapsed,
                accounted_fen=payment.amount_fen - undone if lapsed else 0,
            )  # fmt: skip


def _common(ledger: Ledger, one: Match, payment: Payment, booked_on: date) -> dict[str, Any]:
    statement_id = ledger.places[one.lines[-1]][0]
    numbers = [ledger.places[x][1] for x in one.lines if ledger.places[x][0] == statement_id]
    return {
        "application_id": payment.application_id, "call_id": ledger.call_id,
        "payment_id": payment.payment_id, "tranche_no": payment.tranche_no,
        "amount_fen": payment.amount_fen, "statement_id": statement_id,
        "line_nos": tuple(numbers), "booked_on": booked_on.isoformat(),
        "match": match_to_json(one, bank=ledger.lines[one.lines[0]].account),
    }  # fmt: skip


def _lapsed_year(paid_on: str | None, returned_on: date) -> int | None:
    """Authority lapses when the money comes back in a later fiscal year, which is the calendar's."""
    paid = date.fromisoformat(paid_on) if paid_on else returned_on
    return returned_on.year if returned_on.year > paid.year else None


def _resolved(
    ledger: Ledger, matches: Iterable[Match], words: Mapping[str, Word]
) -> Iterator[BreakResolved]:
    """Suspended lines leave suspense; a payment that was late is late no more."""
    for one in matches:
        carriers: dict[str, list[str]] = {}
        for line in one.lines:
            if line not in ledger.fresh:
                carriers.setdefault(_carrier(ledger, line), []).append(line)
        whole = ledger.fresh.isdisjoint(one.lines)
        for number, (break_id, lines) in enumerate(sorted(carriers.items())):
            told = one if whole and number == 0 else None
            cleared = [_unsuspended(ledger.lines[x], one.kind) for x in lines]
            yield resolution_of(ledger, break_id, _word(one, break_id, words), told, cleared)
        for late in _late(ledger, one):
            yield resolution_of(ledger, late, _word(one, late, words))


def _unsuspended(line: BankLine, kind: str) -> dict[str, Any]:
    return {
        "line": line.id,
        "kind": kind,
        "account": line.account,
        "amount_fen": line.amount_fen,
    }


def _carrier(ledger: Ledger, line: str) -> str:
    """The break that carries a suspended line: an open one before one that has been explained."""
    carrying = [b for b in ledger.breaks if line in b.detail.get("lines", ())]
    return min(carrying, key=lambda b: (b.status != "open", b.break_id)).break_id


def _late(ledger: Ledger, one: Match) -> list[str]:
    """Open breaks about payments that this match proves."""
    paid = set(one.payments) if one.kind == PAYMENT else set()
    return [
        b.break_id
        for b in ledger.breaks
        if b.code == "UNMATCHED_PAYMENT"
        and b.status == "open"
        and paid.issuperset(b.detail["payments"])
    ]


def _word(one: Match, break_id: str, words: Mapping[str, Word]) -> Word:
    if break_id in words:
        return words[break_id]
    if one.rule == PERSON and words:
        return next(iter(words.values()))
    return Word(f"{one.rule}: {', '.join(one.payments or one.lines)}", RULES_VERSION)


def resolution_of(
    ledger: Ledger,
    break_id: str,
    word: Word,
    match: Match | None = None,
    lines: Iterable[dict[str, Any]] = (),
) -> BreakResolved:
    """The event that resolves a break, with the lines that leave suspense by it."""
    return BreakResolved(
        break_id=break_id, call_id=ledger.call_id, resolution=word.resolution,
        proposed_by=word.proposed_by, approved_by=ledger.by, resolved_at=ledger.now,
        match=match_to_json(match) if match else {}, lines=tuple(lines),
    )  # fmt: skip


def opened(
    ledger: Ledger, breaks: Iterable[Difference], touched: Iterable[str] = ()
) -> list[BreakOpened]:
    """Breaks about lines that are new, or whose former break was resolved just now."""
    known = {b.break_id: b for b in ledger.breaks}
    loose = {x for b in touched for x in known[b].detail.get("lines", ())} | ledger.fresh
    return [
        break_opened(ledger, one)
        for one in breaks
        if loose.intersection(one.carried.lines) and break_id_of(ledger, one) not in known
    ]


def break_id_of(ledger: Ledger, one: Difference) -> str:
    """The same difference has the same id, whoever finds it."""
    return derived(ledger.call_id, one.id)


def break_opened(ledger: Ledger, one: Difference) -> BreakOpened:
    """The event that gives a difference its owner and its day."""
    carried = one.carried
    return BreakOpened(
        break_id=break_id_of(ledger, one), call_id=ledger.call_id, code=one.code,
        amount_fen=one.amount_fen, owner=one.owner, due_on=one.due_on.isoformat(),
        detail={"about": carried.about, "lines": list(carried.lines),
                "payments": list(carried.payments), "zh": one.zh, "en": one.en},
        opened_at=ledger.now, application_id=carried.award,
        grantee_id=ledger.grantees.get(carried.award, ""),
    )  # fmt: skip
