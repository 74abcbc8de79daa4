"""A statement as read: lines with stable ids, the sums that must fit, and the verdict."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from services.finance.rules.money import yuan
from services.finance.rules.text import compact, folded

ACCEPTED, HELD, REFUSED = "accepted", "held", "refused"
BYTES_MAX = 20_000_000
ROWS_MAX = 200_000
PROBLEMS_MAX = 200


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in a file, where, and how to mend it; row 0 means the file as a whole."""

    code: str
    row: int
    column: str
    what_zh: str
    what_en: str
    mend_zh: str
    mend_en: str


@dataclass(frozen=True, slots=True)
class BankLine:
    """One line of a statement. `amount_fen` is positive when money came in, negative when it left.

    `occurrence` tells apart lines that are equal in everything: two real equal payments on one
    day both survive an import, and the same file twice adds nothing.
    """

    line_no: int
    booked_on: date
    amount_fen: int
    account: str = ""
    counterparty_name: str = ""
    counterparty_account: str = ""
    text: str = ""
    bank_reference: str = ""
    customer_reference: str = ""
    batch_id: str = ""
    fingerprint: str = ""
    occurrence: int = 1

    @property
    def id(self) -> str:
        """Stable across files, orders and widths: fingerprint and occurrence."""
        return f"{self.fingerprint}-{self.occurrence}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One account's lines in booking order, between two balances."""

    account: str
    opening_fen: int
    closing_fen: int
    lines: tuple[BankLine, ...]

    @property
    def gap_fen(self) -> int:
        """What the lines fail to explain of the way from opening to closing; zero is right."""
        return self.closing_fen - self.opening_fen - sum(line.amount_fen for line in self.lines)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The verdict on a file: its hash, what it was read as, the statement, and every problem."""

    status: str
    sha256: str
    profile: str
    statement: Statement | None
    problems: tuple[RowProblem, ...]


def fingerprint(line: BankLine) -> str:
    """A hash of what a line says, width and spacing folded; its place in the file left out."""
    parts = (
        folded(line.account),
        line.booked_on.isoformat(),
        str(line.amount_fen),
        folded(line.counterparty_name),
        folded(line.counterparty_account),
        folded(line.text),
        folded(line.bank_reference),
        folded(line.customer_reference),
        folded(line.batch_id),
    )
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def statement_of(
    account: str, opening_fen: int, closing_fen: int, lines: Iterable[BankLine]
) -> Statement:
    """Number the lines and give each its fingerprint and occurrence.

    The account is kept in its compact form, because a ledger account is named by it.
    """
    account = compact(account)
    seen: dict[str, int] = {}
    numbered: list[BankLine] = []
    for number, line in enumerate(lines, start=1):
        own = replace(line, line_no=number, account=account)
        mark = fingerprint(own)
        seen[mark] = seen.get(mark, 0) + 1
        numbered.append(replace(own, fingerprint=mark, occurrence=seen[mark]))
    return Statement(account, opening_fen, closing_fen, tuple(numbered))


def line_ids(statement: Statement) -> tuple[str, ...]:
    """The ids of a statement's lines, in order."""
    return tuple(line.id for line in statement.lines)


def new_lines(statement: Statement, known: Mapping[str, int]) -> tuple[BankLine, ...]:
    """The lines not seen before; `known` counts the lines already stored by fingerprint.

    Source: finance model I10. Boundary: a second equal line is new when one is known, and known
    when two are.
    """
    return tuple(x for x in statement.lines if x.occurrence > known.get(x.fingerprint, 0))


def gap_problem(statement: Statement) -> RowProblem | None:
    """Opening plus lines must be closing, to the fen; a file that fails is held, not lost."""
    gap = statement.gap_fen
    if not gap:
        return None
    return RowProblem(
        "STATEMENT_GAP",
        0,
        "",
        f"期初余额加发生额与期末余额相差 {yuan(gap)} 元。",
        f"Opening plus lines misses closing by {yuan(gap)} yuan.",
        "请向银行取得完整的对账单后重新导入。",
        "Get the complete statement from the bank and import that.",
    )


def verdict(
    data: bytes, profile: str, statement: Statement | None, problems: Iterable[RowProblem]
) -> Parsed:
    """Accepted without problems, held with some, refused when there is no statement to hold."""
    kept = list(problems)
    gap = gap_problem(statement) if statement else None
    if gap and not any(problem.code == "OPENING_MISSING" for problem in kept):
        kept.append(gap)
    status = REFUSED if statement is None else HELD if kept else ACCEPTED
    digest = hashlib.sha256(data).hexdigest()
    return Parsed(status, digest, profile, statement, tuple(kept[:PROBLEMS_MAX]))


def file_problem(code: str, what: tuple[str, str], mend: tuple[str, str]) -> RowProblem:
    """A problem of the file as a whole; each pair is (zh, en)."""
    return RowProblem(code, 0, "", *what, *mend)


def too_large(data: bytes) -> RowProblem | None:
    """A file beyond the limit is refused before anything is read."""
    if len(data) <= BYTES_MAX:
        return None
    return file_problem(
        "FILE_TOO_LARGE",
        (f"文件超过 {BYTES_MAX // 1_000_000} MB。", f"Over {BYTES_MAX // 1_000_000} MB."),
        ("请按月分开导出。", "Export it month by month."),
    )
