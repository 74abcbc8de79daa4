"""R3: money that came back, paired to the latest payment that has not come back yet."""

from collections import defaultdict

from services.finance.rules.bank import BankLine
from services.finance.rules.breaks import Carried, open_break
from services.finance.rules.matching.model import RETURN, Evidence, Instruction, Proposal
from services.finance.rules.matching.sheet import Sheet
from services.finance.rules.text import compact, folded

_BANK_RETURN_WORDS = tuple(
    map(folded, ("退票", "退汇", "户名不符", "账号不符", "账号有误", "账户不存在", "RETURN"))
)


def match_returns(sheet: Sheet) -> None:
    """Named incoming first; then same account and amount within ten working days, if unique."""
    incoming = [line for line in sheet.open_lines.values() if line.amount_fen > 0]
    for line in incoming:
        payment = sheet.only_named(line)
        if payment and line.amount_fen != payment.amount_fen:
            sheet.open("AMOUNT_MISMATCH", [line], [payment])
        elif payment and is_paid_by(sheet, payment, line):
            clear_return(sheet, payment, line, "reference")
    _by_account(sheet, [x for x in incoming if x.id in sheet.open_lines and not sheet.named[x.id]])


def is_paid_by(sheet: Sheet, payment: Instruction, line: BankLine) -> bool:
    """Whether the payment was at the bank by the day of a line: nothing comes back before it left."""
    debit = sheet.paid.get(payment.id)
    return debit is not None and debit.booked_on <= line.booked_on


def clear_return(sheet: Sheet, payment: Instruction, line: BankLine, by: str) -> None:
    """Pair a return, and open the follow-up: the money is in the books, the work is not done."""
    debit = sheet.paid[payment.id]
    evidence: Evidence = (("by", by), ("reference", payment.reference), ("debit", debit.id))
    sheet.clear("R3", RETURN, (payment.id,), line, evidence)
    carried = Carried((line.id,), (payment.id,), payment.award)
    code = _kind(debit, line)
    sheet.breaks.append(open_break(code, line.amount_fen, sheet.at, carried))


def _kind(debit: BankLine, credit: BankLine) -> str:
    if debit.booked_on.year != credit.booked_on.year:
        return "RETURN_CROSS_YEAR"
    words = folded(credit.text)
    return "RETURN_PASSIVE" if any(w in words for w in _BANK_RETURN_WORDS) else "RETURN_ACTIVE"


def _by_account(sheet: Sheet, incoming: list[BankLine]) -> None:
    """An edge needs account, amount and window; a pair alone on both sides clears, others not."""
    paid: dict[tuple[str, int], list[str]] = defaultdict(list)
    for payment_id in sorted(sheet.paid):
        payment = sheet.instructions[payment_id]
        paid[compact(payment.payee_account), payment.amount_fen].append(payment_id)
    edges = {line.id: _candidates(sheet, line, paid) for line in incoming}
    wanted: dict[str, int] = defaultdict(int)
    for found in edges.values():
        for payment_id in found:
            wanted[payment_id] += 1
    for line in incoming:
        found = edges[line.id]
        if len(found) == 1 and wanted[found[0]] == 1:
            clear_return(sheet, sheet.instructions[found[0]], line, "account")
        else:
            sheet.proposals += [_proposal(p, line, len(found)) for p in found]


def _candidates(sheet: Sheet, line: BankLine, paid: dict[tuple[str, int], list[str]]) -> list[str]:
    account = compact(line.counterparty_account)
    if not account:
        return []
    days = sheet.policy.return_working_days
    return [p for p in paid.get((account, line.amount_fen), []) if _soon(sheet, p, line, days)]


def _soon(sheet: Sheet, payment_id: str, line: BankLine, days: int) -> bool:
    """Up to ten working days after the debit; two calendar months bound the counting."""
    debit = sheet.paid[payment_id].booked_on
    near = 0 <= (line.booked_on - debit).days <= days * 6
    return near and sheet.at.calendar.between(debit, line.booked_on) <= days


def _proposal(payment_id: str, line: BankLine, solutions: int) -> Proposal:
    parts = (("account", 25), ("amount", 20))
    return Proposal("R3", (payment_id,), (line.id,), line.amount_fen, 45, parts, solutions)
