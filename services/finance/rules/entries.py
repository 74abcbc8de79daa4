"""The journal entries of each business event: the table of an award's money states, as functions.

Every function takes the event's stamp and keyword facts and returns the entries to post, at most
one per sub-ledger. Source: finance model 2.3. Unit: fen, positive.
"""

from dataclasses import dataclass

from services.finance.rules.accounts import account
from services.finance.rules.journal import Entry, Posting, Stamp

Entries = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Instalment:
    """Which money is meant: a tranche of an award under a call."""

    call: str
    award: str
    tranche: str

    @property
    def released(self) -> str:
        """Authority due to be paid."""
        return account("budget:released", self.call, self.award, self.tranche)

    @property
    def spent(self) -> str:
        """Authority paid and confirmed by the bank."""
        return account("budget:spent", self.call, self.award, self.tranche)

    @property
    def payable(self) -> str:
        """The obligation to the grantee."""
        return account("cash:payable", self.award, self.tranche)


def _move(event: str, stamp: Stamp, fen: int, debit: str, credit: str) -> Entry:
    return Entry(event, stamp.cause, stamp.on, (Posting(debit, fen, 0), Posting(credit, 0, fen)))


def _bank(number: str) -> str:
    return account("cash:bank", number)


def bank_opened(stamp: Stamp, *, bank: str, amount_fen: int) -> Entries:
    """The opening balance of one of our bank accounts enters the books with a named source."""
    return (_move("bank_opened", stamp, amount_fen, _bank(bank), account("cash:funding", bank)),)


def budget_approved(stamp: Stamp, *, call: str, amount_fen: int) -> Entries:
    """Authority to spend is received; the figure is entered, never derived from count x amount."""
    debit, credit = account("budget:appropriation", call), account("budget:available", call)
    return (_move("budget_approved", stamp, amount_fen, debit, credit),)


def budget_reserved(stamp: Stamp, *, call: str, award: str, amount_fen: int) -> Entries:
    """A recommended award holds its money in an account of its own, for all to see."""
    debit, credit = account("budget:available", call), account("budget:reserved", call, award)
    return (_move("budget_reserved", stamp, amount_fen, debit, credit),)


def reservation_released(stamp: Stamp, *, call: str, award: str, amount_fen: int) -> Entries:
    """What is left of a hold goes back: declined, withdrawn or expired."""
    debit, credit = account("budget:reserved", call, award), account("budget:available", call)
    return (_move("reservation_released", stamp, amount_fen, debit, credit),)


def award_committed(
    stamp: Stamp, *, call: str, award: str, held_fen: int, amount_fen: int
) -> Entries:
    """The final award takes its amount from the hold; the rest returns to the free budget."""
    postings = [
        Posting(account("budget:reserved", call, award), held_fen, 0),
        Posting(account("budget:committed", call, award), 0, amount_fen),
    ]
    if held_fen != amount_fen:
        postings.append(Posting(account("budget:available", call), 0, held_fen - amount_fen))
    return (Entry("award_committed", stamp.cause, stamp.on, tuple(postings)),)


def award_amended(stamp: Stamp, *, call: str, award: str, change_fen: int) -> Entries:
    """An approved amendment takes more from, or gives some back to, the free budget."""
    free, committed = account("budget:available", call), account("budget:committed", call, award)
    debit, credit = (free, committed) if change_fen > 0 else (committed, free)
    return (_move("award_amended", stamp, abs(change_fen), debit, credit),)


def agreement_signed(stamp: Stamp) -> Entries:
    """Signing moves no money: it fixes the schedule."""
    return ()


def tranche_released(stamp: Stamp, *, of: Instalment, amount_fen: int) -> Entries:
    """A tranche falls due: its authority is released and the obligation stands as an advance."""
    committed = account("budget:committed", of.call, of.award)
    advance = account("cash:advance", of.award)
    return (
        _move("tranche_released", stamp, amount_fen, committed, of.released),
        _move("tranche_released", stamp, amount_fen, advance, of.payable),
    )


def payment_instructed(stamp: Stamp, *, of: Instalment, payment: str, amount_fen: int) -> Entries:
    """The bank was told to pay; until its statement shows it, the money is in transit."""
    transit = account("cash:in_transit", of.award, payment)
    return (_move("payment_instructed", stamp, amount_fen, of.payable, transit),)


def payment_cancelled(stamp: Stamp, *, of: Instalment, payment: str, amount_fen: int) -> Entries:
    """An instruction the bank never carried out is withdrawn; the obligation stands again."""
    transit = account("cash:in_transit", of.award, payment)
    return (_move("payment_cancelled", stamp, amount_fen, transit, of.payable),)


def payment_confirmed(
    stamp: Stamp, *, of: Instalment, payment: str, bank: str, amount_fen: int
) -> Entries:
    """A matched bank line proves the payment: authority is spent and the bank balance falls."""
    transit = account("cash:in_transit", of.award, payment)
    return (
        _move("payment_confirmed", stamp, amount_fen, of.released, of.spent),
        _move("payment_confirmed", stamp, amount_fen, transit, _bank(bank)),
    )


