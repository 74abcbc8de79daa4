"""Lines that are several payments, or several lines that are one: R8 by batch, R7 by account."""

from collections import defaultdict
from collections.abc import Sequence

from services.finance.rules.bank import BankLine
from services.finance.rules.matching.model import PAYMENT, Instruction, Proposal
from services.finance.rules.matching.sheet import Sheet, in_window, own_bank
from services.finance.rules.matching.subset import Solutions, subsets
from services.finance.rules.text import compact

Batches = dict[str, list[Instruction]]


def match_batches(sheet: Sheet) -> None:
    """R8: a line with the batch id is the exact sum of what is open in it; else it is proposed."""
    batches = _batches(sheet)
    claims: dict[str, list[BankLine]] = defaultdict(list)
    for line in sheet.unnamed_debits():
        if compact(line.batch_id) in batches:
            claims[compact(line.batch_id)].append(line)
    for batch_id in sorted(claims):
        _claim(sheet, batch_id, batches[batch_id], claims[batch_id])


def _batches(sheet: Sheet) -> Batches:
    batches: Batches = defaultdict(list)
    for payment in sheet.open_payments.values():
        if payment.batch_id:
            batches[compact(payment.batch_id)].append(payment)
    return dict(batches)


def _claim(sheet: Sheet, batch_id: str, batch: list[Instruction], lines: list[BankLine]) -> None:
    total = sum(payment.amount_fen for payment in batch)
    whole = [x for x in lines if -x.amount_fen == total and all(own_bank(x, p) for p in batch)]
    if len(whole) == 1 and len(batch) > 1:
        ids = tuple(payment.id for payment in batch)
        sheet.clear("R8", PAYMENT, ids, whole[0], (("batch_id", batch_id),))
    elif whole and len(batch) > 1:
        sheet.open("BULK_AMBIGUOUS", whole, batch)  # paid once or twice: a person must look


def propose_bulks(sheet: Sheet) -> None:
    """R8 without a batch id: the one subset of one batch file that adds up, or BULK_AMBIGUOUS."""
    batches = _batches(sheet)
    for line in sheet.unnamed_debits():
        if compact(line.counterparty_account):
            continue
        found = [
            (payments, _solve(sheet, line, payments)) for payments in _near(sheet, line, batches)
        ]
        count = sum(solutions.count for _, solutions in found)
        if count > 1:
            sheet.open("BULK_AMBIGUOUS", [line])
        elif count == 1:
            payments, only = next((p, s.only) for p, s in found if s.count)
            sheet.proposals.append(_bulk(line, [payments[i] for i in only]))


def _near(sheet: Sheet, line: BankLine, batches: Batches) -> list[list[Instruction]]:
    window, own = sheet.policy.window_days, compact(line.batch_id)
    chosen = [batches[own]] if own in batches else [batches[key] for key in sorted(batches)]
    near = [[p for p in b if in_window(line, p, window) and own_bank(line, p)] for b in chosen]
    return [payments for payments in near if len(payments) > 1]


def _solve(sheet: Sheet, line: BankLine, payments: Sequence[Instruction]) -> Solutions:
    amounts = [payment.amount_fen for payment in payments]
    return subsets(amounts, -line.amount_fen, 2, sheet.policy.bulk_payments_max)


def _bulk(line: BankLine, payments: list[Instruction]) -> Proposal:
    ids = tuple(payment.id for payment in payments)
    return Proposal("R8", ids, (line.id,), -line.amount_fen, 20, (("amount", 20),))


def propose_splits(sheet: Sheet) -> None:
    """R7 without a reference: lines to one payee account that add up to one instruction."""
    lines: dict[str, list[BankLine]] = defaultdict(list)
    payments: dict[str, list[Instruction]] = defaultdict(list)
    for line in sheet.unnamed_debits():
        lines[compact(line.counterparty_account)].append(line)
    for payment in sheet.open_payments.values():
        payments[compact(payment.payee_account)].append(payment)
    for account in sorted(set(lines) & set(payments) - {""}):
        if len(lines[account]) > 1:
            _split(sheet, payments[account], lines[account])


def _split(sheet: Sheet, payments: list[Instruction], lines: list[BankLine]) -> None:
    """All instructions of one account are solved together: a contested line is ambiguous."""
    solved: list[tuple[Instruction, list[BankLine], Solutions]] = []
    for payment in payments:
        near = [x for x in lines if in_window(x, payment, sheet.policy.window_days)]
        amounts = [-line.amount_fen for line in near]
        found = subsets(amounts, payment.amount_fen, 2, sheet.policy.split_lines_max)
        if found.count:
            solved.append((payment, near, found))
    used = [near[i].id for _, near, found in solved for i in found.only]
    if any(found.count > 1 for *_, found in solved) or len(used) != len(set(used)):
        contested = {line.id: line for _, near, _ in solved for line in near}
        sheet.open("SPLIT_AMBIGUOUS", list(contested.values()), [payment for payment, *_ in solved])
        return
    for payment, near, found in solved:
        ids = tuple(near[i].id for i in found.only)
        parts = (("account", 25), ("amount", 20))
        fen = payment.amount_fen
        sheet.proposals.append(Proposal("R7", (payment.id,), ids, fen, 45, parts))
