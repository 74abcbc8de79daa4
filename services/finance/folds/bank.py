"""Folds of bank accounts, statements, breaks and certificates."""

from typing import Any

from contracts.finance import (
    BankAccountOpened,
    BreakOpened,
    BreakResolved,
    ReconciliationSigned,
    StatementImported,
)
from services.chassis.model import fold
from services.chassis.views import FoldRows
from services.finance.folds.posting import BOOKS, post, stamp
from services.finance.rules import entries
from services.finance.rules.journal import Entry, Stamp
from services.finance.store import (
    BankAccount,
    Break,
    Certificate,
    JournalEntry,
    StatementFile,
)


@fold(BankAccountOpened, into=[BankAccount, JournalEntry], counts=BOOKS)
def bank_account_opened(event: BankAccountOpened, rows: FoldRows) -> None:
    rows.put(
        BankAccount(
            account=event.account,
            call_id=event.call_id,
            opening_fen=event.opening_fen,
            opened_on=event.opened_on,
        )
    )
    if event.opening_fen:
        at = stamp(rows, event.opened_on)
        opened = entries.bank_opened(at, bank=event.account, amount_fen=event.opening_fen)
        post(rows, event.call_id, opened)


@fold(StatementImported, into=[StatementFile, JournalEntry], counts=BOOKS)
def statement_imported(event: StatementImported, rows: FoldRows) -> None:
    """Lines that pay something are posted with their payment; the others are posted here."""
    rows.put(
        StatementFile(
            statement_id=event.statement_id,
            call_id=event.call_id,
            account=event.account,
            file_sha256=event.file_sha256,
            opening_fen=event.opening_fen,
            closing_fen=event.closing_fen,
            lines=list(event.lines),
            postings=list(event.postings),
            matches=list(event.matches),
            break_ids=list(event.break_ids),
            imported_at=event.imported_at,
        )
    )
    for number, posting in enumerate(event.postings):
        at = stamp(rows, posting["booked_on"], number)
        post(rows, event.call_id, _explained(posting["kind"], at, event.account, posting))


def _explained(kind: str, at: Stamp, bank: str, line: dict[str, Any]) -> tuple[Entry, ...]:
    """A line that no payment explains: a fee, interest, or nothing yet."""
    fen: int = line["amount_fen"]
    if kind == "fee":
        return entries.bank_fee_charged(at, bank=bank, amount_fen=-fen)
    if kind == "interest":
        return entries.interest_earned(at, bank=bank, amount_fen=fen)
    return entries.line_suspended(at, bank=bank, line_fen=fen)


@fold(BreakOpened, into=[Break])
def break_opened(event: BreakOpened, rows: FoldRows) -> None:
    rows.put(
        Break(
            break_id=event.break_id,
            call_id=event.call_id,
            code=event.code,
            amount_fen=event.amount_fen,
            owner=event.owner,
            due_on=event.due_on,
            application_id=event.application_id,
            grantee_id=event.grantee_id,
            detail=event.detail,
            status="open",
        )
    )


@fold(BreakResolved, into=[Break, JournalEntry], counts=BOOKS)
def break_resolved(event: BreakResolved, rows: FoldRows) -> None:
    """Lines that are explained now leave suspense, the way they came in."""
    found = rows.get(Break, event.break_id)
    if found is not None:
        matches = [*found.matches, event.match] if event.match else found.matches
        rows.put(found.but(status="resolved", resolution=event.resolution, matches=matches))
    for number, line in enumerate(event.lines):
        at, bank, fen = (
            stamp(rows, event.resolved_at, 2 * number),
            line["account"],
            line["amount_fen"],
        )
        post(rows, event.call_id, entries.suspense_settled(at, bank=bank, line_fen=-fen))
        if line["kind"] in ("fee", "interest"):
            at = stamp(rows, event.resolved_at, 2 * number + 1)
            post(rows, event.call_id, _explained(line["kind"], at, bank, line))


@fold(ReconciliationSigned, into=[Certificate])
def reconciliation_signed(event: ReconciliationSigned, rows: FoldRows) -> None:
    rows.put(
        Certificate(
            call_id=event.call_id,
            reconciled=event.reconciled,
            report=event.report,
            report_sha256=event.report_sha256,
            prepared_by=event.prepared_by,
            signed_by=event.signed_by,
            signed_at=event.signed_at,
        )
    )


FOLDS = (
    bank_account_opened, statement_imported, break_opened, break_resolved, reconciliation_signed,
)  # fmt: skip
