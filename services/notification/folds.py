"""How events become notification's rows: the only writer."""

from collections.abc import Iterable
from typing import Any

from contracts.document import CorrectionRequested, DocumentsAssessed
from contracts.eligibility import EligibilityAssessed
from contracts.finance import PaymentConfirmed
from contracts.notification import MessageFailed, MessageQueued, MessageSent
from contracts.review import AwardDecided
from contracts.submission import (
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CallAmended,
    CallPublished,
    DuplicateRefused,
)
from contracts.values import Reason
from services.chassis.errors import Invalid
from services.chassis.model import fold
from services.notification.rules.instants import milliseconds
from services.notification.rules.reading import barring_reasons, call_of
from services.notification.store import (
    Addressee,
    Award,
    CallNote,
    Correction,
    FormalCheck,
    Message,
    Payment,
    Refusal,
    Screening,
)


@fold(CallPublished, into=[CallNote])
def call_published(event: CallPublished, rows: Any) -> None:
    rows.put(_note(event))


@fold(CallAmended, into=[CallNote])
def call_amended(event: CallAmended, rows: Any) -> None:
    rows.put(_note(event))


def _note(event: CallPublished | CallAmended) -> CallNote:
    try:
        call = call_of(event.call)
    except (KeyError, TypeError, ValueError) as bad:
        raise Invalid(
            "call_unreadable",
            f"title or window.closes_before of the call: {type(bad).__name__}: {bad}",
            f"申报通知数据缺少标题或截止时刻：{bad}",
        ) from bad
    return CallNote(
        call_id=event.call_id,
        call_version=event.call_version,
        title=call.title,
        closes_before=call.closes_before,
    )


@fold(ApplicationSubmitted, into=[Addressee])
def application_submitted(event: ApplicationSubmitted, rows: Any) -> None:
    rows.put(
        Addressee(
            application_id=event.application_id,
            call_id=event.call_id,
            call_version=event.call_version,
            applicant_name=event.applicant.name,
            email=event.applicant.contact_email,
            title=event.title,
            requested_fen=event.requested_fen,
            form_sha256=event.form_sha256,
            submitted_at=event.submitted_at,
        )
    )


@fold(ApplicationWithdrawn, into=[Addressee])
def application_withdrawn(event: ApplicationWithdrawn, rows: Any) -> None:
    if addressee := rows.get(Addressee, event.application_id):
        rows.put(addressee.but(withdrawn_at=event.withdrawn_at))


@fold(DuplicateRefused, into=[Refusal])
def duplicate_refused(event: DuplicateRefused, rows: Any) -> None:
    if rows.get(Refusal, event.application_id) is None:
        rows.put(
            Refusal(
                application_id=event.application_id,
                call_id=event.call_id,
                standing_application_id=event.standing_application_id,
                refused_at=event.refused_at,
            )
        )


@fold(EligibilityAssessed, into=[Screening])
def eligibility_assessed(event: EligibilityAssessed, rows: Any) -> None:
    rows.put(
        Screening(
            application_id=event.application_id,
            assessment_no=event.assessment_no,
            verdict=event.verdict,
            reasons=barring_reasons(event.failed_rules, event.assessment),
            assessed_at=event.assessed_at,
        )
    )


@fold(DocumentsAssessed, into=[FormalCheck])
def documents_assessed(event: DocumentsAssessed, rows: Any) -> None:
    rows.put(
        FormalCheck(
            application_id=event.application_id,
            assessment_no=event.assessment_no,
            verdict=event.verdict,
            timely=event.timely,
            reasons=_listed(event.reasons),
            assessed_at=event.assessed_at,
        )
    )


@fold(CorrectionRequested, into=[Correction])
def correction_requested(event: CorrectionRequested, rows: Any) -> None:
    rows.put(
        Correction(
            application_id=event.application_id,
            due_on=event.due_on,
            reasons=_listed(event.reasons),
            requested_at=event.requested_at,
        )
    )


@fold(AwardDecided, into=[Award])
def award_decided(event: AwardDecided, rows: Any) -> None:
    if rows.get(Award, event.application_id, event.decision) is None:
        rows.put(
            Award(
                application_id=event.application_id,
                decision=event.decision,
                amount_fen=event.amount_fen,
                reasons=_listed(event.reasons),
                decided_at=event.decided_at,
            )
        )


@fold(PaymentConfirmed, into=[Payment])
def payment_confirmed(event: PaymentConfirmed, rows: Any) -> None:
    rows.put(
        Payment(
            application_id=event.application_id,
            payment_id=event.payment_id,
            tranche_no=event.tranche_no,
            amount_fen=event.amount_fen,
            booked_on=event.booked_on,
            confirmed_at=event.confirmed_at,
        )
    )


@fold(MessageQueued, into=[Message])
def message_queued(event: MessageQueued, rows: Any) -> None:
    rows.put(
        Message(
            message_id=event.message_id,
            about=event.about,
            recipient=event.recipient,
            template=event.template,
            languages=list(event.languages),
            content=event.values,
            queued_at=event.queued_at,
            queued_ms=milliseconds(event.queued_at),
        )
    )


@fold(MessageSent, into=[Message])
def message_sent(event: MessageSent, rows: Any) -> None:
    if message := rows.get(Message, event.message_id):
        rows.put(
            message.but(
                state="sent",
                reason="",
                settled_at=event.sent_at,
                mail_sha256=event.mail_sha256,
            )
        )


@fold(MessageFailed, into=[Message])
def message_failed(event: MessageFailed, rows: Any) -> None:
    if message := rows.get(Message, event.message_id):
        rows.put(
            message.but(
                state="failed" if event.permanent else "queued",
                failures=message.failures + 1,
                reason=event.reason,
                due_ms=milliseconds(event.retry_at) if event.retry_at else 0,
                settled_at=event.failed_at if event.permanent else None,
            )
        )


def _listed(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    return [reason.model_dump() for reason in reasons]


FOLDS = [
    call_published,
    call_amended,
    application_submitted,
    application_withdrawn,
    duplicate_refused,
    eligibility_assessed,
    documents_assessed,
    correction_requested,
    award_decided,
    payment_confirmed,
    message_queued,
    message_sent,
    message_failed,
]
