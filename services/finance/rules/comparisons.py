"""The full outer comparisons of decisions, ledger, bank and supplier register."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.finance.rules.accounts import account
from services.finance.rules.bank import BankLine, Statement
from services.finance.rules.breaks import Break, Carried, open_break
from services.finance.rules.chain import Chain
from services.finance.rules.conservation import GrantTotals, conservation_problems
from services.finance.rules.matching import Instruction, Match, Matching
from services.finance.rules.matching.model import PAYMENT
from services.finance.rules.supplier import STALE, VERIFIED, SupplierAccount, account_state
from services.finance.rules.working_days import CutOff


@dataclass(frozen=True, slots=True)
class Books:
    """Everything one reconciliation looks at; the same books give the same report, byte for byte.

    `decisions` is award → decided fen, replayed from the award events and not from our tables;
    `balances` is account → debits minus credits; `register` is award → its supplier accounts.
    """

    at: CutOff
    decisions: Mapping[str, int]
    balances: Mapping[str, int]
    grants: tuple[GrantTotals, ...]
    instructions: tuple[Instruction, ...]
    statements: tuple[Statement, ...]
    register: Mapping[str, tuple[SupplierAccount, ...]]
    settled: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One full outer comparison: what only one side has, and what both have but differently."""

    name: str
    left_count: int
    right_count: int
    left_fen: int
    right_fen: int
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    differ: tuple[str, ...]

    @property
    def agreed(self) -> bool:
        """No row stands alone and none differs; equal totals alone are not agreement."""
        return not (self.only_left or self.only_right or self.differ)


def compare(name: str, left: Mapping[str, int], right: Mapping[str, int]) -> Comparison:
    """The full outer comparison of two sets of amounts by key."""
    return Comparison(
        name,
        len(left),
        len(right),
        sum(left.values()),
        sum(right.values()),
        tuple(sorted(left.keys() - right.keys())),
        tuple(sorted(right.keys() - left.keys())),
        tuple(sorted(key for key in left.keys() & right.keys() if left[key] != right[key])),
    )


def decisions_with_ledger(books: Books) -> tuple[Comparison, list[Break]]:
    """A ↔ L: each decision has exactly its commitment, and each commitment its decision."""
    entered = {g.award: g.agreed_fen for g in books.grants if g.agreed_fen}
    outcome = compare("decisions_ledger", books.decisions, entered)
    breaks = [
        *(_award_break(books, "MISSING_AWARD", a, books.decisions[a]) for a in outcome.only_left),
        *(_award_break(books, "ORPHAN_COMMITMENT", a, entered[a]) for a in outcome.only_right),
    ]
    for award in outcome.differ:
        off = books.decisions[award] - entered[award]
        breaks.append(_award_break(books, "AMOUNT_MISMATCH", award, off))
    return outcome, breaks


def _award_break(books: Books, code: str, award: str, fen: int) -> Break:
    return open_break(code, fen, books.at, Carried(award=award))


def ledger_with_itself(books: Books) -> tuple[Comparison, list[Break]]:
    """L ↔ L: trial balance, guards and conservation laws; any failure stops payments."""
    problems = conservation_problems(books.balances, books.grants)
    names = tuple(f"{problem.law}:{problem.subject}" for problem in problems)
    debits = sum(fen for fen in books.balances.values() if fen > 0)
    outstanding = -sum(fen for fen in books.balances.values() if fen < 0)
    counts = (len(books.balances), len(books.balances))
    outcome = Comparison("ledger_ledger", *counts, debits, outstanding, (), (), names)
    breaks = [
        open_break("INTERNAL_DRIFT", p.amount_fen, books.at, Carried(about=f"{p.law}:{p.subject}"))
        for p in problems
    ]
    return outcome, breaks


def ledger_with_bank(books: Books, lines: list[BankLine], matching: Matching) -> Comparison:
    """L ↔ B: instructed payments against the lines that left, by payment and by line."""
    cleared = {p for m in matching.matches if m.kind == PAYMENT for p in m.payments}
    used = {line for m in matching.matches for line in m.lines}
    left = {i.id: i.amount_fen for i in books.instructions}
    right = {line.id: abs(line.amount_fen) for line in lines}
    return Comparison(
        "ledger_bank",
        len(left),
        len(right),
        sum(left.values()),
        sum(right.values()),
        tuple(sorted(left.keys() - cleared)),
        tuple(sorted(right.keys() - used)),
        (),
    )


def bank_with_suppliers(
    books: Books, lines: list[BankLine], matching: Matching
) -> tuple[Comparison, list[Break]]:
    """B ↔ S: each cleared payment reached an account of that grantee, verified on that day."""
    by_line = {line.id: line for line in lines}
    instructions = {i.id: i for i in books.instructions}
    paid, right, breaks = dict[str, int](), dict[str, int](), list[Break]()
    for one in (m for m in matching.matches if m.kind == PAYMENT):
        for payment in (instructions[p] for p in one.payments if p in instructions):
            paid[payment.id] = payment.amount_fen
            state = _payee_state(books, payment, by_line[one.lines[0]])
            if state == VERIFIED:
                right[payment.id] = payment.amount_fen
            else:
                code = "PAYEE_STALE" if state == STALE else "WRONG_PAYEE"
                carried = Carried(one.lines, (payment.id,), payment.award)
                breaks.append(open_break(code, payment.amount_fen, books.at, carried))
    return compare("bank_suppliers", paid, right), breaks


def _payee_state(books: Books, payment: Instruction, line: BankLine) -> str:
    """The account printed on the line is judged; when none (or a masked one) is, the instructed."""
    seen = line.counterparty_account
    number = seen if seen and "*" not in seen else payment.payee_account
    return account_state(books.register.get(payment.award, ()), number, line.booked_on)


def statement_gaps(books: Books, accounts: tuple[Chain, ...]) -> list[Break]:
    """Statements that miss lines or do not follow each other; a bank account without statements."""
    found = [
        open_break(
            "STATEMENT_GAP", c.gap_fen, books.at, Carried(about=c.account, bank_fen=c.gap_fen)
        )
        for c in accounts
        if c.gap_fen or c.gaps
    ]
    known = {account("cash:bank", chain.account) for chain in accounts}
    for name, fen in sorted(books.balances.items()):
        if name.startswith("cash:bank:") and fen and name not in known:
            number = name.removeprefix("cash:bank:")
            carried = Carried(about=number, bank_fen=-fen)
            found.append(open_break("STATEMENT_GAP", fen, books.at, carried))
    return found
