"""The working sheet of one matching run: what is still open, what has been decided, and why."""

from collections.abc import Iterable, Sequence

from services.finance.rules.bank import BankLine
from services.finance.rules.breaks import Break, Carried, open_break
from services.finance.rules.matching.model import (
    PAYMENT,
    RETURN,
    Evidence,
    Instruction,
    Match,
    MatchPolicy,
    Proposal,
)
from services.finance.rules.reference import find_references
from services.finance.rules.text import compact
from services.finance.rules.working_days import CutOff

SAME, ABSENT, OTHER = "same", "absent", "other"
EXACT, IN_TEXT = "exact", "in_text"
# Shorter references say too little to be told apart from any other number on a line.
REFERENCE_LENGTH_MIN = 6


class Sheet:
    """Open lines and payments in a fixed order, so that no pass can depend on input order."""

    def __init__(
        self,
        instructions: Iterable[Instruction],
        lines: Iterable[BankLine],
        settled: Sequence[Match],
        policy: MatchPolicy,
        at: CutOff,
    ) -> None:
        self.policy, self.at = policy, at
        self.instructions = {i.id: i for i in sorted(instructions, key=lambda i: i.id)}
        ordered = sorted(lines, key=lambda line: (line.booked_on, line.id))
        self.lines = {line.id: line for line in ordered}
        self.open_payments = dict(self.instructions)
        self.open_lines = dict(self.lines)
        self.paid: dict[str, BankLine] = {}
        self.matches: list[Match] = []
        self.proposals: list[Proposal] = []
        self.breaks: list[Break] = []
        for one in sorted(settled, key=self._when):
            self._keep(one)
        self.named, self.how = self._names()

    def _when(self, one: Match) -> tuple[str, bool, tuple[str, ...]]:
        days = [self.lines[x].booked_on.isoformat() for x in one.lines if x in self.lines]
        return (min(days, default=""), one.kind == RETURN, one.lines)

    def _keep(self, one: Match) -> None:
        """A match signed off earlier stands: its lines and payments are not judged again."""
        if all(line in self.open_lines for line in one.lines):
            self._take(one)

    def _take(self, one: Match) -> None:
        self.matches.append(one)
        for line in one.lines:
            del self.open_lines[line]
        for payment in one.payments:
            self.open_payments.pop(payment, None)
            if one.kind == PAYMENT:
                self.paid[payment] = self.lines[one.lines[0]]
            elif one.kind == RETURN:
                self.paid.pop(payment, None)

    def _names(self) -> tuple[dict[str, tuple[str, ...]], dict[tuple[str, str], str]]:
        """Which instructions each open line names, and whether exactly or within its text."""
        by_key: dict[str, set[str]] = {}
        for payment in self.instructions.values():
            if len(key := compact(payment.reference)) >= REFERENCE_LENGTH_MIN:
                by_key.setdefault(key, set()).add(payment.id)
        named: dict[str, tuple[str, ...]] = {}
        how: dict[tuple[str, str], str] = {}
        for line in self.open_lines.values():
            exact, inside = _named_by(line, by_key)
            named[line.id] = tuple(sorted(exact | inside))
            how |= {(line.id, p): EXACT if p in exact else IN_TEXT for p in named[line.id]}
        return named, how

    def only_named(self, line: BankLine) -> Instruction | None:
        """The one instruction that a line names, when it names exactly one that we know."""
        names = self.named.get(line.id, ())
        return self.instructions.get(names[0]) if len(names) == 1 else None

    def unnamed_debits(self) -> list[BankLine]:
        """Open debits that name no reference at all: only these may be matched without one."""
        return [x for x in self.open_lines.values() if x.amount_fen < 0 and not self.named[x.id]]

    def clear(
        self, rule: str, kind: str, payments: tuple[str, ...], line: BankLine, evidence: Evidence
    ) -> None:
        """Match one line; it and its payments leave the sheet."""
        facts = (
            *evidence,
            ("amount_fen", str(abs(line.amount_fen))),
            ("booked_on", str(line.booked_on)),
        )
        self._take(Match(rule, kind, payments, (line.id,), abs(line.amount_fen), facts))

    def clear_parts(
        self, rule: str, payment: str, parts: Sequence[BankLine], evidence: Evidence
    ) -> None:
        """Match several lines that together are one payment."""
        ids = tuple(part.id for part in parts)
        total = sum(abs(part.amount_fen) for part in parts)
        facts = (*evidence, ("parts", str(len(ids))), ("amount_fen", str(total)))
        self._take(Match(rule, PAYMENT, (payment,), ids, total, facts))

    def open(
        self,
        code: str,
        lines: Sequence[BankLine],
        payments: Sequence[Instruction] = (),
        award: str = "",
    ) -> None:
        """Open a break that carries these lines and those of these payments still open."""
        carried = [p for p in payments if p.id in self.open_payments]
        bank_fen = sum(line.amount_fen for line in lines)
        transit_fen = sum(p.amount_fen for p in carried)
        award = award or next((p.award for p in payments), "")
        ids = tuple(line.id for line in lines), tuple(p.id for p in payments)
        amount = bank_fen or transit_fen or sum(p.amount_fen for p in payments)
        carry = Carried(*ids, award, bank_fen, transit_fen)
        self.breaks.append(open_break(code, amount, self.at, carry))
        for line in lines:
            del self.open_lines[line.id]
        for payment in carried:
            del self.open_payments[payment.id]


def _named_by(line: BankLine, by_key: dict[str, set[str]]) -> tuple[set[str], set[str]]:
    """What each field of a line names; a valid reference nobody knows is kept with a `?`."""
    exact, inside = set[str](), set[str]()
    for text in filter(None, (line.customer_reference, line.bank_reference, line.text)):
        exact |= by_key.get(compact(text), set())
        for found in find_references(text):
            inside |= by_key.get(compact(found), {f"?{found}"})
    return exact, inside


def account_fit(line: BankLine, payment: Instruction) -> str:
    """How the line's counterparty account relates to the payee's; a masked `*` never proves."""
    seen, due = line.counterparty_account, payment.payee_account
    if not compact(seen) or not compact(due):
        return ABSENT
    if "*" in seen:
        head, tail = compact(seen.split("*")[0]), compact(seen.split("*")[-1])
        fits = compact(due).startswith(head) and compact(due).endswith(tail)
        return ABSENT if fits else OTHER
    return SAME if compact(seen) == compact(due) else OTHER


def own_bank(line: BankLine, payment: Instruction) -> bool:
    """Whether the money left the account it was instructed from."""
    return not payment.bank or not line.account or compact(payment.bank) == compact(line.account)


def in_window(line: BankLine, payment: Instruction, days: int) -> bool:
    """Whether a line was booked on the day of the instruction or up to so many days after."""
    return 0 <= (line.booked_on - payment.instructed_on).days <= days
