"""From rows to the rules and back: the books of a call as matching and a reconciliation see them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from services.chassis.model import Need
from services.chassis.views import NamedRows
from services.finance.commands.suppliers import register_of
from services.finance.rules.bank import BankLine, Statement
from services.finance.rules.canonical import to_json
from services.finance.rules.comparisons import Books
from services.finance.rules.conservation import GrantTotals
from services.finance.rules.matching import Instruction, Match
from services.finance.rules.working_days import CutOff, WorkCalendar
from services.finance.store import (
    AwardWord,
    Balance,
    Break,
    CallTerms,
    Grant,
    Payment,
    StatementFile,
    Supplier,
)


def books_needs(call_id: str) -> list[Need]:
    """Everything the books of a call consist of."""
    tables = (AwardWord, Balance, Grant, Payment, StatementFile, Break)
    return [CallTerms.key(call_id), *(table.of(call_id=call_id) for table in tables)]


def supplier_needs(call_id: str, rows: NamedRows) -> list[Need]:
    """The register entries of every award holder."""
    return [Supplier.of(applicant_id=g.applicant_id) for g in rows.of(Grant, call_id=call_id)]


def books_of(rows: NamedRows, call_id: str, on: date, extra: Iterable[Statement] = ()) -> Books:
    """The books as of a day; `extra` are statements that are just being imported.

    A payment that came back takes no more lines: the next attempt has a reference of its own.
    """
    grants = [g for g in rows.of(Grant, call_id=call_id) if g.status not in ("refused", "released")]
    payments = rows.of(Payment, call_id=call_id)
    statements = rows.of(StatementFile, call_id=call_id)
    return Books(
        at=cut_off(rows, call_id, on),
        decisions={
            w.application_id: w.amount_fen
            for w in rows.of(AwardWord, call_id=call_id)
            if w.state == "awarded"
        },
        balances={b.account: b.signed_fen for b in rows.of(Balance, call_id=call_id)},
        grants=tuple(_totals(g, payments) for g in grants),
        instructions=tuple(_instruction(p) for p in payments if p.status != "returned"),
        statements=(*(statement_of(s) for s in statements), *extra),
        register={
            g.application_id: register_of(rows.of(Supplier, applicant_id=g.applicant_id))
            for g in grants
        },
        settled=settled(statements, rows.of(Break, call_id=call_id)),
    )


def cut_off(rows: NamedRows, call_id: str, on: date) -> CutOff:
    """The day, and the call's calendar for due days."""
    terms = rows.get(CallTerms, call_id)
    said: dict[str, Any] = terms.calendar if terms else {}
    off: set[date] = set()
    for period in said.get("days_off", ()):
        first, last = date.fromisoformat(period["first"]), date.fromisoformat(period["last"])
        off |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    made_up = frozenset(date.fromisoformat(d) for d in said.get("make_up_days", ()))
    return CutOff(on, WorkCalendar(frozenset(off), made_up))


def settled(statements: Iterable[StatementFile], breaks: Iterable[Break]) -> tuple[Match, ...]:
    """The matches that stand already: made with a file, or when a break was resolved."""
    said = [*(m for s in statements for m in s.matches), *(m for b in breaks for m in b.matches)]
    return tuple(sorted((match_of(m) for m in said), key=lambda m: m.lines))


def match_of(said: dict[str, Any]) -> Match:
    """A stored match as the rules see it."""
    return Match(
        rule=said["rule"], kind=said["kind"], payments=tuple(said["payments"]),
        lines=tuple(said["lines"]), amount_fen=said["amount_fen"],
        evidence=tuple((k, v) for k, v in said["evidence"]),
    )  # fmt: skip


def match_to_json(match: Match, bank: str = "") -> dict[str, Any]:
    """A match as it is stored; with the bank account its lines are on."""
    plain = to_json(match)
    assert isinstance(plain, dict)
    return {**plain, "bank": bank} if bank else plain


def _totals(grant: Grant, payments: Iterable[Payment]) -> GrantTotals:
    own = [p for p in payments if p.application_id == grant.application_id]
    returned = [p for p in own if p.status == "returned"]
    return GrantTotals(
        award=grant.application_id,
        call=grant.call_id,
        agreed_fen=grant.committed_fen,
        given_back_fen=sum(p.amount_fen for p in returned if p.lapsed_year is not None),
        paid_fen=sum(p.amount_fen for p in own if p.status != "instructed"),
        returned_fen=sum(p.amount_fen for p in returned),
    )


def _instruction(payment: Payment) -> Instruction:
    return Instruction(
        id=payment.payment_id, reference=payment.reference, amount_fen=payment.amount_fen,
        payee_account=payment.payee_account, payee_name=payment.payee_name,
        instructed_on=date.fromisoformat(payment.instructed_on), award=payment.application_id,
        bank=payment.bank_account,
    )  # fmt: skip


def line_to_json(line: BankLine) -> dict[str, Any]:
    """A bank line as it is stored."""
    plain = to_json(line)
    assert isinstance(plain, dict)
    return plain


def line_of(said: dict[str, Any]) -> BankLine:
    """A stored line as the rules see it."""
    return BankLine(**{**said, "booked_on": date.fromisoformat(said["booked_on"])})


def statement_of(row: StatementFile) -> Statement:
    """A stored statement as the rules see it."""
    lines = tuple(line_of(said) for said in row.lines)
    return Statement(row.account, row.opening_fen, row.closing_fen, lines)
