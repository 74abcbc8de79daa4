"""The passes for lines without a reference: R6, R7, R8, R9, R12, and the duplicates of R4."""

from collections import defaultdict
from fractions import Fraction

from services.finance.rules.bank import BankLine
from services.finance.rules.matching.model import (
    FEE,
    INTEREST,
    PAYMENT,
    Evidence,
    Instruction,
    Proposal,
)
from services.finance.rules.matching.sheet import (
    ABSENT,
    OTHER,
    SAME,
    Sheet,
    account_fit,
    in_window,
    own_bank,
)
from services.finance.rules.matching.similar import similarity
from services.finance.rules.text import compact, folded

Edges = dict[str, list[str]]


def _edges(sheet: Sheet, fit: str) -> Edges:
    """Line → open instructions of its amount, in the window, from the same bank, with this fit."""
    keyed: dict[tuple[str, int], list[Instruction]] = defaultdict(list)
    for payment in sheet.open_payments.values():
        keyed[_account(payment.payee_account, fit), payment.amount_fen].append(payment)
    edges: Edges = {}
    for line in sheet.unnamed_debits():
        near = keyed.get((_account(line.counterparty_account, fit), -line.amount_fen), [])
        found = [p.id for p in near if _near(sheet, line, p) and account_fit(line, p) == fit]
        if found:
            edges[line.id] = found
    return edges


def _account(number: str, fit: str) -> str:
    """Narrows the candidates when the account must be the same; else any account may do."""
    return compact(number) if fit == SAME else ""


def _near(sheet: Sheet, line: BankLine, payment: Instruction) -> bool:
    return in_window(line, payment, sheet.policy.window_days) and own_bank(line, payment)


def _inverse(edges: Edges) -> Edges:
    back: Edges = defaultdict(list)
    for line_id, payments in edges.items():
        for payment in payments:
            back[payment].append(line_id)
    return back


def match_by_account(sheet: Sheet) -> None:
    """R6: payee account, amount and window, alone on both sides; anything else is proposed."""
    edges = _edges(sheet, SAME)
    back = _inverse(edges)
    for payment_id in sorted(back):
        _settle(sheet, payment_id, back[payment_id], edges)


def _settle(sheet: Sheet, payment_id: str, lines: list[str], edges: Edges) -> None:
    """One instruction: a single line clears; twins clear one and leave the other a duplicate."""
    payment = sheet.instructions[payment_id]
    sole = all(edges[line] == [payment_id] for line in lines)
    twins = len({sheet.lines[line].fingerprint for line in lines}) == 1
    if sole and twins:
        first = sheet.lines[min(lines, key=lambda x: sheet.lines[x].occurrence)]
        evidence: Evidence = (("account", SAME), ("payee_account", payment.payee_account))
        sheet.clear("R6", PAYMENT, (payment_id,), first, evidence)
        return
    for line in lines:
        sheet.proposals.append(propose("R6", payment, sheet.lines[line], len(edges[line])))
    if sole:
        _later_are_duplicates(sheet, payment, lines)


def _later_are_duplicates(sheet: Sheet, payment: Instruction, lines: list[str]) -> None:
    """Several debits for one instruction: which one is right is open, that all are is not."""
    ordered = sorted((sheet.lines[x] for x in lines), key=lambda x: (x.booked_on, x.id))
    for line in ordered[1:]:
        sheet.open("DUPLICATE", [line], (), payment.award)


def match_fees(sheet: Sheet) -> None:
    """R12: known fees and interest, each within its cap; fees also within their month."""
    policy = sheet.policy
    months: dict[tuple[str, str], list[BankLine]] = defaultdict(list)
    for line in sheet.unnamed_debits():
        if -line.amount_fen <= policy.fee_line_max_fen and _says(line, policy.fee_words):
            months[line.account, line.booked_on.isoformat()[:7]].append(line)
    for (account, month), lines in sorted(months.items()):
        total = sum(-x.amount_fen for x in lines) + _fees_before(sheet, account, month)
        if total <= policy.fee_month_max_fen:
            for line in lines:
                sheet.clear("R12", FEE, (), line, (("month", month), ("text", line.text)))
    for line in [x for x in sheet.open_lines.values() if x.amount_fen > 0]:
        small = line.amount_fen <= policy.interest_line_max_fen
        if small and not sheet.named[line.id] and _says(line, policy.interest_words):
            sheet.clear("R12", INTEREST, (), line, (("text", line.text),))


def _fees_before(sheet: Sheet, account: str, month: str) -> int:
    """Fees of the month signed off earlier count towards its cap."""
    lines = [sheet.lines[m.lines[0]] for m in sheet.matches if m.kind == FEE]
    taken = (x for x in lines if (x.account, x.booked_on.isoformat()[:7]) == (account, month))
    return sum(-line.amount_fen for line in taken)


def _says(line: BankLine, words: tuple[str, ...]) -> bool:
    text = folded(line.text)
    return any(folded(word) in text for word in words)


def propose_by_name(sheet: Sheet) -> None:
    """R9: same amount, in the window, no account, and each the other's best name: a proposal."""
    edges = _edges(sheet, ABSENT)
    scores = {
        (line, p): similarity(sheet.lines[line].counterparty_name, sheet.instructions[p].payee_name)
        for line, payments in edges.items()
        for p in payments
    }
    least = Fraction(sheet.policy.name_tenths_min, 10)
    best_line, best_payment = _best(scores, 0), _best(scores, 1)
    for (line, p), score in sorted(scores.items()):
        if score >= least and best_line.get(line) == p and best_payment.get(p) == line:
            sheet.proposals.append(propose("R9", sheet.instructions[p], sheet.lines[line], 1))


def _best(scores: dict[tuple[str, str], Fraction], side: int) -> dict[str, str]:
    """The single best partner of each; a tie has no best."""
    tops: dict[str, tuple[Fraction, str]] = {}
    for pair, score in scores.items():
        own, other = pair[side], pair[1 - side]
        top = tops.get(own, (Fraction(-1), ""))
        if score > top[0]:
            tops[own] = (score, other)
        elif score == top[0]:
            tops[own] = (score, "")
    return {own: other for own, (_, other) in tops.items()}


def propose(rule: str, payment: Instruction, line: BankLine, solutions: int) -> Proposal:
    """A one-to-one proposal with its score: account 25, amount 20, name 10, date 5."""
    days = (line.booked_on - payment.instructed_on).days
    parts = (
        ("account", 25 if account_fit(line, payment) == SAME else 0),
        ("amount", 20 if -line.amount_fen == payment.amount_fen else 0),
        ("name", int(10 * similarity(line.counterparty_name, payment.payee_name))),
        ("date", max(0, 5 - abs(days))),
    )
    score = sum(points for _, points in parts)
    return Proposal(rule, (payment.id,), (line.id,), -line.amount_fen, score, parts, solutions)


def open_duplicates(sheet: Sheet) -> None:
    """R4 without a reference: one more debit like one that is already paid and not returned."""
    paid: dict[tuple[str, int], list[Instruction]] = defaultdict(list)
    for payment_id in sorted(sheet.paid):
        payment = sheet.instructions[payment_id]
        paid[compact(payment.payee_account), payment.amount_fen].append(payment)
    for line in sheet.unnamed_debits():
        key = (compact(line.counterparty_account), -line.amount_fen)
        window = sheet.policy.window_days
        twins = [p for p in paid.get(key, []) if key[0] and in_window(line, p, window)]
        if twins and account_fit(line, twins[0]) != OTHER:
            sheet.open("DUPLICATE", [line], (), twins[0].award)
