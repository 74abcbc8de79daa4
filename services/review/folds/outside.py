"""Events of other services into rows: calls, applications, verdicts, money, objections."""

from typing import Any

from contracts.document import DocumentsAssessed
from contracts.eligibility import EligibilityAssessed
from contracts.finance import BudgetReserved, ReservationRefused, ReservationReleased
from contracts.submission import (
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CallAmended,
    CallClosed,
    CallPublished,
    ObjectionRaised,
    ObjectionResolved,
    ResultNoticePublished,
)
from services.chassis.model import fold
from services.chassis.views import FoldRows
from services.review.commands.terms import terms_of
from services.review.store import CallTerms, Case, Eligibility, Objection, Papers, Reservation


@fold(CallPublished, into=[CallTerms])
def call_published(event: CallPublished, rows: FoldRows) -> None:
    rows.put(terms_of(event))


@fold(CallAmended, into=[CallTerms])
def call_amended(event: CallAmended, rows: FoldRows) -> None:
    """The latest version counts, and re-opens the call; a posted notice stays."""
    before = rows.get(CallTerms, event.call_id)
    posted = (before.notice_ends_on, before.noticed) if before else (None, [])
    rows.put(terms_of(event).but(notice_ends_on=posted[0], noticed=posted[1]))


@fold(CallClosed, into=[CallTerms])
def call_closed(event: CallClosed, rows: FoldRows) -> None:
    terms = rows.get(CallTerms, event.call_id)
    if terms is not None:
        rows.put(terms.but(closed_at=event.closed_at))


@fold(ResultNoticePublished, into=[CallTerms])
def result_notice_published(event: ResultNoticePublished, rows: FoldRows) -> None:
    terms = rows.get(CallTerms, event.call_id)
    if terms is not None:
        noticed = [award.application_id for award in event.awards]
        rows.put(terms.but(notice_ends_on=event.ends_on, noticed=noticed))


@fold(ApplicationSubmitted, into=[Case])
def application_submitted(event: ApplicationSubmitted, rows: FoldRows) -> None:
    rows.put(
        Case(
            application_id=event.application_id,
            call_id=event.call_id,
            applicant_id=event.applicant.id,
            applicant_name=event.applicant.name,
            title=event.title,
            items=list(event.items),
            requested_fen=event.requested_fen,
            status="submitted",
        )
    )


@fold(ApplicationWithdrawn, into=[Case])
def application_withdrawn(event: ApplicationWithdrawn, rows: FoldRows) -> None:
    case = rows.get(Case, event.application_id)
    if case is not None:
        rows.put(case.but(status="withdrawn"))


@fold(ObjectionRaised, into=[Objection])
def objection_raised(event: ObjectionRaised, rows: FoldRows) -> None:
    rows.put(
        Objection(
            objection_id=event.objection_id,
            application_id=event.application_id,
            call_id=event.call_id,
            status="open",
        )
    )


@fold(ObjectionResolved, into=[Objection])
def objection_resolved(event: ObjectionResolved, rows: FoldRows) -> None:
    objection = rows.get(Objection, event.objection_id)
    if objection is not None:
        rows.put(objection.but(status="upheld" if event.upheld else "dismissed"))


@fold(EligibilityAssessed, into=[Eligibility])
def eligibility_assessed(event: EligibilityAssessed, rows: FoldRows) -> None:
    rows.put(
        Eligibility(
            application_id=event.application_id,
            call_id=event.call_id,
            verdict=event.verdict,
            failed_rules=list(event.failed_rules),
        )
    )


@fold(DocumentsAssessed, into=[Papers])
def documents_assessed(event: DocumentsAssessed, rows: FoldRows) -> None:
    rows.put(
        Papers(
            application_id=event.application_id,
            call_id=event.call_id,
            verdict=event.verdict,
            timely=event.timely,
            reasons=[r.model_dump() for r in event.reasons],
        )
    )


def _reservation(event: Any, status: str, reasons: list[dict[str, Any]]) -> Reservation:
    return Reservation(
        application_id=event.application_id,
        call_id=event.call_id,
        status=status,
        amount_fen=event.amount_fen,
        reasons=reasons,
    )


@fold(BudgetReserved, into=[Reservation])
def budget_reserved(event: BudgetReserved, rows: FoldRows) -> None:
    rows.put(_reservation(event, "held", []))


@fold(ReservationRefused, into=[Reservation])
def reservation_refused(event: ReservationRefused, rows: FoldRows) -> None:
    rows.put(_reservation(event, "refused", [r.model_dump() for r in event.reasons]))


@fold(ReservationReleased, into=[Reservation])
def reservation_released(event: ReservationReleased, rows: FoldRows) -> None:
    rows.put(_reservation(event, "released", []))


FOLDS = (
    call_published,
    call_amended,
    call_closed,
    result_notice_published,
    application_submitted,
    application_withdrawn,
    objection_raised,
    objection_resolved,
    eligibility_assessed,
    documents_assessed,
    budget_reserved,
    reservation_refused,
    reservation_released,
)
