"""A small call kept by the book: awards decided, committed, released, instructed, confirmed."""

from collections.abc import Iterable
from datetime import date

from services.finance.rules import entries as book
from services.finance.rules.bank import BankLine
from services.finance.rules.bank.statement import statement_of
from services.finance.rules.comparisons import Books
from services.finance.rules.conservation import GrantTotals
from services.finance.rules.entries import Instalment
from services.finance.rules.journal import Stamp, posted
from services.finance.rules.matching import Instruction
from services.finance.rules.supplier import SupplierAccount
from tests.finance.bank_lines import AT, DAY, FEN, debit, pay

OPENING = 100 * FEN


def stamp(cause: str) -> Stamp:
    """An event of the season."""
    return Stamp(cause, DAY)


def books(
    awards: int = 3,
    *,
    confirmed: Iterable[int] | None = None,
    lines: list[BankLine] | None = None,
) -> Books:
    """Every award fully instructed; those in `confirmed` are posted as paid; `lines` at the bank.

    By default every payment is at the bank and in the ledger: the clean case.
    """
    payments = tuple(pay(n) for n in range(1, awards + 1))
    paid = set(range(1, awards + 1) if confirmed is None else confirmed)
    booked = [debit(payment) for payment in payments] if lines is None else lines
    closing = OPENING + sum(line.amount_fen for line in booked)
    return Books(
        at=AT,
        decisions={payment.award: FEN for payment in payments},
        balances=_balances(payments, paid),
        grants=tuple(_totals(n, paid) for n in range(1, awards + 1)),
        instructions=payments,
        statements=(statement_of("0200", OPENING, closing, booked),),
        register={p.award: (_account(p),) for p in payments},
    )


def _account(payment: Instruction) -> SupplierAccount:
    return SupplierAccount(
        payment.payee_account, payment.payee_name, "", date(2021, 7, 1), date(2021, 7, 1)
    )


def _totals(number: int, paid: set[int]) -> GrantTotals:
    return GrantTotals(f"a{number}", "c1", FEN, paid_fen=FEN if number in paid else 0)


def _balances(payments: tuple[Instruction, ...], paid: set[int]) -> dict[str, int]:
    balances = posted({}, book.budget_approved(stamp("b"), call="c1", amount_fen=OPENING))
    balances = posted(balances, book.bank_opened(stamp("o"), bank="0200", amount_fen=OPENING))
    for number, payment in enumerate(payments, start=1):
        of = Instalment("c1", payment.award, "t1")
        of_award = {"call": "c1", "award": payment.award, "amount_fen": FEN}
        events = [
            book.budget_reserved(stamp("r"), **of_award),  # type: ignore[arg-type]
            book.award_committed(stamp("c"), **of_award, held_fen=FEN),  # type: ignore[arg-type]
            book.tranche_released(stamp("t"), of=of, amount_fen=FEN),
            book.payment_instructed(stamp("i"), of=of, payment=payment.id, amount_fen=FEN),
        ]
        if number in paid:
            confirmed = {"of": of, "payment": payment.id, "bank": "0200", "amount_fen": FEN}
            events.append(book.payment_confirmed(stamp("p"), **confirmed))  # type: ignore[arg-type]
        balances = posted(balances, [entry for entries in events for entry in entries])
    return balances
