"""A statement written as our own CSV profile: what a generated bank file looks like."""

import csv
import io

from services.finance.rules.bank.profile import HEADINGS
from services.finance.rules.bank.statement import BankLine, Statement
from services.finance.rules.money import yuan

_COLUMNS = (
    "date",
    "debit",
    "credit",
    "balance",
    "name",
    "account",
    "text",
    "bank_reference",
    "customer_reference",
    "batch_id",
)


def write_csv(statement: Statement, encoding: str = "utf-8-sig") -> bytes:
    """The statement as CSV bytes that `parse_statement` reads back to the same statement.

    `encoding` is utf-8-sig or gb18030 (a superset of GBK); both are read.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("账号", statement.account))
    writer.writerow(("币种", "CNY"))
    writer.writerow(("期初余额", yuan(statement.opening_fen)))
    writer.writerow(("期末余额", yuan(statement.closing_fen)))
    writer.writerow([HEADINGS[column][0] for column in _COLUMNS])
    balance = statement.opening_fen
    for line in statement.lines:
        balance += line.amount_fen
        writer.writerow(_cells(line, balance))
    return out.getvalue().encode(encoding)


def _cells(line: BankLine, balance: int) -> tuple[str, ...]:
    return (
        line.booked_on.isoformat(),
        yuan(-line.amount_fen) if line.amount_fen < 0 else "",
        yuan(line.amount_fen) if line.amount_fen > 0 else "",
        yuan(balance),
        line.counterparty_name,
        line.counterparty_account,
        line.text,
        line.bank_reference,
        line.customer_reference,
        line.batch_id,
    )
