"""The command that takes a bank file in: kept whole, matched by rules, every difference owned."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from contracts.event import Event
from contracts.finance import (
    BankAccountOpened,
    BreakOpened,
    PaymentConfirmed,
    PaymentReturned,
    StatementImported,
)
from services.chassis.errors import Conflict, Invalid
from services.chassis.ids import derived
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.finance.commands.books import (
    books_needs,
    books_of,
    line_to_json,
    statement_of,
    supplier_needs,
)
from services.finance.commands.guards import known_call
from services.finance.rules.bank import ACCEPTED, BankLine, Parsed, Statement, new_lines, parse_statement
from services.finance.rules.breaks import Break as Difference
from services.finance.rules.canonical import to_json
from services.finance.rules.matching import Match, match
from services.finance.store import BankAccount, Break, CallTerms, Payment, StatementFile


@dataclass(frozen=True, slots=True)
class OpenBankAccount:
    """One of our own accounts enters the books."""

    call_id: str
    account: str
    opening_fen: int
    opened_on: str
    by: str


@dataclass(frozen=True, slots=True)
class ImportStatement:
    """A bank file, as its bytes."""

    call_id: str
    data: bytes
    on: str
    by: str


@decision(OpenBankAccount, needs=lambda c: [CallTerms.key(c.call_id), BankAccount.key(c.account)])
def open_bank_account(command: OpenBankAccount, rows: NamedRows, now: str) -> Outcome:
    """Opening an account twice is answered the same; with another balance it is refused."""
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    before = rows.get(BankAccount, command.account)
    if before is not None and before.opening_fen != command.opening_fen:
        raise Conflict("account_known", "The account is open with another balance.", "该账户已以其他余额开立。")
    if before is None:
        yield BankAccountOpened(
            account=command.account, call_id=command.call_id, opening_fen=command.opening_fen,
            opened_on=command.opened_on, opened_by=command.by, opened_at=now,
        )  # fmt: skip
    return Answer(201, {"account": command.account, "opening_fen": command.opening_fen})


def _more(command: ImportStatement, rows: NamedRows) -> list[Need]:
    return supplier_needs(command.call_id, rows)


@decision(ImportStatement, needs=lambda c: [*books_needs(c.call_id), *_accounts(c)], then=_more)
def import_statement(command: ImportStatement, rows: NamedRows, now: str) -> Outcome:
    """Import once, match at once; a file that does not add up is refused with every problem named.

    Raises:
        Invalid: the file cannot be read or does not add up. Conflict: not one of our accounts.
    """
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    parsed = parse_statement(command.data)
    statement = _accepted(parsed)
    known = rows.of(StatementFile, call_id=command.call_id)
    if again := next((s for s in known if s.file_sha256 == parsed.sha256), None):
        return Answer(201, _summary(again.statement_id, statement, (), (), again.postings))
    _ours(statement, rows)
    fresh = new_lines(statement, _counted(known))
    kept = Statement(statement.account, statement.opening_fen, statement.closing_fen, fresh)
    books = books_of(rows, command.call_id, command.on, [kept])
    lines = [line for s in books.statements for line in s.lines]
    matching = match(books.instructions, lines, books.at, settled=books.settled)
    new = [m for m in matching.matches if m not in books.settled and {x.id for x in fresh} & set(m.lines)]
    breaks = [b for b in matching.breaks if set(b.carried.lines) & {x.id for x in fresh}]
    statement_id = derived(command.call_id, f"statement/{parsed.sha256}")
    event = _imported(command, parsed, kept, statement_id, new, now)
    yield event
    yield from _cleared(rows, new, kept, event, now)
    yield from _opened(rows, breaks, command.call_id, now)
    return Answer(201, _summary(statement_id, statement, new, breaks, event.postings))


def _accounts(command: ImportStatement) -> list[Need]:
    parsed = parse_statement(command.data)
    return [BankAccount.key(parsed.statement.account)] if parsed.statement else []


def _accepted(parsed: Parsed) -> Statement:
    if parsed.statement is None or parsed.status != ACCEPTED:
        problems = [to_json(p) for p in parsed.problems]
        first = parsed.problems[0]
        raise Invalid(
            "statement_held",
            f"Row {first.row}: {first.what_en} {first.mend_en} ({len(problems)} problems in all)",
            f"第 {first.row} 行：{first.what_zh}{first.mend_zh}（共 {len(problems)} 处问题）",
            problems=problems,
            file_sha256=parsed.sha256,
        )
    return parsed.statement


def _ours(statement: Statement, rows: NamedRows) -> None:
    if rows.get(BankAccount, statement.account) is None:
        raise Conflict(
            "account_unknown",
            f"{statement.account} is not one of our accounts; open it with its balance first.",
            f"{statement.account} 不是已登记的本单位账户，请先登记并录入期初余额。",
        )


def _counted(known: Iterable[StatementFile]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in known:
        for line in statement_of(row).lines:
            counts[line.fingerprint] = max(counts.get(line.fingerprint, 0), line.occurrence)
    return counts


def _imported(
    command: ImportStatement, parsed: Parsed, kept: Statement, statement_id: str, new: list[Match], now: str
) -> StatementImported:
    return StatementImported(
        statement_id=statement_id, call_id=command.call_id, account=kept.account,
        file_sha256=parsed.sha256, opening_fen=kept.opening_fen, closing_fen=kept.closing_fen,
        lines=tuple(line_to_json(line) for line in kept.lines), problems=(),
        postings=tuple(_postings(kept.lines, new)), imported_by=command.by, imported_at=now,
    )  # fmt: skip


def _postings(lines: Iterable[BankLine], new: list[Match]) -> Iterator[dict[str, Any]]:
    """What no payment explains: fees and interest by rule, the rest into suspense."""
    kinds = {line: m.kind for m in new for line in m.lines}
    for line in lines:
        kind = kinds.get(line.id, "suspense")
        if kind in ("fee", "interest", "suspense"):
            yield {
                "kind": kind, "line": line.id, "amount_fen": line.amount_fen,
                "booked_on": line.booked_on.isoformat(),
            }  # fmt: skip


def _cleared(
    rows: NamedRows, new: list[Match], kept: Statement, event: StatementImported, now: str
) -> Iterator[Event]:
    payments = {p.payment_id: p for p in rows.of(Payment, call_id=event.call_id)}
    lines = {line.id: line for line in kept.lines}
    for one in sorted(new, key=lambda m: (m.kind != "payment", m.lines)):
        if one.kind not in ("payment", "return"):
            continue
        booked = max(lines[x].booked_on for x in one.lines if x in lines).isoformat()
        numbers = tuple(lines[x].line_no for x in one.lines if x in lines)
        for payment_id in one.payments:
            payment = payments[payment_id]
            common: dict[str, Any] = {
                "application_id": payment.application_id, "call_id": event.call_id,
                "payment_id": payment_id, "tranche_no": payment.tranche_no,
                "amount_fen": payment.amount_fen, "statement_id": event.statement_id,
                "line_nos": numbers, "booked_on": booked,
                "match": {**to_plain(one), "bank": kept.account},
            }  # fmt: skip
            if one.kind == "payment":
                yield PaymentConfirmed(**common, confirmed_at=now)
            else:
                yield PaymentReturned(**common, returned_at=now)


def to_plain(one: Match) -> dict[str, Any]:
    """A match as JSON, evidence as pairs."""
    plain = to_json(one)
    assert isinstance(plain, dict)
    return plain


def _opened(
    rows: NamedRows, breaks: Iterable[Difference], call_id: str, now: str
) -> Iterator[BreakOpened]:
    known = {b.break_id for b in rows.of(Break, call_id=call_id)}
    for one in breaks:
        break_id = derived(call_id, one.id)
        if break_id not in known:
            yield BreakOpened(
                break_id=break_id, call_id=call_id, code=one.code, amount_fen=one.amount_fen,
                owner=one.owner, due_on=one.due_on.isoformat(),
                detail={"award": one.carried.award, "lines": list(one.carried.lines),
                        "payments": list(one.carried.payments), "zh": one.zh, "en": one.en},
                opened_at=now,
            )  # fmt: skip


def _summary(
    statement_id: str, statement: Statement, new: Iterable[Match], breaks: Iterable[Difference], postings: Iterable[Any]
) -> dict[str, Any]:
    return {
        "statement_id": statement_id,
        "account": statement.account,
        "lines": len(statement.lines),
        "matched": [to_plain(m) for m in new],
        "breaks": [{"code": b.code, "amount_fen": b.amount_fen, "id": b.id} for b in breaks],
        "postings": list(postings),
    }
