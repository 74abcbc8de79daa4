"""How events become document's rows: the only writer."""

from collections.abc import Iterable
from typing import Any

from contracts.document import CorrectionRequested, DocumentsAssessed, FileReceived, PaperReceived
from contracts.submission import (
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CallAmended,
    CallPublished,
    DispatchDeclared,
)
from contracts.values import Reason
from services.chassis.errors import Invalid
from services.chassis.model import fold
from services.document.rules.evidence import requirements_document
from services.document.rules.requirements import CallUnreadable, requirements_from_call
from services.document.store import CallTerms, Case, Check, Correction, File, Parcel


@fold(CallPublished, into=[CallTerms])
def call_published(event: CallPublished, rows: Any) -> None:
    rows.put(terms_of(event))


@fold(CallAmended, into=[CallTerms])
def call_amended(event: CallAmended, rows: Any) -> None:
    rows.put(terms_of(event))


def terms_of(event: CallPublished | CallAmended) -> CallTerms:
    """What this version of the call asks for.

    Raises:
        Invalid: the call cannot be read; its key waits until somebody has looked.
    """
    try:
        requirements = requirements_document(requirements_from_call(event.call))
    except CallUnreadable as bad:
        raise Invalid("call_unreadable", str(bad), f"申报通知数据无法读取：{bad}") from bad
    return CallTerms(
        call_id=event.call_id, call_version=event.call_version, requirements=requirements
    )


@fold(ApplicationSubmitted, into=[Case])
def application_submitted(event: ApplicationSubmitted, rows: Any) -> None:
    rows.put(
        Case(
            application_id=event.application_id,
            call_id=event.call_id,
            call_version=event.call_version,
            applicant_id=event.applicant.id,
            submitted_at=event.submitted_at,
        )
    )


@fold(ApplicationWithdrawn, into=[Case])
def application_withdrawn(event: ApplicationWithdrawn, rows: Any) -> None:
    if case := rows.get(Case, event.application_id):
        rows.put(case.but(status="withdrawn"))


@fold(DispatchDeclared, into=[Case])
def dispatch_declared(event: DispatchDeclared, rows: Any) -> None:
    if case := rows.get(Case, event.application_id):
        said = {
            "carrier": event.carrier,
            "waybill": event.waybill,
            "dispatched_on": event.dispatched_on,
        }
        rows.put(case.but(declared=[*(d for d in case.declared if d != said), said]))


@fold(FileReceived, into=[File])
def file_received(event: FileReceived, rows: Any) -> None:
    rows.put(File(**event.model_dump()))


@fold(PaperReceived, into=[Parcel])
def paper_received(event: PaperReceived, rows: Any) -> None:
    rows.put(Parcel(**event.model_dump()))


@fold(DocumentsAssessed, into=[Check])
def documents_assessed(event: DocumentsAssessed, rows: Any) -> None:
    rows.put(
        Check(
            application_id=event.application_id,
            call_id=event.call_id,
            assessment_no=event.assessment_no,
            verdict=event.verdict,
            timely=event.timely,
            reasons=_listed(event.reasons),
            findings=_listed(event.findings),
            electronic_file_id=event.electronic_file_id,
            evidence=event.evidence,
            assessed_at=event.assessed_at,
        )
    )


@fold(CorrectionRequested, into=[Correction])
def correction_requested(event: CorrectionRequested, rows: Any) -> None:
    rows.put(
        Correction(
            application_id=event.application_id,
            requested_at=event.requested_at,
            due_on=event.due_on,
            reasons=_listed(event.reasons),
            requested_by=event.requested_by,
        )
    )


def _listed(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    return [reason.model_dump() for reason in reasons]


FOLDS = [
    call_published,
    call_amended,
    application_submitted,
    application_withdrawn,
    dispatch_declared,
    file_received,
    paper_received,
    documents_assessed,
    correction_requested,
]
