"""What matching works on and what it answers: instructions, matches, proposals, breaks."""

from dataclasses import dataclass
from datetime import date

from services.finance.rules.breaks import Break

RULES_VERSION = "match-1"

PAYMENT, RETURN, FEE, INTEREST = "payment", "return", "fee", "interest"
Evidence = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One payment the bank was told to make; payee account and name are frozen as instructed."""

    id: str
    reference: str
    amount_fen: int
    payee_account: str
    payee_name: str
    instructed_on: date
    award: str
    bank: str = ""
    batch_id: str = ""


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """The limits of the passes; the tolerance on amounts is zero and not a setting."""

    window_days: int = 7
    return_working_days: int = 10
    split_lines_max: int = 4
    bulk_payments_max: int = 8
    fee_words: tuple[str, ...] = ("手续费", "汇划费", "账户管理费", "电子汇划")
    fee_line_max_fen: int = 20_000
    fee_month_max_fen: int = 200_000
    interest_words: tuple[str, ...] = ("结息", "利息")
    interest_line_max_fen: int = 10_000_000
    name_tenths_min: int = 7


@dataclass(frozen=True, slots=True)
class Match:
    """Lines cleared by a rule, with the evidence; a person's match carries rule `PERSON`."""

    rule: str
    kind: str
    payments: tuple[str, ...]
    lines: tuple[str, ...]
    amount_fen: int
    evidence: Evidence = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person may confirm; the score ranks and never clears, its parts are shown."""

    rule: str
    payments: tuple[str, ...]
    lines: tuple[str, ...]
    amount_fen: int
    score: int
    parts: tuple[tuple[str, int], ...]
    solutions: int = 1


@dataclass(frozen=True, slots=True)
class Matching:
    """The outcome: every line and every instruction is in exactly one match or one break."""

    version: str
    matches: tuple[Match, ...]
    proposals: tuple[Proposal, ...]
    breaks: tuple[Break, ...]
