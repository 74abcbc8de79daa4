"""Events into rows: the only writer of submission's folded tables."""

from typing import Any

from contracts.document import CorrectionRequested, DocumentsAssessed
from contracts.eligibility import EligibilityAssessed
from contracts.review import AwardDecided, AwardRecommended, RankingSealed
from contracts.submission import (
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CallAmended,
    CallClosed,
    CallPublished,
    DispatchDeclared,
    DuplicateRefused,
    ObjectionRaised,
    ObjectionResolved,
    ResultNoticePublished,
)
from contracts.values import Reason
from services.chassis.model import fold
from services.chassis.views import FoldRows
from services.submission.store import (
    Application,
    AwardState,
    Call,
    CallTally,
    CallVersion,
    Correction,
    Dispatch,
    DocumentsState,
    DuplicateRefusal,
    EligibilityState,
    Objection,
    Recommendation,
    ResultNotice,
    SealedRanking,
    SubmittedForm,
)


@fold(CallPublished, into=[Call, CallVersion])
def call_published(event: CallPublished, rows: FoldRows) -> None:
    rows.put(
        Call(
            call_id=event.call_id, call_version=event.call_version, status="open", call=event.call,
            call_sha256=event.call_sha256, published_at=event.published_at,
            in_force_from=event.published_at,
        )
    )  # fmt: skip
    rows.put(_version(event, "", event.published_at))


@fold(CallAmended, into=[Call, CallVersion])
def call_amended(event: CallAmended, rows: FoldRows) -> None:
    """A later version is in force; `commands.amend` closes a call again when its window is over."""
    call = rows.get(Call, event.call_id)
    assert call is not None, "a call is published before it is amended"
    rows.put(
        call.but(
            call_version=event.call_version, call=event.call, call_sha256=event.call_sha256,
            in_force_from=event.amended_at, status="open", closed_at=None,
        )
    )  # fmt: skip
    rows.put(_version(event, event.reason, event.amended_at))


@fold(CallClosed, into=[Call])
def call_closed(event: CallClosed, rows: FoldRows) -> None:
    call = rows.get(Call, event.call_id)
    assert call is not None, "a call is published before it is closed"
    rows.put(call.but(status="closed", closed_at=event.closed_at))


@fold(ApplicationSubmitted, into=[Application, SubmittedForm], counts=[CallTally])
def application_submitted(event: ApplicationSubmitted, rows: FoldRows) -> None:
    rows.put(
        Application(
            application_id=event.application_id, call_id=event.call_id,
            call_version=event.call_version,
            applicant_id=event.applicant.id, applicant_name=event.applicant.name, title=event.title,
            items=list(event.items), requested_fen=event.requested_fen,
            form_sha256=event.form_sha256,
            submitted_by=event.submitted_by, submitted_at=event.submitted_at,
        )
    )  # fmt: skip
    rows.put(SubmittedForm(application_id=event.application_id, form=event.form))
    rows.add(CallTally, event.call_id, received=1)


@fold(DuplicateRefused, into=[DuplicateRefusal], counts=[CallTally])
def duplicate_refused(event: DuplicateRefused, rows: FoldRows) -> None:
    rows.put(
        DuplicateRefusal(
            application_id=event.application_id, call_id=event.call_id,
            applicant_id=event.applicant_id,
            standing_application_id=event.standing_application_id, refused_at=event.refused_at,
        )
    )  # fmt: skip
    rows.add(CallTally, event.call_id, duplicates=1)


@fold(ApplicationWithdrawn, into=[Application], counts=[CallTally])
def application_withdrawn(event: ApplicationWithdrawn, rows: FoldRows) -> None:
    application = rows.get(Application, event.application_id)
    assert application is not None, "an application is submitted before it is withdrawn"
    rows.put(application.but(withdrawn_at=event.withdrawn_at, withdrawn_reason=event.reason))
    rows.add(CallTally, event.call_id, withdrawn=1)


@fold(DispatchDeclared, into=[Dispatch], counts=[CallTally])
def dispatch_declared(event: DispatchDeclared, rows: FoldRows) -> None:
    rows.put(
        Dispatch(
            application_id=event.application_id, waybill=event.waybill, carrier=event.carrier,
            dispatched_on=event.dispatched_on, declared_at=event.declared_at,
        )
    )  # fmt: skip
    rows.add(CallTally, event.call_id, dispatches=1)