def payment_returned(
    stamp: Stamp,
    *,
    of: Instalment,
    bank: str,
    amount_fen: int,
    lapsed_year: int | None = None,
    accounted_fen: int = 0,
) -> Entries:
    """The bank gave a payment back.

    In the same fiscal year authority and obligation are restored and it may be paid again. In a
    later year (`lapsed_year`) the authority lapses, the advance is undone and the money is owed
    to the treasury (RETURN_CROSS_YEAR). What accepted cost had already cleared of the advance
    (`accounted_fen`) cannot be undone: it is owed to the grantee again, without authority.
    """
    if lapsed_year is not None:
        parts = (
            (account("cash:advance", of.award), amount_fen - accounted_fen),
            (of.payable, accounted_fen),
        )
        undone = tuple(Posting(name, 0, fen) for name, fen in parts if fen)
        return _lapsed(
            stamp, of, lapsed_year, _to_treasury(of, lapsed_year, undone, bank, amount_fen)
        )
    return (
        _move("payment_returned", stamp, amount_fen, of.spent, of.released),
        _move("payment_returned", stamp, amount_fen, _bank(bank), of.payable),
    )


def _lapsed(stamp: Stamp, of: Instalment, year: int, cash: tuple[Posting, ...]) -> Entries:
    event, lapsed = "returned in a later year", account("budget:lapsed", of.call, str(year))
    budget = _move(event, stamp, cash[0].debit_fen, of.spent, lapsed)
    return (budget, Entry(event, stamp.cause, stamp.on, cash))


def _to_treasury(
    of: Instalment, year: int, undone: tuple[Posting, ...], bank: str, fen: int
) -> tuple[Posting, ...]:
    return (
        Posting(_bank(bank), fen, 0),
        *undone,
        Posting(account("cash:funding", bank), fen, 0),
        Posting(account("cash:treasury", of.call, str(year)), 0, fen),
    )


def expenditure_accepted(stamp: Stamp, *, award: str, line: str, amount_fen: int) -> Entries:
    """Accepted cost on one budget line clears that much of the advance."""
    debit, credit = account("cash:accepted", award, line), account("cash:advance", award)
    return (_move("expenditure_accepted", stamp, amount_fen, debit, credit),)


def refund_demanded(stamp: Stamp, *, award: str, amount_fen: int, line: str = "") -> Entries:
    """Residue, overpayment or disallowed cost becomes a debt; `line` when it had been accepted."""
    credit = account("cash:accepted", award, line) if line else account("cash:advance", award)
    return (_move("refund_demanded", stamp, amount_fen, account("cash:receivable", award), credit),)


def refund_received(
    stamp: Stamp, *, of: Instalment, bank: str, amount_fen: int, lapsed_year: int | None = None
) -> Entries:
    """A demanded refund arrived: free budget again in the same year, the treasury's in a later."""
    receivable = account("cash:receivable", of.award)
    if lapsed_year is not None:
        settled = (Posting(receivable, 0, amount_fen),)
        cash = _to_treasury(of, lapsed_year, settled, bank, amount_fen)
        return _lapsed(stamp, of, lapsed_year, cash)
    free = account("budget:available", of.call)
    return (
        _move("refund_received", stamp, amount_fen, of.spent, free),
        _move("refund_received", stamp, amount_fen, _bank(bank), receivable),
    )


def authority_given_back(
    stamp: Stamp, *, call: str, award: str, amount_fen: int, lapsed_year: int | None = None
) -> Entries:
    """Committed authority that will not be used returns: cancelled, or the rest at closing."""
    free = account("budget:available", call)
    to = account("budget:lapsed", call, str(lapsed_year)) if lapsed_year is not None else free
    debit = account("budget:committed", call, award)
    return (_move("authority_given_back", stamp, amount_fen, debit, to),)


def bank_fee_charged(stamp: Stamp, *, bank: str, amount_fen: int) -> Entries:
    """The bank took a fee it is known to take."""
    return (_move("bank_fee_charged", stamp, amount_fen, account("cash:fees", bank), _bank(bank)),)


def interest_earned(stamp: Stamp, *, bank: str, amount_fen: int) -> Entries:
    """The bank paid interest."""
    credit = account("cash:interest", bank)
    return (_move("interest_earned", stamp, amount_fen, _bank(bank), credit),)


def line_suspended(stamp: Stamp, *, bank: str, line_fen: int) -> Entries:
    """An unexplained bank line (signed) is kept in suspense until its break is resolved."""
    if line_fen > 0:
        debit, credit = _bank(bank), account("cash:suspense_in", bank)
    else:
        debit, credit = account("cash:suspense_out", bank), _bank(bank)
    return (_move("line_suspended", stamp, abs(line_fen), debit, credit),)


def suspense_settled(stamp: Stamp, *, bank: str, line_fen: int) -> Entries:
    """A later bank line (signed) undoes a suspended one: recovered when in, sent back when out."""
    if line_fen > 0:
        debit, credit = _bank(bank), account("cash:suspense_out", bank)
    else:
        debit, credit = account("cash:suspense_in", bank), _bank(bank)
    return (_move("suspense_settled", stamp, abs(line_fen), debit, credit),)


def treasury_repaid(stamp: Stamp, *, call: str, year: int, bank: str, amount_fen: int) -> Entries:
    """Money owed to the treasury was paid over."""
    debit = account("cash:treasury", call, str(year))
    return (_move("treasury_repaid", stamp, amount_fen, debit, _bank(bank)),)
