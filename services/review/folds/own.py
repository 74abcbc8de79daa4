"""Review's own events into rows: reviewers, panels, sheets, the ranking, awards."""

from contracts.review import (
    AssignmentDeclined,
    AssignmentSealed,
    AwardDecided,
    AwardRecommended,
    ConflictDeclared,
    PanelAssigned,
    RankingSealed,
    ReviewCompleted,
    ReviewerEnrolled,
    ScoresSubmitted,
)
from services.chassis.model import fold
from services.chassis.views import FoldRows
from services.review.store import (
    AssignmentRun,
    Award,
    CallTally,
    Completed,
    DeclaredConflict,
    Expert,
    Panel,
    ScoreSheet,
    SealedRanking,
    Seat,
)


@fold(ReviewerEnrolled, into=[Expert], counts=[CallTally])
def reviewer_enrolled(event: ReviewerEnrolled, rows: FoldRows) -> None:
    """The latest particulars count; a person is one reviewer however often they are mended."""
    known = rows.get(Expert, event.reviewer_id, event.call_id) is not None
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
    rows.add(CallTally, event.call_id, reviewers=0 if known else 1)


@fold(ConflictDeclared, into=[DeclaredConflict, Seat, Completed], counts=[CallTally])
def conflict_declared(event: ConflictDeclared, rows: FoldRows) -> None:
    """The two are kept apart: a seat is empty at once, and a review that rested on it is open."""
    rows.put(
        DeclaredConflict(
            application_id=event.application_id,
            reviewer_id=event.reviewer_id,
            call_id=event.call_id,
            kind=event.kind,
            statement=event.statement,
            declared_by=event.declared_by,
            declared_as=event.declared_as,
            declared_at=event.declared_at,
        )
    )
    rows.add(CallTally, event.call_id, conflicts=1)
    seat = rows.get(Seat, event.application_id, event.reviewer_id)
    if seat is None or seat.status != "seated":
        return
    rows.put(seat.but(status="conflicted", changed_at=event.declared_at))
    completed = rows.get(Completed, event.application_id)
    if completed is not None and completed.status == "complete":
        rows.put(completed.but(status="reopened"))
        rows.add(CallTally, event.call_id, completed=-1)


@fold(AssignmentSealed, into=[AssignmentRun])
def assignment_sealed(event: AssignmentSealed, rows: FoldRows) -> None:
    rows.put(
        AssignmentRun(
            call_id=event.call_id,
            run_id=event.run_id,
            kind=event.kind,
            assignment=event.assignment,
            run_sha256=event.run_sha256,
            sealed_by=event.sealed_by,
            sealed_at=event.sealed_at,
        )
    )


@fold(PanelAssigned, into=[Seat, Panel], counts=[CallTally])
def panel_assigned(event: PanelAssigned, rows: FoldRows) -> None:
    """The whole panel as it now is; whoever sat there before and is not named is replaced."""
    held = {s.reviewer_id: s for s in rows.of(Seat, application_id=event.application_id)}
    for reviewer_id, seat in held.items():
        if reviewer_id not in event.reviewer_ids and seat.status == "seated":
            rows.put(seat.but(status="replaced", changed_at=event.assigned_at))
    for reviewer_id in event.reviewer_ids:
        if reviewer_id not in held or held[reviewer_id].status != "seated":
            rows.put(_seat(event, reviewer_id))
    known = rows.get(Panel, event.application_id) is not None
    rows.add(CallTally, event.call_id, panels=0 if known else 1)
    rows.put(
        Panel(
            application_id=event.application_id,
            call_id=event.call_id,
            size=len(event.reviewer_ids),
            affinity=event.affinity,
            run_id=event.run_id,
            assigned_at=event.assigned_at,
        )
    )


def _seat(event: PanelAssigned, reviewer_id: str) -> Seat:
    return Seat(
        application_id=event.application_id,
        reviewer_id=reviewer_id,
        call_id=event.call_id,
        run_id=event.run_id,
        status="seated",
        changed_at=event.assigned_at,
    )


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
    before = rows.get(Completed, event.application_id)
    fresh = before is None or before.status == "reopened"
    rows.put(
        Completed(
            application_id=event.application_id,
            call_id=event.call_id,
            status="complete",
            sheets=event.sheets,
            score=event.score,
            completed_at=event.completed_at,
        )
    )
    rows.add(CallTally, event.call_id, completed=1 if fresh else 0)


@fold(RankingSealed, into=[SealedRanking])
def ranking_sealed(event: RankingSealed, rows: FoldRows) -> None:
    rows.put(
        SealedRanking(
            call_id=event.call_id,
            ranking=event.ranking,
            selection=event.evidence["selection"],
            left_out={one["application_id"]: one["reasons"] for one in event.evidence["left_out"]},
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
    reviewer_enrolled,
    conflict_declared,
    assignment_sealed,
    panel_assigned,
    assignment_declined,
    scores_submitted,
    review_completed,
    ranking_sealed,
    award_recommended,
    award_decided,
)
