"""Bank statements: read from what banks export, kept whole, and never silently shortened."""

from services.finance.rules.bank.camt import parse_camt
from services.finance.rules.bank.statement import (
    ACCEPTED,
    HELD,
    REFUSED,
    BankLine,
    Parsed,
    RowProblem,
    Statement,
    line_ids,
    new_lines,
)
from services.finance.rules.bank.table import parse_table
from services.finance.rules.bank.written import write_csv

__all__ = [
    "ACCEPTED",
    "HELD",
    "REFUSED",
    "BankLine",
    "Parsed",
    "RowProblem",
    "Statement",
    "line_ids",
    "new_lines",
    "parse_statement",
    "write_csv",
]


def parse_statement(data: bytes) -> Parsed:
    """Read a bank file of any kind we know; whatever the bytes, the answer is a verdict.

    `accepted` may be matched, `held` was read but does not add up or has bad rows (file and lines
    are kept), `refused` could not be read as a statement at all. Each problem says where and how
    to mend it.
    """
    start = data[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    return parse_camt(data) if start.startswith(b"<") else parse_table(data)
