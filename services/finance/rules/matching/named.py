"""The passes for lines that name our reference: R1, R2, R3, R4, R5, R7, R8, R10, R11."""

from collections import defaultdict
from itertools import groupby

from services.finance.rules.bank import BankLine
from services.finance.rules.matching.model import PAYMENT, Evidence, Instruction
from services.finance.rules.matching.returns import clear_return, is_paid_by
from services.finance.rules.matching.sheet import (
    EXACT,
    OTHER,
    SAME,
    Sheet,
    account_fit,
    own_bank,
)
from services.finance.rules.matching.subset import subsets


def match_named(sheet: Sheet) -> None:
    """Judge all lines of each named instruction together, then the lines that name several."""
    groups: dict[str, list[BankLine]] = defaultdict(list)
    for line in sheet.open_lines.values():
        payment = sheet.only_named(line)
        if payment:
            groups[payment.id].append(line)
    for payment_id in sorted(groups):
        _judge(sheet, sheet.instructions[payment_id], groups[payment_id])
    for line in list(sheet.open_lines.values()):
        if len(sheet.named[line.id]) > 1 and line.amount_fen < 0:
            _bulk(sheet, line)


def _judge(sheet: Sheet, payment: Instruction, lines: list[BankLine]) -> None:
    """Wrong payee and wrong account never clear; exact lines do in turn; the rest may be parts."""
    debits = [line for line in lines if line.amount_fen < 0]
    wrong = [line for line in debits if account_fit(line, payment) == OTHER]
    astray = [line for line in debits if line not in wrong and not own_bank(line, payment)]
    good = [x for x in lines if x not in wrong + astray and abs(x.amount_fen) == payment.amount_fen]
    _walk(sheet, payment, good)
    off = [line for line in debits if line not in wrong + astray + good]
    _parts(sheet, payment, off)
    for code, found in (("WRONG_PAYEE", wrong), ("WRONG_AUTHORITY", astray)):
        for line in found:
            sheet.open(code, [line], [payment])


def _walk(sheet: Sheet, payment: Instruction, lines: list[BankLine]) -> None:
    """Day by day: unpaid takes a debit, paid takes a return; a second debit is a duplicate."""
    for _, day in groupby(lines, key=lambda line: line.booked_on):
        todays = list(day)
        debits = [line for line in todays if line.amount_fen < 0]
        returned = [line for line in todays if line.amount_fen > 0]
        while debits or returned:
            if payment.id not in sheet.paid and debits:
                _clear(sheet, payment, debits.pop(0))
            elif returned and is_paid_by(sheet, payment, returned[0]):
                clear_return(sheet, payment, returned.pop(0), "reference")
            else:
                break
        for line in debits:
            sheet.open("DUPLICATE", [line], [payment])


def _clear(sheet: Sheet, payment: Instruction, line: BankLine) -> None:
    how, fit = sheet.how[line.id, payment.id], account_fit(line, payment)
    rule = "R5" if how != EXACT else "R1" if fit == SAME else "R2"
    evidence: Evidence = (("reference", payment.reference), ("found", how), ("account", fit))
    sheet.clear(rule, PAYMENT, (payment.id,), line, evidence)


def _parts(sheet: Sheet, payment: Instruction, off: list[BankLine]) -> None:
    """R7: two to four lines of one reference that add up in one way only; else R10."""
    if payment.id in sheet.open_payments and len(off) > 1:
        amounts = [abs(line.amount_fen) for line in off]
        found = subsets(amounts, payment.amount_fen, 2, sheet.policy.split_lines_max)
        if found.count == 1:
            parts = [off[i] for i in found.only]
            sheet.clear_parts("R7", payment.id, parts, (("reference", payment.reference),))
            off = [line for line in off if line not in parts]
        elif found.count > 1:
            sheet.open("SPLIT_AMBIGUOUS", off, [payment])
            return
    for line in off:
        sheet.open("AMOUNT_MISMATCH", [line], [payment])


def _bulk(sheet: Sheet, line: BankLine) -> None:
    """R8 by names: a line that names several open instructions must be their exact sum."""
    names = sheet.named[line.id]
    payments = [sheet.instructions[n] for n in names if n in sheet.instructions]
    still_open = all(p.id in sheet.open_payments and own_bank(line, p) for p in payments)
    whole = len(payments) == len(names) and still_open
    if whole and sum(p.amount_fen for p in payments) == -line.amount_fen:
        references = ",".join(p.reference for p in payments)
        ids = tuple(p.id for p in payments)
        sheet.clear("R8", PAYMENT, ids, line, (("references", references),))
    elif payments:
        sheet.open("AMOUNT_MISMATCH", [line], payments)
