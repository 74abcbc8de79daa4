"""The commands that open a bank account and take bank files in: kept whole, matched at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from contracts.finance import BankAccountOpened, StatementImported
from services.chassis.errors import Conflict, Invalid
from services.chassis.ids import derived
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.finance.commands.books import (
    books_needs,
    books_of,
    line_to_json,
    match_to_json,
    statement_of,
    supplier_needs,
)
from services.finance.commands.clearing import Cleared, clear
from services.finance.commands.guards import AMOUNT_FEN_MAX, known_call, not_after
from services.finance.commands.settling import Ledger, ledger_of, opened, settle
from services.finance.rules.bank import ACCEPTED, BankLine, Parsed, Statement, new_lines
from services.finance.rules.canonical import to_json
from services.finance.rules.chain import chains
from services.finance.rules.matching import Match
from services.finance.rules.money import yuan
from services.finance.rules.text import compact
from services.finance.rules.working_days import civil_day
from services.finance.store import BankAccount, CallTerms, Payment, StatementFile


@dataclass(frozen=True, slots=True)
class OpenBankAccount:
    """One of our own accounts enters the books."""

    call_id: str
    account: str
    opening_fen: int
    opened_on: str
    by: str

    @property
    def number(self) -> str:
        """The account in the form that statements name it in."""
        return compact(self.account)


@dataclass(frozen=True, slots=True)
class ImportStatement:
    """A bank file as it was read."""

    call_id: str
    parsed: Parsed
    by: str


@decision(
    OpenBankAccount, needs=lambda c: [CallTerms.key(c.call_id), BankAccount.key(c.number)]
)  # fmt: skip
def open_bank_account(command: OpenBankAccount, rows: NamedRows, now: str) -> Outcome:
    """Opening an account twice is answered the same. An account belongs to one call.

    Raises:
        Conflict: it is open with another balance or day, or for another call.
    """
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    known = rows.get(BankAccount, command.number)
    if known is None:
        not_after(command.opened_on, now, "The account is opened", "账户启用")
        yield BankAccountOpened(
            account=command.number, call_id=command.call_id, opening_fen=command.opening_fen,
            opened_on=command.opened_on, opened_by=command.by, opened_at=now,
        )  # fmt: skip
    else:
        _opened_so(command, known)
    return Answer(
        201,
        {
            "account": command.number,
            "opening_fen": command.opening_fen,
            "opened_on": command.opened_on,
        },
    )


def _opened_so(command: OpenBankAccount, known: BankAccount) -> None:
    if known.call_id != command.call_id:
        raise Conflict(
            "account_of_another_call",
            f"{known.account} keeps the money of {known.call_id}; a call has accounts of its own.",
            f"账户 {known.account} 已属于 {known.call_id}，每个项目须使用各自的账户。",
        )
    if (known.opening_fen, known.opened_on) != (command.opening_fen, command.opened_on):
        raise Conflict(
            "account_known",
            f"The account is open since {known.opened_on} with {yuan(known.opening_fen)} yuan.",
            f"该账户已于 {known.opened_on} 以余额 {yuan(known.opening_fen)} 元启用。",
        )


def _needs(command: ImportStatement) -> list[Need]:
    statement = command.parsed.statement
    ours = [BankAccount.key(statement.account)] if statement else []
    return [*books_needs(command.call_id), *ours]


def _more(command: ImportStatement, rows: NamedRows) -> list[Need]:
    return supplier_needs(command.call_id, rows)


@decision(ImportStatement, needs=_needs, then=_more)
def import_statement(command: ImportStatement, rows: NamedRows, now: str) -> Outcome:
    """Import once, match at once; a file that does not add up is refused with every problem named.

    Raises:
        Invalid: the file cannot be read or does not add up. Conflict: not one of our accounts.
    """
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    statement = _accepted(command.parsed)
    known = rows.of(StatementFile, call_id=command.call_id)
    again = next((s for s in known if s.file_sha256 == command.parsed.sha256), None)
    if again is not None:
        return Answer(201, _summary(again))
    _ours(command, statement, rows.get(BankAccount, statement.account))
    _believable(statement, now)
    _continues(statement, [s for s in map(statement_of, known) if s.account == statement.account])
    fresh = new_lines(statement, _counted(known))
    books = books_of(rows, command.call_id, civil_day(now), [statement])
    cleared = clear(books, rows.of(Payment, call_id=command.call_id))
    statement_id = derived(command.call_id, f"statement/{command.parsed.sha256}")
    incoming = (statement_id, statement, frozenset(line.id for line in fresh))
    ledger = ledger_of(rows, command.call_id, books, command.by, now, incoming)
    event = _imported(command, ledger, cleared, incoming)
    yield event
    yield from settle(ledger, cleared, {})
    return Answer(201, _summary(event))


def _imported(
    command: ImportStatement,
    ledger: Ledger,
    cleared: Cleared,
    incoming: tuple[str, Statement, frozenset[str]],
) -> StatementImported:
    statement_id, statement, new = incoming
    own = [m for m in cleared.matches if not new.isdisjoint(m.lines)]
    fresh = [line for line in statement.lines if line.id in new]
    return StatementImported(
        statement_id=statement_id, call_id=command.call_id, account=statement.account,
        file_sha256=command.parsed.sha256, opening_fen=statement.opening_fen,
        closing_fen=statement.closing_fen, lines=tuple(map(line_to_json, statement.lines)),
        problems=(), postings=tuple(_postings(fresh, own)), imported_by=ledger.by,
        imported_at=ledger.now, matches=tuple(map(match_to_json, own)),
        break_ids=tuple(e.break_id for e in opened(ledger, cleared.breaks)),
    )  # fmt: skip


def _accepted(parsed: Parsed) -> Statement:
    if parsed.statement is None or parsed.status != ACCEPTED:
        first, count = parsed.problems[0], len(parsed.problems)
        where = (f"Row {first.row}", f"第 {first.row} 行") if first.row else ("The file", "文件")
        raise Invalid(
            "statement_held",
            f"{where[0]}: {first.what_en}. {first.mend_en}. {count} problems in all; "
            "nothing was imported.",
            f"{where[1]}：{first.what_zh}；{first.mend_zh}。共 {count} 处问题，未导入任何内容。",
            problems=[to_json(p) for p in parsed.problems],
            file_sha256=parsed.sha256,
        )
    return parsed.statement


def _ours(command: ImportStatement, statement: Statement, ours: BankAccount | None) -> None:
    if ours is None or ours.call_id != command.call_id:
        raise Conflict(
            "account_unknown",
            f"{statement.account} is not an account of {command.call_id}; "
            "open it with its balance first.",
            f"{statement.account} 不是项目 {command.call_id} 已登记的账户，请先登记并录入期初余额。",
        )
    early = next((x for x in statement.lines if x.booked_on.isoformat() < ours.opened_on), None)
    if early is not None:
        raise Conflict(
            "line_before_opening",
            f"Line {early.line_no} was booked on {early.booked_on}, but the account is in the "
            f"books since {ours.opened_on}, with that line in its opening balance.",
            f"第 {early.line_no} 笔记账日 {early.booked_on} 早于账户启用日 {ours.opened_on}，"
            "已包含在期初余额中。",
        )


def _believable(statement: Statement, now: str) -> None:
    """No line of a day to come, no figure whose sums a JSON number could not hold."""
    for line in statement.lines:
        not_after(
            line.booked_on.isoformat(), now, f"Line {line.line_no} is booked",
            f"第 {line.line_no} 笔记账",
        )  # fmt: skip
    moved = sum(abs(line.amount_fen) for line in statement.lines)
    if max(moved, abs(statement.opening_fen), abs(statement.closing_fen)) > AMOUNT_FEN_MAX:
        raise Invalid(
            "statement_too_large",
            f"A balance or the sum of the lines is over {yuan(AMOUNT_FEN_MAX)} yuan; check the file.",
            f"余额或发生额合计超过 {yuan(AMOUNT_FEN_MAX)} 元，请核对文件。",
        )


def _continues(statement: Statement, earlier: list[Statement]) -> None:
    """A file tells every day it touches whole: else nobody could say which of its lines are new.

    Equal lines are told apart by counting them within a day, so a part of a day may not follow
    another part; and a day may not be told in other words than an earlier file told it.
    """
    known = {line.id: line for one in earlier for line in one.lines}
    ids, days = {x.id for x in statement.lines}, {x.booked_on for x in statement.lines}
    span = (min(days), max(days)) if days else None
    lost = [
        x for x in known.values() if span and span[0] <= x.booked_on <= span[1] and x.id not in ids
    ]
    whole, extended = chains(earlier), chains([*earlier, statement])
    if not lost and not ids.isdisjoint(known) and not whole[0].gap_fen and extended[0].gap_fen:
        lost = [x for x in known.values() if x.id in ids]
    if lost:
        first = min(lost, key=lambda x: (x.booked_on, x.line_no))
        shown = f"{first.booked_on} {yuan(first.amount_fen)} {first.text}".strip()
        raise Conflict(
            "days_incomplete",
            f"An earlier file tells {first.booked_on} otherwise (e.g. the line {shown}); "
            "export whole days, in the same layout, and import that.",
            f"此前导入的对账单对 {first.booked_on} 的记载与本文件不同（例如 {shown}），"
            "请按整日、以相同格式重新导出后导入。",
        )


def _counted(known: Iterable[StatementFile]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in known:
        for line in statement_of(row).lines:
            counts[line.fingerprint] = max(counts.get(line.fingerprint, 0), line.occurrence)
    return counts


def _postings(lines: Iterable[BankLine], matches: Iterable[Match]) -> Iterator[dict[str, Any]]:
    """What no payment explains: fees and interest by rule, the rest into suspense."""
    kinds = {line: m.kind for m in matches for line in m.lines}
    for line in lines:
        kind = kinds.get(line.id, "suspense")
        if kind in ("fee", "interest", "suspense"):
            yield {
                "kind": kind, "line": line.id, "amount_fen": line.amount_fen,
                "booked_on": line.booked_on.isoformat(),
            }  # fmt: skip


def _summary(file: StatementImported | StatementFile) -> dict[str, Any]:
    return {
        "statement_id": file.statement_id,
        "account": file.account,
        "lines": len(file.lines),
        "matched": list(file.matches),
        "postings": list(file.postings),
        "break_ids": list(file.break_ids),
    }
