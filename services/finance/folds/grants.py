"""Folds of budgets and grants: approved, held, committed, signed, accounted for, closed."""

from contracts.finance import (
    AgreementSigned,
    AwardCommitted,
    BudgetApproved,
    BudgetReserved,
    ExpenditureAccepted,
    GrantClosed,
    ReservationRefused,
    ReservationReleased,
    SupplierRegistered,
)
from services.chassis.model import fold
from services.chassis.views import FoldRows
from services.finance.folds.posting import BOOKS, post, stamp
from services.finance.rules import entries
from services.finance.store import (
    AWARDS,
    AwardNumbers,
    Budget,
    CallTally,
    Expenditure,
    Grant,
    JournalEntry,
    Supplier,
    Tranche,
)


@fold(BudgetApproved, into=[Budget, JournalEntry], counts=BOOKS)
def budget_approved(event: BudgetApproved, rows: FoldRows) -> None:
    rows.put(
        Budget(
            call_id=event.call_id,
            amount_fen=event.amount_fen,
            awards_max=event.awards_max,
            tranches=list(event.tranches),
            approved_by=event.approved_by,
            approved_at=event.approved_at,
        )
    )
    at = stamp(rows, event.approved_at)
    post(
        rows,
        event.call_id,
        entries.budget_approved(at, call=event.call_id, amount_fen=event.amount_fen),
    )


@fold(BudgetReserved, into=[Grant, JournalEntry], counts=[*BOOKS, AwardNumbers])
def budget_reserved(event: BudgetReserved, rows: FoldRows) -> None:
    rows.put(
        Grant(
            application_id=event.application_id,
            call_id=event.call_id,
            applicant_id=event.applicant_id,
            award_no=event.evidence["award_no"],
            status="held",
            held_fen=event.amount_fen,
        )
    )
    rows.add(CallTally, event.call_id, holds=1)
    rows.add(AwardNumbers, AWARDS, given=1)
    post(
        rows,
        event.call_id,
        entries.budget_reserved(
            stamp(rows, event.reserved_at),
            call=event.call_id, award=event.application_id, amount_fen=event.amount_fen,
        ),
    )  # fmt: skip


@fold(ReservationRefused, into=[Grant])
def reservation_refused(event: ReservationRefused, rows: FoldRows) -> None:
    rows.put(
        Grant(
            application_id=event.application_id,
            call_id=event.call_id,
            applicant_id="",
            award_no=0,
            status="refused",
            held_fen=0,
        )
    )


@fold(ReservationReleased, into=[Grant, JournalEntry], counts=BOOKS)
def reservation_released(event: ReservationReleased, rows: FoldRows) -> None:
    grant = rows.get(Grant, event.application_id)
    if grant is not None:
        rows.put(grant.but(status="released"))
    rows.add(CallTally, event.call_id, holds=-1)
    post(
        rows,
        event.call_id,
        entries.reservation_released(
            stamp(rows, event.released_at),
            call=event.call_id, award=event.application_id, amount_fen=event.amount_fen,
        ),
    )  # fmt: skip


@fold(AwardCommitted, into=[Grant, JournalEntry], counts=BOOKS)
def award_committed(event: AwardCommitted, rows: FoldRows) -> None:
    grant = rows.get(Grant, event.application_id)
    if grant is not None:
        rows.put(grant.but(status="committed", committed_fen=event.amount_fen))
    post(
        rows,
        event.call_id,
        entries.award_committed(
            stamp(rows, event.committed_at), call=event.call_id, award=event.application_id,
            held_fen=event.held_fen, amount_fen=event.amount_fen,
        ),
    )  # fmt: skip


@fold(AgreementSigned, into=[Grant, Tranche])
def agreement_signed(event: AgreementSigned, rows: FoldRows) -> None:
    """No money moves: the schedule is fixed."""
    grant = rows.get(Grant, event.application_id)
    if grant is not None:
        rows.put(grant.but(status="contracted", signed_on=event.signed_on))
    for tranche in event.tranches:
        rows.put(
            Tranche(
                application_id=event.application_id,
                tranche_no=tranche.tranche_no,
                call_id=event.call_id,
                condition=tranche.condition,
                amount_fen=tranche.amount_fen,
                status="agreed",
            )
        )


@fold(SupplierRegistered, into=[Supplier])
def supplier_registered(event: SupplierRegistered, rows: FoldRows) -> None:
    rows.put(
        Supplier(
            applicant_id=event.applicant_id,
            bank_account=event.bank_account,
            supplier_name=event.supplier_name,
            bank_name=event.bank_name,
            valid_from=event.valid_from,
            verified_by=event.verified_by,
            registered_at=event.registered_at,
        )
    )


@fold(ExpenditureAccepted, into=[Expenditure, JournalEntry], counts=BOOKS)
def expenditure_accepted(event: ExpenditureAccepted, rows: FoldRows) -> None:
    rows.put(
        Expenditure(
            application_id=event.application_id, report_id=event.report_id, line=event.line,
            amount_fen=event.amount_fen,
        )
    )  # fmt: skip
    post(
        rows,
        event.call_id,
        entries.expenditure_accepted(
            stamp(rows, event.accepted_at), award=event.application_id, line=event.line,
            amount_fen=event.amount_fen,
        ),
    )  # fmt: skip


@fold(GrantClosed, into=[Grant])
def grant_closed(event: GrantClosed, rows: FoldRows) -> None:
    grant = rows.get(Grant, event.application_id)
    if grant is not None:
        rows.put(grant.but(status="closed"))


FOLDS = (
    budget_approved, budget_reserved, reservation_refused, reservation_released, award_committed,
    agreement_signed, supplier_registered, expenditure_accepted, grant_closed,
)  # fmt: skip
