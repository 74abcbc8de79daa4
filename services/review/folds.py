"""Events into rows: the only writer of review's folded tables."""

from typing import Any

from contracts.document import DocumentsAssessed
from contracts.eligibility import EligibilityAssessed
from contracts.finance import BudgetReserved, ReservationRefused, ReservationReleased
from contracts.review import (
    AssignmentDeclined,
    AwardDecided,
    AwardRecommended,
    ConflictDeclared,
    PanelAssigned,
    RankingSealed,
    ReviewCompleted,
    ReviewerEnrolled,
    ScoresSubmitted,
)
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
from services.review.store import (
    Award,
    CallTally,
    CallTerms,
    Case,
    Completed,
    DeclaredConflict,
    Eligibility,
    Expert,
    Objection,
    Papers,
    Reservation,
    ScoreSheet,
    SealedRanking,
    Seat,
)


def _terms(event: CallPublished | CallAmended) -> CallTerms:
    call: dict[str, Any] = event.call
    return CallTerms(
        call_id=event.call_id,
        call_version=event.call_version,
        review=call["review"],
        quota=call["quota"],
        amount=call["amount"],
        budget_fen=call["budget"]["total_fen"],
    )


@fold(CallPublished, into=[CallTerms])
def call_published(event: CallPublished, rows: FoldRows) -> None:
    rows.put(_terms(event))


@fold(CallAmended, into=[CallTerms])
def call_amended(event: CallAmended, rows: FoldRows) -> None:
    """The latest version counts, and re-opens the call; a posted notice stays."""
    before = rows.get(CallTerms, event.call_id)
    ends = before.notice_ends_on if before else None
    rows.put(_terms(event).but(notice_ends_on=ends))


@fold(CallClosed, into=[CallTerms])
def call_closed(event: CallClosed, rows: FoldRows) -> None:
    terms = rows.get(CallTerms, event.call_id)
    if terms is not None:
        rows.put(terms.but(closed_at=event.closed_at))


@fold(ResultNoticePublished, into=[CallTerms])
def result_notice_published(event: ResultNoticePublished, rows: FoldRows) -> None:
    terms = rows.get(CallTerms, event.call_id)
    if terms is not None:
        rows.put(terms.but(notice_ends_on=event.ends_on))


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


@fold(ReviewerEnrolled, into=[Expert], counts=[CallTally])
def reviewer_enrolled(event: ReviewerEnrolled, rows: FoldRows) -> None:
    rows.put(
        Expert(
            reviewer_id=event.reviewer_id,
            call_id=event.call_id,
            name=event.name,
            organisation_id=event.organisation_id,
            organisation_name=event.organisation_name,
            email=event.email,
            items=list(event.items),
            load_min=event.load_min,
            load_max=event.load_max,
        )
    )
    rows.add(CallTally, event.call_id, reviewers=1)


@fold(ConflictDeclared, into=[DeclaredConflict], counts=[CallTally])
def conflict_declared(event: ConflictDeclared, rows: FoldRows) -> None:
    rows.put(
        DeclaredConflict(
            application_id=event.application_id,
            reviewer_id=event.reviewer_id,
            call_id=event.call_id,
            kind=event.kind,
            statement=event.statement,
            declared_by=event.declared_by,
            declared_at=event.declared_at,
        )
    )
    rows.add(CallTally, event.call_id, conflicts=1)


@fold(PanelAssigned, into=[Seat], counts=[CallTally])
def panel_assigned(event: PanelAssigned, rows: FoldRows) -> None:
    """The whole panel as it now is; whoever sat there before and is not named is replaced."""
    before = rows.of(Seat, application_id=event.application_id)
    for seat in before:
        if seat.reviewer_id not in event.reviewer_ids and seat.status == "seated":
            rows.put(seat.but(status="replaced", changed_at=event.assigned_at))
    for reviewer_id in event.reviewer_ids:
        rows.put(
            Seat(
                application_id=event.application_id,
                reviewer_id=reviewer_id,
                call_id=event.call_id,
                run_id=event.run_id,
                status="seated",
                changed_at=event.assigned_at,
            )
        )
    rows.add(CallTally, event.call_id, panels=0 if before else 1)


@fold(AssignmentDeclined, into=[Seat])
def assignment_declined(event: AssignmentDeclined, rows: FoldRows) -> None:
    seat = rows.get(Seat, event.application_id, event.reviewer_id)
    if seat is not None:
        rows.put(seat.but(status="declined", changed_at=event.declined_at))


@fold(ScoresSubmitted, into=[ScoreSheet], counts=[CallTally])
def scores_submitted(event: ScoresSubmitted, rows: FoldRows) -> None:
    rows.put(
        ScoreSheet(
            application_id=event.application_id,
            reviewer_id=event.reviewer_id,
            call_id=event.call_id,
            points=event.points,
            comment=event.comment,
            submitted_at=event.submitted_at,
        )
    )
    rows.add(CallTally, event.call_id, sheets=1)


@fold(ReviewCompleted, into=[Completed], counts=[CallTally])
def review_completed(event: ReviewCompleted, rows: FoldRows) -> None:
    rows.put(
        Completed(
            application_id=event.application_id,
            call_id=event.call_id,
            sheets=event.sheets,
            score=event.score,
            completed_at=event.completed_at,
        )
    )
    rows.add(CallTally, event.call_id, completed=1)


@fold(RankingSealed, into=[SealedRanking])
def ranking_sealed(event: RankingSealed, rows: FoldRows) -> None:
    rows.put(
        SealedRanking(
            call_id=event.call_id,
            ranking=event.ranking,
            selection=event.evidence["selection"],
            ranking_sha256=event.ranking_sha256,
            sealed_by=event.sealed_by,
            sealed_at=event.sealed_at,
        )
    )


@fold(AwardRecommended, into=[Award], counts=[CallTally])
def award_recommended(event: AwardRecommended, rows: FoldRows) -> None:
    rows.put(
        Award(
            application_id=event.application_id,
            call_id=event.call_id,
            state="recommended",
            amount_fen=event.amount_fen,
            rank=event.rank,
            changed_at=event.recommended_at,
        )
    )
    rows.add(CallTally, event.call_id, recommended=1)


@fold(AwardDecided, into=[Award], counts=[CallTally])
def award_decided(event: AwardDecided, rows: FoldRows) -> None:
    rows.put(
        Award(
            application_id=event.application_id,
            call_id=event.call_id,
            state=event.decision,
            amount_fen=event.amount_fen,
            rank=event.rank,
            reasons=[r.model_dump() for r in event.reasons],
            changed_at=event.decided_at,
        )
    )
    rows.add(CallTally, event.call_id, decided=1)


FOLDS = (
    call_published, call_amended, call_closed, result_notice_published,
    application_submitted, application_withdrawn, objection_raised, objection_resolved,
    eligibility_assessed, documents_assessed,
    budget_reserved, reservation_refused, reservation_released,
    reviewer_enrolled, conflict_declared, panel_assigned, assignment_declined,
    scores_submitted, review_completed, ranking_sealed, award_recommended, award_decided,
)  # fmt: skip
