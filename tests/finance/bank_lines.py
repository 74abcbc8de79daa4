"""Instructions and bank lines as tests write them, and the outcome of matching them."""

from dataclasses import replace
from datetime import date, timedelta

from services.finance.rules.bank import BankLine
from services.finance.rules.bank.statement import statement_of
from services.finance.rules.breaks import Break
from services.finance.rules.matching import Instruction, Match, Matching, match
from services.finance.rules.reference import Reference
from services.finance.rules.working_days import CutOff

DAY = date(2021, 8, 2)  # a Monday
AT = CutOff(date(2021, 12, 31))
FEN = 15_000_000


def pay(number: int = 1, **facts: object) -> Instruction:
    """An instruction of the season: everyone gets the same amount, as in the real call."""
    reference = Reference(21, number, 1, 1).text
    name = f"中国虚构第{number}学会"
    base = Instruction(
        f"p{number}", reference, FEN, f"6222{number:08d}", name, DAY, f"a{number}", "0200"
    )
    return replace(base, **facts)  # type: ignore[arg-type]


def debit(payment: Instruction, **facts: object) -> BankLine:
    """The line a bank would print for an instruction, reference in the text."""
    base = BankLine(
        0,
        DAY + timedelta(days=1),
        -payment.amount_fen,
        "0200",
        payment.payee_name,
        payment.payee_account,
        f"拨款 {payment.reference}",
    )
    return replace(base, **facts)  # type: ignore[arg-type]


def credit(payment: Instruction, **facts: object) -> BankLine:
    """The same money coming back two days later."""
    returned = {"amount_fen": payment.amount_fen, "booked_on": DAY + timedelta(days=3)}
    return debit(payment, **(returned | facts))


def run(
    payments: list[Instruction], lines: list[BankLine], settled: tuple[Match, ...] = ()
) -> Matching:
    """Match over one account's statement, with no tolerance."""
    numbered = statement_of("0200", 0, sum(x.amount_fen for x in lines), lines).lines
    return match(payments, numbered, AT, None, settled)


def rules(outcome: Matching) -> list[str]:
    """Which rules cleared something."""
    return sorted(one.rule for one in outcome.matches)


def codes(outcome: Matching) -> list[str]:
    """Which breaks are open."""
    return sorted(one.code for one in outcome.breaks)


def by_code(outcome: Matching, code: str) -> Break:
    """The one break with this code."""
    (found,) = (one for one in outcome.breaks if one.code == code)
    return found
