"""The paper register over HTTP: a clerk enters deliveries and counts them again."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from services.chassis.gate import Gate
from services.document.api.days import RealDay, RealInstant
from services.document.commands.parcels import (
    Count,
    RecountParcel,
    RegisterParcel,
    parcel_body,
)
from services.document.store import register_of

router = APIRouter()

ApplicationId = Annotated[str, Path(min_length=1, max_length=128)]
Copies = Annotated[StrictInt, Field(ge=0, le=1_000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class ParcelBody(BaseModel):
    """What was found when a delivery was opened."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    channel: Literal["courier", "hand"]
    carrier: Line = ""
    waybill: Line = ""
    """The number on the waybill; empty when there is none or nobody can read it."""
    dispatched_on: RealDay | None = None
    """The day on the waybill; null when nobody can read it. Never a guess."""
    arrived_at: RealInstant
    copies: Copies
    originals: Copies
    """How many of the copies are originals."""
    sealed: Copies
    """How many of the copies bear the applicant's seal."""
    opinion_signed: bool
    vetted: bool
    opinion_written: bool | None = None
    """Whether the opinion says anything; null here and below when nobody looked separately."""
    opinion_dated: bool | None = None
    signatory: Line = ""
    """Who signed: `legal_representative`, `secretary_general` or `delegate`."""
    matches_electronic: bool | None = None


class RecountBody(ParcelBody):
    """A whole new count of a known parcel, and why."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=500)]


@router.post("/v1/applications/{application_id}/parcels", status_code=201)
async def register(application_id: ApplicationId, body: ParcelBody, gate: Gate) -> Response:
    """Enter a delivery; the same delivery again gets the same answer."""
    command = RegisterParcel(application_id, Count(**body.model_dump()), gate.actor.id)
    return await gate.ask(command, allow=("clerk", "officer"), correlation=application_id)


@router.post("/v1/applications/{application_id}/parcels/{parcel_id}/recount")
async def recount(
    application_id: ApplicationId, parcel_id: str, body: RecountBody, gate: Gate
) -> Response:
    """Count a known parcel again: a day the carrier named, or a miscount mended."""
    count = Count(**body.model_dump(exclude={"reason"}))
    command = RecountParcel(application_id, parcel_id, count, body.reason, gate.actor.id)
    return await gate.ask(command, allow=("clerk", "officer"), correlation=application_id)


@router.get("/v1/parcels")
async def paper_register(
    gate: Gate,
    call_id: Annotated[str, Query(min_length=1, max_length=128)],
    after: Annotated[str, Query(max_length=300)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """The paper register of a call, by application; `next` is the `after` of the next page."""
    gate.allow("clerk", "screener", "officer")
    application_id, _, parcel_id = after.partition("~")
    async with gate.query() as session:
        parcels = await register_of(session, call_id, (application_id, parcel_id), limit)
    last = parcels[-1] if len(parcels) == limit else None
    return {
        "call_id": call_id,
        "parcels": [parcel_body(p) for p in parcels],
        "next": f"{last.application_id}~{last.parcel_id}" if last else None,
    }
