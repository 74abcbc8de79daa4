"""Reconciliation: decisions, ledger, bank and supplier register compared, each difference named."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from services.finance.rules.accounts import CREDIT, KINDS, account
from services.finance.rules.breaks import Break
from services.finance.rules.canonical import content_hash
from services.finance.rules.chain import Chain, chains
from services.finance.rules.comparisons import (
    Books,
    Comparison,
    bank_with_suppliers,
    decisions_with_ledger,
    ledger_with_bank,
    ledger_with_itself,
    statement_gaps,
)
from services.finance.rules.journal import trial_balance
from services.finance.rules.matching import Matching, MatchPolicy, match


@dataclass(frozen=True, slots=True)
class BankPosition:
    """One bank account against the ledger.

    `difference_fen` is closing minus ledger, `suspense_fen` the lines already posted to suspense
    (in minus out); together they must be `explained_fen`, the bank lines that breaks carry.
    """

    account: str
    opening_fen: int
    closing_fen: int
    lines: int
    ledger_fen: int
    difference_fen: int
    suspense_fen: int
    explained_fen: int

    @property
    def unexplained_fen(self) -> int:
        """What no break accounts for, either way."""
        return abs(self.difference_fen + self.suspense_fen - self.explained_fen)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The certificate's content: positions, comparisons, matches by rule, breaks, and the ratio."""

    as_of: str
    rules_version: str
    inputs_sha256: str
    matches_sha256: str
    positions: tuple[BankPosition, ...]
    comparisons: tuple[Comparison, ...]
    matched_by_rule: Mapping[str, int]
    proposals: int
    breaks: tuple[Break, ...]
    trial_balance_fen: int
    in_transit_fen: int
    in_transit_explained_fen: int
    gross_moved_fen: int
    unexplained_fen: int
    explained_ratio: Fraction
    reconciled: bool
    clean: bool


def report(books: Books, policy: MatchPolicy | None = None) -> Reconciliation:
    """Compare all sources at once and account for every fen.

    Source: finance model 3.1, 3.5. Unit: fen. Boundary: `reconciled` needs zero unexplained fen,
    and no contradiction inside the books; open breaks with owner and due day do explain. `clean`
    means there is no break at all.
    """
    accounts = chains(books.statements)
    lines = [line for chain in accounts for line in chain.lines]
    matching = match(books.instructions, lines, books.at, policy, books.settled)
    decided, award_breaks = decisions_with_ledger(books)
    payees, payee_breaks = bank_with_suppliers(books, lines, matching)
    inside, drift = ledger_with_itself(books)
    gaps = statement_gaps(books, accounts)
    breaks = (*matching.breaks, *award_breaks, *payee_breaks, *drift, *gaps)
    positions = _positions(books, accounts, breaks)
    comparisons = (decided, inside, ledger_with_bank(books, lines, matching), payees)
    return _concluded(books, matching, positions, comparisons, breaks)


def _concluded(
    books: Books,
    matching: Matching,
    positions: tuple[BankPosition, ...],
    comparisons: tuple[Comparison, ...],
    breaks: tuple[Break, ...],
) -> Reconciliation:
    gross = sum(abs(x.amount_fen) for c in chains(books.statements) for x in c.lines)
    transit = _credit(books.balances, "cash:in_transit")
    carried = sum(one.carried.transit_fen for one in breaks)
    drift = sum(one.amount_fen for one in breaks if one.code == "INTERNAL_DRIFT")
    loose = sum(position.unexplained_fen for position in positions)
    unexplained = loose + abs(transit - carried) + drift
    drifted = any(one.code == "INTERNAL_DRIFT" for one in breaks)
    return Reconciliation(
        as_of=books.at.on.isoformat(),
        rules_version=matching.version,
        inputs_sha256=content_hash(_inputs(books)),
        matches_sha256=content_hash(matching.matches),
        positions=positions,
        comparisons=comparisons,
        matched_by_rule=dict(sorted(Counter(m.rule for m in matching.matches).items())),
        proposals=len(matching.proposals),
        breaks=tuple(sorted(breaks, key=lambda one: one.id)),
        trial_balance_fen=sum(map(abs, trial_balance(books.balances).values())),
        in_transit_fen=transit,
        in_transit_explained_fen=carried,
        gross_moved_fen=gross,
        unexplained_fen=unexplained,
        explained_ratio=_ratio(unexplained, gross),
        reconciled=not unexplained and not drifted,
        clean=not unexplained and not breaks,
    )


def _inputs(books: Books) -> Books:
    """The books in one order, so that the hash names their content and not how they were read."""
    return replace(
        books,
        grants=tuple(sorted(books.grants, key=lambda g: g.award)),
        instructions=tuple(sorted(books.instructions, key=lambda i: i.id)),
        statements=tuple(sorted(books.statements, key=content_hash)),
        settled=tuple(sorted(books.settled, key=content_hash)),
    )


def _ratio(unexplained: int, gross: int) -> Fraction:
    """One minus unexplained over moved; with nothing moved, all or nothing is explained."""
    if not gross:
        return Fraction(not unexplained)
    return max(Fraction(0), 1 - Fraction(unexplained, gross))


def _credit(balances: Mapping[str, int], kind: str) -> int:
    sign = -1 if KINDS[kind].normal == CREDIT else 1
    return sign * sum(fen for name, fen in balances.items() if name.startswith(f"{kind}:"))


def _positions(
    books: Books, accounts: tuple[Chain, ...], breaks: tuple[Break, ...]
) -> tuple[BankPosition, ...]:
    owner = {line.id: chain.account for chain in accounts for line in chain.lines}
    explained: Counter[str] = Counter()
    for one in breaks:
        where = owner.get(one.carried.lines[0]) if one.carried.lines else one.carried.about
        explained[where or ""] += one.carried.bank_fen
    return tuple(_position(books, chain, explained[chain.account]) for chain in accounts)


def _position(books: Books, chain: Chain, explained: int) -> BankPosition:
    ledger = books.balances.get(account("cash:bank", chain.account), 0)
    kinds = ("cash:suspense_in", "cash:suspense_out")
    suspense = -sum(books.balances.get(account(kind, chain.account), 0) for kind in kinds)
    return BankPosition(
        chain.account,
        chain.opening_fen,
        chain.closing_fen,
        len(chain.lines),
        ledger,
        chain.closing_fen - ledger,
        suspense,
        explained,
    )