@fold(ResultNoticePublished, into=[ResultNotice])
def result_notice_published(event: ResultNoticePublished, rows: FoldRows) -> None:
    rows.put(
        ResultNotice(
            call_id=event.call_id, awards=[a.model_dump() for a in event.awards],
            working_days=event.working_days, posted_on=event.posted_on, ends_on=event.ends_on,
            published_by=event.published_by, published_at=event.published_at,
        )
    )  # fmt: skip


@fold(ObjectionRaised, into=[Objection], counts=[CallTally])
def objection_raised(event: ObjectionRaised, rows: FoldRows) -> None:
    rows.put(
        Objection(
            objection_id=event.objection_id, application_id=event.application_id,
            call_id=event.call_id,
            raised_by=event.raised_by, statement=event.statement,
            evidence_sha256=event.evidence_sha256,
            raised_at=event.raised_at,
        )
    )  # fmt: skip
    rows.add(CallTally, event.call_id, objections=1)


@fold(ObjectionResolved, into=[Objection])
def objection_resolved(event: ObjectionResolved, rows: FoldRows) -> None:
    objection = rows.get(Objection, event.objection_id)
    assert objection is not None, "an objection is raised before it is resolved"
    rows.put(
        objection.but(
            status="upheld" if event.upheld else "dismissed", reason=event.reason,
            resolved_by=event.resolved_by, resolved_at=event.resolved_at,
        )
    )  # fmt: skip


@fold(EligibilityAssessed, into=[EligibilityState])
def eligibility_assessed(event: EligibilityAssessed, rows: FoldRows) -> None:
    rows.put(
        EligibilityState(
            application_id=event.application_id, verdict=event.verdict,
            failed_rules=list(event.failed_rules), open_rules=list(event.open_rules),
            assessed_at=event.assessed_at,
        )
    )  # fmt: skip


@fold(DocumentsAssessed, into=[DocumentsState])
def documents_assessed(event: DocumentsAssessed, rows: FoldRows) -> None:
    rows.put(
        DocumentsState(
            application_id=event.application_id, verdict=event.verdict, timely=event.timely,
            reasons=_reasons(event.reasons), assessed_at=event.assessed_at,
        )
    )  # fmt: skip


@fold(CorrectionRequested, into=[Correction])
def correction_requested(event: CorrectionRequested, rows: FoldRows) -> None:
    rows.put(
        Correction(
            application_id=event.application_id,
            reasons=_reasons(event.reasons),
            due_on=event.due_on,
        )
    )


@fold(RankingSealed, into=[SealedRanking])
def ranking_sealed(event: RankingSealed, rows: FoldRows) -> None:
    rows.put(SealedRanking(call_id=event.call_id, ranking_sha256=event.ranking_sha256))


@fold(AwardRecommended, into=[Recommendation])
def award_recommended(event: AwardRecommended, rows: FoldRows) -> None:
    rows.put(
        Recommendation(
            application_id=event.application_id, call_id=event.call_id,
            applicant_name=event.applicant_name, title=event.title, amount_fen=event.amount_fen,
            rank=event.rank, ranking_sha256=event.ranking_sha256,
        )
    )  # fmt: skip


@fold(AwardDecided, into=[AwardState])
def award_decided(event: AwardDecided, rows: FoldRows) -> None:
    rows.put(
        AwardState(
            application_id=event.application_id, decision=event.decision,
            amount_fen=event.amount_fen,
            reasons=_reasons(event.reasons), decided_at=event.decided_at,
        )
    )  # fmt: skip


def _version(event: CallPublished | CallAmended, reason: str, since: str) -> CallVersion:
    return CallVersion(
        call_id=event.call_id, call_version=event.call_version, call=event.call,
        call_sha256=event.call_sha256, reason=reason, in_force_from=since,
    )  # fmt: skip


def _reasons(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
    return [reason.model_dump() for reason in reasons]


FOLDS = [
    call_published,
    call_amended,
    call_closed,
    application_submitted,
    duplicate_refused,
    application_withdrawn,
    dispatch_declared,
    result_notice_published,
    objection_raised,
    objection_resolved,
    eligibility_assessed,
    documents_assessed,
    correction_requested,
    ranking_sealed,
    award_recommended,
    award_decided,
]
"""Every event that changes a row here."""
