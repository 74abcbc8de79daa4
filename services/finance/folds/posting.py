"""Entries into the journal and onto the balances: additions, so their order cannot matter."""

from collections.abc import Iterable
from datetime import date

from services.chassis.tables import Row
from services.chassis.views import FoldRows
from services.finance.rules.entries import Instalment
from services.finance.rules.journal import Entry, Stamp
from services.finance.rules.working_days import civil_day
from services.finance.store import Balance, CallTally, JournalEntry

BOOKS: tuple[type[Row], ...] = (Balance, CallTally)
"""The counters that every posting adds to."""


def stamp(rows: FoldRows, when: str, number: int | None = None) -> Stamp:
    """The event's id (numbered where it posts several), and the day its entries take effect.

    `when` is a day, or an instant whose day in China counts.
    """
    cause = rows.cause.id if number is None else f"{rows.cause.id}:{number}"
    return Stamp(cause, civil_day(when) if "T" in when else date.fromisoformat(when))


def instalment(call_id: str, application_id: str, tranche_no: int) -> Instalment:
    """Which money is meant."""
    return Instalment(call_id, application_id, str(tranche_no))


def post(rows: FoldRows, call_id: str, entries: Iterable[Entry]) -> None:
    """Write entries under the event's own key and add them to the call's balances."""
    for entry in entries:
        rows.put(
            JournalEntry(
                entry_id=entry.id,
                event_key=rows.cause.key,
                call_id=call_id,
                event=entry.event,
                cause=entry.cause,
                effective_on=entry.on.isoformat(),
                ledger=entry.ledger,
                amount_fen=entry.amount_fen,
                postings=[
                    {"account": p.account, "debit_fen": p.debit_fen, "credit_fen": p.credit_fen}
                    for p in entry.postings
                ],
            )
        )
        for posting in entry.postings:
            rows.add(Balance, call_id, posting.account, signed_fen=posting.signed_fen)
        rows.add(CallTally, call_id, entries=1)
