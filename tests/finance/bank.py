"""A small bank: lines happen, right and wrong, and a statement prints those since the last one."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from contracts.finance import PaymentInstructed
from services.finance.rules.bank import BankLine, write_csv
from services.finance.rules.bank.statement import statement_of
from tests.finance.heard import BANK, OPENING

OTHER_LINES = {
    "fee": (-3_000, "账户管理费"),
    "interest": (12_345, "结息"),
    "in": (777, "来款"),
    "out": (-777, "不明"),
}
ACTS = (
    "clean",
    "clean",
    "clean",
    "bare",
    "wrong",
    "less",
    "parts",
    "back",
    "bare back",
    *OTHER_LINES,
)
BARE = {"text": "", "customer_reference": ""}


def lines_of(act: str, fen: int) -> list[tuple[int, dict[str, Any]]]:
    """The lines that a payment makes."""
    lines: dict[str, list[tuple[int, dict[str, Any]]]] = {
        "clean": [(-fen, {})],
        "bare": [(-fen, BARE)],
        "wrong": [(-fen, {"counterparty_account": "9999"})],
        "less": [(1 - fen, {})],
        "parts": [(7 - fen, {}), (-7, {})],
        "back": [(fen, {})],
        "bare back": [(fen, BARE)],
    }
    return lines[act]


class Bank:
    """One of our accounts as the bank keeps it."""

    def __init__(self, number: str = BANK, balance_fen: int = OPENING) -> None:
        self.number = number
        self.balance_fen = balance_fen
        self.printed: list[BankLine] = []
        self.lines: list[BankLine] = []

    def pays(self, payment: PaymentInstructed, on: str = "2021-09-09", **changes: Any) -> BankLine:
        """Carry out an instruction."""
        line = BankLine(
            0, date.fromisoformat(on), -payment.amount_fen, "", payment.payee_name,
            payment.payee_account, "项目经费", "", payment.reference,
        )  # fmt: skip
        return self.books(replace(line, **changes))

    def returns(
        self, payment: PaymentInstructed, on: str = "2021-09-13", **changes: Any
    ) -> BankLine:
        """Give the money of a payment back."""
        line = BankLine(
            0, date.fromisoformat(on), payment.amount_fen, "", payment.payee_name,
            payment.payee_account, f"退票 {payment.reference}", "", payment.reference,
        )  # fmt: skip
        return self.books(replace(line, **changes))

    def other(self, amount_fen: int, text: str, on: str = "2021-09-21", **facts: Any) -> BankLine:
        """Any other line."""
        return self.books(BankLine(0, date.fromisoformat(on), amount_fen, text=text, **facts))

    def books(self, line: BankLine) -> BankLine:
        """Book a line."""
        self.lines.append(line)
        return line

    def statement(self, days_before: int = 0) -> bytes:
        """A file of what was booked since the last one, by whole days and so many days before."""
        self.lines.sort(key=lambda line: line.booked_on)
        first = min((line.booked_on for line in self.lines), default=date.max)
        again: list[BankLine] = []
        if self.lines:
            since = first - timedelta(days=days_before)
            again = [line for line in self.printed if line.booked_on >= since]
        opening = self.balance_fen - sum(line.amount_fen for line in again)
        self.balance_fen += sum(line.amount_fen for line in self.lines)
        self.printed += self.lines
        lines, self.lines = [*again, *self.lines], []
        return write_csv(statement_of(self.number, opening, self.balance_fen, lines))
