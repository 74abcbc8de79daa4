"""Bank tables (CSV): found, decoded and read row by row against a profile."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from services.finance.rules.bank.profile import (
    OWN_CURRENCY,
    TOTALS,
    Profile,
    heading_fields,
    label_of,
    profile_for,
)
from services.finance.rules.bank.row import Row, cleaned, day_of, read_row, row_problem
from services.finance.rules.bank.statement import (
    ROWS_MAX,
    Parsed,
    RowProblem,
    file_problem,
    statement_of,
    too_large,
    verdict,
)
from services.finance.rules.money import parse_fen
from services.finance.rules.refusal import Refused
from services.finance.rules.text import compact, folded

HEADING_ROWS_MAX = 40
DELIMITERS = (",", "\t", ";", "|")

_NOT_TEXT = file_problem(
    "ENCODING_UNKNOWN",
    ("文件既不是 UTF-8 也不是 GBK 文本。", "The file is neither UTF-8 nor GBK text."),
    ("请从银行导出 CSV 文本。", "Export it from the bank as CSV text."),
)
_NO_HEADINGS = file_problem(
    "HEADINGS_UNKNOWN",
    ("找不到对账单表头。", "No heading row of a statement was found."),
    (
        "表头至少要有记账日期，以及借方金额与贷方金额，或金额。",
        "A heading row has a date, and debit and credit amounts or one amount.",
    ),
)
_NO_ACCOUNT = file_problem(
    "ACCOUNT_MISSING",
    ("对账单没有本方账号。", "The statement does not name our account."),
    ("请在表头之前加一行：账号,<号码>。", "Add a row above the headings: 账号,<number>."),
)
_NO_OPENING = file_problem(
    "OPENING_MISSING",
    (
        "没有期初或期末余额，也无法从余额栏推出。",
        "No opening or closing balance, nor a balance column.",
    ),
    (
        "请补充期初余额、期末余额两行后重新导入。",
        "Add rows 期初余额 and 期末余额, then import again.",
    ),
)


@dataclass
class _Table:
    """What a table is made of once its heading row is known."""

    profile: Profile
    columns: dict[str, list[int]]
    labels: dict[str, tuple[int, str]]
    rows: list[tuple[int, list[str]]]
    problems: list[RowProblem] = field(default_factory=list)


def parse_table(data: bytes) -> Parsed:
    """Read a CSV bank table in any profile we know."""
    large = too_large(data)
    if large:
        return verdict(data, "", None, [large])
    text = _decoded(data)
    if text is None:
        return verdict(data, "", None, [_NOT_TEXT])
    table = next((t for t in (_table(text, d) for d in DELIMITERS) if t), None)
    if table is None:
        return verdict(data, "", None, [_NO_HEADINGS])
    return _read(data, table)


def _decoded(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _cells(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, [cleaned(cell) for cell in cells]
    except csv.Error:
        # A cell beyond the reader's limit: no bank writes one, so the table ends here unread.
        yield reader.line_num, ["\x00unreadable"]


def _table(text: str, delimiter: str) -> _Table | None:
    labels: dict[str, tuple[int, str]] = {}
    rows = _cells(text, delimiter)
    for count, (number, cells) in enumerate(rows):
        if count >= HEADING_ROWS_MAX:
            return None
        columns = heading_fields(cells)
        profile = profile_for(columns)
        if profile:
            return _split(_Table(profile, columns, labels, []), rows)
        _note_labels(labels, number, cells)
    return None


def _split(table: _Table, rows: Iterator[tuple[int, list[str]]]) -> _Table:
    for number, cells in rows:
        first = folded(next(filter(None, cells), ""))
        if _dated(table, cells):
            table.rows.append((number, cells))
        elif label_of(first.partition(":")[0]):
            _note_labels(table.labels, number, cells)
        elif first and not first.startswith(TOTALS):
            table.rows.append((number, cells))
    return table


def _dated(table: _Table, cells: list[str]) -> bool:
    """A row with a date is a line whatever else it says; only dateless rows may be foot notes."""
    return any(day_of(cells[i]) for i in table.columns["date"] if i < len(cells))


def _note_labels(labels: dict[str, tuple[int, str]], number: int, cells: list[str]) -> None:
    words = [part for cell in cells for part in cell.replace("：", ":").split(":", 1)]
    for word, value in pairwise(words):
        label = label_of(word)
        if label and value.strip():
            labels.setdefault(label, (number, cleaned(value)))


def _read(data: bytes, table: _Table) -> Parsed:
    name = f"csv/{table.profile.name}"
    account = table.labels.get("own_account", (0, ""))[1]
    if not compact(account):
        return verdict(data, name, None, [_NO_ACCOUNT])
    if len(table.rows) > ROWS_MAX:
        return verdict(data, name, None, [_too_many()])
    rows = [row for row in (_row(table, *numbered) for numbered in table.rows) if row]
    rows = _in_order(rows)
    opening, closing = _balances(table, rows)
    table.problems += _chain(opening, rows, whole=len(rows) == len(table.rows))
    statement = statement_of(account, opening or 0, closing or 0, (row.line for row in rows))
    return verdict(data, name, statement, table.problems)


def _too_many() -> RowProblem:
    return file_problem(
        "TOO_MANY_ROWS",
        (f"超过 {ROWS_MAX} 行。", f"More than {ROWS_MAX} rows."),
        ("请按月分开导出。", "Export it month by month."),
    )


def _row(table: _Table, number: int, cells: list[str]) -> Row | None:
    read = read_row(table.profile.name, table.columns, number, cells)
    if isinstance(read, RowProblem):
        table.problems.append(read)
        return None
    return read


def _in_order(rows: list[Row]) -> list[Row]:
    """Newest-first files are turned round; within one day the running balance tells the order."""
    if len(rows) < 2:  # noqa: PLR2004 - a single row has no order
        return rows
    first, last = rows[0].line.booked_on, rows[-1].line.booked_on
    if first != last:
        return rows if first < last else rows[::-1]
    return rows[::-1] if not _chains(rows) and _chains(rows[::-1]) else rows


def _chains(rows: list[Row]) -> bool:
    return all(
        b.balance_fen is None
        or a.balance_fen is None
        or a.balance_fen + b.line.amount_fen == b.balance_fen
        for a, b in pairwise(rows)
    )


def _balances(table: _Table, rows: list[Row]) -> tuple[int | None, int | None]:
    opening, closing = (_label_fen(table, label) for label in ("opening", "closing"))
    if opening is None and rows and rows[0].balance_fen is not None:
        opening = rows[0].balance_fen - rows[0].line.amount_fen
    if closing is None and rows:
        closing = rows[-1].balance_fen
    if opening is None or closing is None:
        table.problems.append(_NO_OPENING)
    currency_row, currency = table.labels.get("own_currency", (0, ""))
    if folded(currency) not in OWN_CURRENCY:
        table.problems.append(row_problem("CURRENCY_FOREIGN", currency_row, "币种", currency))
    return opening, closing


def _label_fen(table: _Table, label: str) -> int | None:
    number, value = table.labels.get(label, (0, ""))
    if not value:
        return None
    fen = parse_fen(value, negative=True)
    if isinstance(fen, Refused):
        table.problems.append(row_problem("AMOUNT_UNREADABLE", number, label, value))
        return None
    return fen


def _chain(opening: int | None, rows: list[Row], *, whole: bool) -> list[RowProblem]:
    """Where a running balance is printed, each row must continue from the one before."""
    before, problems = opening, list[RowProblem]()
    for row in rows if whole else ():
        expected = None if before is None else before + row.line.amount_fen
        if row.balance_fen is not None and expected not in (None, row.balance_fen):
            problems.append(row_problem("BALANCE_BREAK", row.number, "余额", str(row.balance_fen)))
        before = row.balance_fen if row.balance_fen is not None else expected
    return problems
