"""Where an application stands, put together from this service's own rows."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.tables import Row
from services.submission.store import (
    Application,
    AwardState,
    Correction,
    DocumentsState,
    Draft,
    DuplicateRefusal,
    EligibilityState,
    SubmittedForm,
    dispatches_of,
    one,
)

ELSEWHERE: dict[str, type[Row]] = {
    "eligibility": EligibilityState,
    "documents": DocumentsState,
    "correction": Correction,
    "award": AwardState,
}
"""What other services said, by the name the applicant sees it under."""


def line(row: Any) -> dict[str, Any]:
    """A draft or a sent application in a list."""
    if isinstance(row, Draft):
        return {
            "application_id": row.application_id,
            "call_id": row.call_id,
            "applicant_id": row.applicant_id,
            "applicant_name": row.applicant["name"],
            "title": row.content["title"],
            "status": "draft",
        }
    return {
        "application_id": row.application_id,
        "call_id": row.call_id,
        "applicant_id": row.applicant_id,
        "applicant_name": row.applicant_name,
        "title": row.title,
        "status": "withdrawn" if row.withdrawn_at else "submitted",
        "submitted_at": row.submitted_at,
    }


async def status(session: AsyncSession, sent: Application) -> dict[str, Any]:
    """A sent application with its content, its parcels, and what others decided about it."""
    form = await one(session, SubmittedForm, sent.application_id)
    parcels = await dispatches_of(session, sent.application_id)
    return {
        **line(sent),
        "call_version": sent.call_version,
        "content": {
            "title": sent.title,
            "items": sent.items,
            "requested_fen": sent.requested_fen,
            "form": form.form,
        },
        "form_sha256": sent.form_sha256,
        "withdrawn_at": sent.withdrawn_at,
        "dispatches": [_members(parcel) for parcel in parcels],
        **{
            name: _members(await one(session, table, sent.application_id))
            for name, table in ELSEWHERE.items()
        },
    }


async def draft_status(session: AsyncSession, draft: Draft) -> dict[str, Any]:
    """A draft with its content, and the standing application in its way, if any."""
    refusal = await one(session, DuplicateRefusal, draft.application_id)
    return {
        **line(draft),
        "applicant": draft.applicant,
        "content": draft.content,
        "version": draft.version,
        "saved_at": draft.saved_at,
        "duplicate_of": refusal.standing_application_id if refusal else None,
    }


def _members(row: Any) -> dict[str, Any] | None:
    """The row as JSON, without the id that the reader asked for."""
    if row is None:
        return None
    return {name: getattr(row, name) for name in row.spec.columns if name != "application_id"}
