"""One row of a bank table: read into a line, or refused with the cell that is to blame."""

import re
from dataclasses import dataclass
from datetime import date

from services.finance.rules.bank.profile import (
    BLANK_AMOUNTS,
    MONEY_IN,
    MONEY_OUT,
    OWN_CURRENCY,
)
from services.finance.rules.bank.statement import BankLine, RowProblem
from services.finance.rules.money import parse_fen
from services.finance.rules.refusal import Refused
from services.finance.rules.text import folded, narrowed

_DATE = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))"
    r"(?:[ T]?\d{2}:?\d{2}(:?\d{2})?.*)?",
    re.ASCII,
)
_GUARDED = re.compile(r"=\"([^\"]*)\"|'([0-9A-Za-z.,/-]+)")
_SPREADSHEET_NUMBER = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]+", re.ASCII | re.IGNORECASE)

# code: (what zh, what en, mend zh, mend en)
_WORDS: dict[str, tuple[str, str, str, str]] = {
    "DATE_UNREADABLE": (
        "日期无法识别",
        "The date cannot be read",
        "写作 2021-08-02",
        "Write 2021-08-02",
    ),
    "AMOUNT_UNREADABLE": (
        "金额无法识别",
        "The amount cannot be read",
        "写作 150000.00 或 150,000.00",
        "Write 150000.00",
    ),
    "AMOUNT_MISSING": (
        "借贷金额都为空",
        "The row has no amount",
        "补填一方金额",
        "Fill in one amount",
    ),
    "AMOUNT_BOTH_SIDES": (
        "借方贷方同时有金额",
        "Debit and credit are both filled",
        "一行只填一方",
        "Fill in one of them",
    ),
    "DIRECTION_UNKNOWN": ("借贷方向无法识别", "Unknown direction", "写借或贷", "Write 借 or 贷"),
    "CURRENCY_FOREIGN": (
        "币种不是人民币",
        "Not in CNY",
        "只导入人民币账户",
        "Import CNY accounts only",
    ),
    "ACCOUNT_DAMAGED": (
        "账号被表格软件改成了科学计数",
        "A spreadsheet turned the account into a power of ten",
        "从银行重新导出，不要用表格软件另存",
        "Export again; do not save it from a spreadsheet",
    ),
    "BALANCE_BREAK": (
        "余额与上一行不连续",
        "The balance does not continue from the row before",
        "核对此行前后是否缺行",
        "Check whether rows are missing here",
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row that could be read: its place in the file, its line, and the balance printed beside."""

    number: int
    line: BankLine
    balance_fen: int | None


def row_problem(code: str, number: int, column: str, value: str) -> RowProblem:
    """A problem in one cell, quoting what stood there."""
    zh, en, mend_zh, mend_en = _WORDS[code]
    shown = value[:40]
    return RowProblem(
        code, number, column, f"{zh}：“{shown}”", f"{en}: “{shown}”", mend_zh, mend_en
    )


def cleaned(cell: str) -> str:
    """A cell without the tricks that keep spreadsheets from eating digits: a quote mark or ="…"."""
    bare = cell.strip()
    guarded = _GUARDED.fullmatch(bare)
    return (guarded[1] or guarded[2] or "") if guarded else bare


def read_row(
    profile: str, columns: dict[str, list[int]], number: int, cells: list[str]
) -> Row | RowProblem:
    """Read one row; the first cell that cannot be read is the problem, none is skipped."""
    values = {field: _joined(cells, indexes) for field, indexes in columns.items()}
    booked_on = day_of(values["date"])
    if booked_on is None:
        return row_problem("DATE_UNREADABLE", number, "记账日期", values["date"])
    if folded(values.get("currency", "")) not in OWN_CURRENCY:
        return row_problem("CURRENCY_FOREIGN", number, "币种", values["currency"])
    if _SPREADSHEET_NUMBER.fullmatch(values.get("account", "")):
        return row_problem("ACCOUNT_DAMAGED", number, "对方账号", values["account"])
    amount = _AMOUNTS[profile](number, values)
    balance = _fen(number, "余额", values.get("balance", ""))
    for read in (amount, balance):
        if isinstance(read, RowProblem):
            return read
    return _row(number, values, booked_on, amount, balance)


def _row(
    number: int, values: dict[str, str], booked_on: date, amount: object, balance: object
) -> Row | RowProblem:
    if not isinstance(amount, int) or amount == 0:
        return row_problem("AMOUNT_MISSING", number, "金额", "")
    line = BankLine(
        line_no=number,
        booked_on=booked_on,
        amount_fen=amount,
        counterparty_name=_said(values, "name"),
        counterparty_account=_said(values, "account"),
        text=values.get("text", ""),
        bank_reference=_said(values, "bank_reference"),
        customer_reference=_said(values, "customer_reference"),
        batch_id=_said(values, "batch_id"),
    )
    return Row(number, line, balance if isinstance(balance, int) else None)


def _joined(cells: list[str], indexes: list[int]) -> str:
    return " ".join(cells[i] for i in indexes if i < len(cells) and cells[i])


def _said(values: dict[str, str], field: str) -> str:
    value = values.get(field, "")
    return "" if value in BLANK_AMOUNTS else value


def day_of(text: str) -> date | None:
    """The day a cell names, time of day dropped; None when it names none."""
    found = _DATE.fullmatch(narrowed(text).strip())
    if found is None:
        return None
    year, month, day = found[1], found[2] or found[4], found[3] or found[5]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _fen(number: int, column: str, text: str) -> int | RowProblem | None:
    if narrowed(text).strip() in BLANK_AMOUNTS:
        return None
    fen = parse_fen(text, negative=True)
    if isinstance(fen, Refused):
        return row_problem("AMOUNT_UNREADABLE", number, column, text)
    return fen


def _debit_credit(number: int, values: dict[str, str]) -> int | RowProblem | None:
    """Credit is money in, debit is money out: a statement is written from the bank's side."""
    out = _fen(number, "借方金额", values["debit"])
    into = _fen(number, "贷方金额", values["credit"])
    if isinstance(out, RowProblem) or isinstance(into, RowProblem):
        return out if isinstance(out, RowProblem) else into
    if out and into:
        return row_problem("AMOUNT_BOTH_SIDES", number, "借方金额", values["debit"])
    return (into or 0) - (out or 0)


def _amount_direction(number: int, values: dict[str, str]) -> int | RowProblem | None:
    fen = _fen(number, "金额", values["amount"])
    word = folded(values["direction"])
    if not isinstance(fen, int):
        return fen
    if word not in MONEY_IN | MONEY_OUT:
        return row_problem("DIRECTION_UNKNOWN", number, "借贷标志", values["direction"])
    return fen if word in MONEY_IN else -fen


def _signed_amount(number: int, values: dict[str, str]) -> int | RowProblem | None:
    return _fen(number, "金额", values["amount"])


_AMOUNTS = {
    "debit_credit": _debit_credit,
    "amount_direction": _amount_direction,
    "signed_amount": _signed_amount,
}
