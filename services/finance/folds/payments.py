"""Folds of payments: released, instructed, confirmed by the bank, returned by it."""

from contracts.finance import PaymentConfirmed, PaymentInstructed, PaymentReturned, TrancheReleased
from services.chassis.model import fold
from services.chassis.views import FoldRows
from services.finance.folds.posting import BOOKS, instalment, post, stamp
from services.finance.rules import entries
from services.finance.store import Grant, JournalEntry, Payment, Tranche


@fold(TrancheReleased, into=[Tranche, JournalEntry], counts=BOOKS)
def tranche_released(event: TrancheReleased, rows: FoldRows) -> None:
    tranche = rows.get(Tranche, event.application_id, event.tranche_no)
    if tranche is not None:
        rows.put(tranche.but(status="released"))
    of = instalment(event.call_id, event.application_id, event.tranche_no)
    at = stamp(rows, event.released_at)
    post(rows, event.call_id, entries.tranche_released(at, of=of, amount_fen=event.amount_fen))


@fold(PaymentInstructed, into=[Payment, JournalEntry], counts=BOOKS)
def payment_instructed(event: PaymentInstructed, rows: FoldRows) -> None:
    rows.put(
        Payment(
            payment_id=event.payment_id,
            application_id=event.application_id,
            call_id=event.call_id,
            tranche_no=event.tranche_no,
            attempt=event.attempt,
            amount_fen=event.amount_fen,
            payee_id=event.payee_id,
            payee_name=event.payee_name,
            payee_account=event.payee_account,
            reference=event.reference,
            bank_account=event.bank_account,
            instructed_on=event.instructed_on,
            status="instructed",
        )
    )
    post(
        rows,
        event.call_id,
        entries.payment_instructed(
            stamp(rows, event.instructed_on),
            of=instalment(event.call_id, event.application_id, event.tranche_no),
            payment=event.payment_id, amount_fen=event.amount_fen,
        ),
    )  # fmt: skip


@fold(PaymentConfirmed, into=[Payment, JournalEntry], counts=BOOKS)
def payment_confirmed(event: PaymentConfirmed, rows: FoldRows) -> None:
    payment = rows.get(Payment, event.payment_id)
    if payment is not None:
        matches = [*payment.matches, event.match]
        rows.put(payment.but(status="confirmed", paid_on=event.booked_on, matches=matches))
    post(
        rows,
        event.call_id,
        entries.payment_confirmed(
            stamp(rows, event.booked_on),
            of=instalment(event.call_id, event.application_id, event.tranche_no),
            payment=event.payment_id, bank=event.match["bank"], amount_fen=event.amount_fen,
        ),
    )  # fmt: skip


@fold(PaymentReturned, into=[Payment, Tranche, Grant, JournalEntry], counts=BOOKS)
def payment_returned(event: PaymentReturned, rows: FoldRows) -> None:
    """The obligation stands again, so a closed grant is open again; a later year's is lapsed."""
    payment = rows.get(Payment, event.payment_id)
    if payment is not None:
        matches = [*payment.matches, event.match]
        rows.put(payment.but(status="returned", lapsed_year=event.lapsed_year, matches=matches))
    tranche = rows.get(Tranche, event.application_id, event.tranche_no)
    if tranche is not None and event.lapsed_year is not None:
        rows.put(tranche.but(status="lapsed"))
    grant = rows.get(Grant, event.application_id)
    if grant is not None and grant.status == "closed":
        rows.put(grant.but(status="contracted"))
    post(
        rows,
        event.call_id,
        entries.payment_returned(
            stamp(rows, event.booked_on),
            of=instalment(event.call_id, event.application_id, event.tranche_no),
            bank=event.match["bank"], amount_fen=event.amount_fen,
            lapsed_year=event.lapsed_year, accounted_fen=event.accounted_fen,
        ),
    )  # fmt: skip


FOLDS = (tranche_released, payment_instructed, payment_confirmed, payment_returned)
