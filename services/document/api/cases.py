"""What is missing from one application, and asking the applicant to mend it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from services.chassis.errors import NotFound
from services.chassis.gate import Gate
from services.document.api.days import RealDay
from services.document.commands.corrections import RequestCorrection, correction_body
from services.document.commands.files import file_body
from services.document.commands.parcels import parcel_body
from services.document.store import case_of, check_of, corrections_of, files_of, parcels_of

router = APIRouter()

ApplicationId = Annotated[str, Path(min_length=1, max_length=128)]


class CorrectionBody(BaseModel):
    """Until when the applicant may mend what is missing."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    due_on: RealDay
    """The last day, counted to its end, in the call's own zone."""


@router.post("/v1/applications/{application_id}/correction", status_code=201)
async def ask_for_correction(
    application_id: ApplicationId, body: CorrectionBody, gate: Gate
) -> Response:
    """Ask the applicant to mend what is missing; lateness is never up for correction."""
    command = RequestCorrection(application_id, body.due_on, gate.actor.id)
    return await gate.ask(command, allow=("clerk", "officer"), correlation=application_id)


@router.get("/v1/applications/{application_id}/documents")
async def documents(application_id: ApplicationId, gate: Gate) -> dict[str, Any]:
    """Everything known about an application's papers, and the latest assessment."""
    async with gate.query() as session:
        case = await case_of(session, application_id)
        check = await check_of(session, application_id)
        files = await files_of(session, application_id)
        parcels = await parcels_of(session, application_id)
        corrections = await corrections_of(session, application_id)
    subject = case.applicant_id if case else ""
    gate.allow("applicant", "clerk", "screener", "officer", subject=subject)
    if case is None:
        raise NotFound(
            "application_unknown",
            "No submitted application with this id has reached document; check the id.",
            "没有此编号的已提交申请；请核对申请编号。",
        )
    return {
        "application_id": application_id,
        "call_id": case.call_id,
        "call_version": case.call_version,
        "status": case.status,
        "assessment": _assessment(check) if check else None,
        "files": [file_body(f) for f in files],
        "parcels": [parcel_body(p) for p in parcels],
        "corrections": [correction_body(c) for c in corrections],
        "dispatches": [_declared(said, parcels) for said in case.declared],
    }


def _assessment(check: Any) -> dict[str, Any]:
    return {
        "assessment_no": check.assessment_no,
        "verdict": check.verdict,
        "timely": check.timely,
        "reasons": check.reasons,
        "findings": check.findings,
        "electronic_file_id": check.electronic_file_id,
        "assessed_at": check.assessed_at,
    }


def _declared(said: dict[str, Any], parcels: list[Any]) -> dict[str, Any]:
    """What the applicant declared, and whether the parcel agrees; null while it has not come."""
    came = next((p for p in parcels if p.waybill == said["waybill"]), None)
    agrees = came.dispatched_on == said["dispatched_on"] if came else None
    return {**said, "agrees": agrees}
