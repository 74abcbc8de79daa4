"""What an operator asks of any service: its dead letters, and letting parked keys go on."""

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func
from sqlmodel import col, select

from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.chassis.redrive import redrive
from services.chassis.store import DeadLetter

router = APIRouter(prefix="/v1/operations", tags=["operations"])


class RedriveBody(BaseModel):
    """Which key to let go on, who approved it, and whether only to look."""

    model_config = ConfigDict(extra="forbid")

    topic: str
    key: str
    approver: str = ""
    dry_run: bool = True


@router.get("/dead-letters")
async def dead_letters(
    gate: Gate, state: str = "", limit: int = Query(100, ge=1, le=1000)
) -> Response:
    """Records that were not applied, newest first, with cause and fingerprint."""
    gate.allow("operator")
    table = DeadLetter.Table
    query = (
        select(table).order_by(col(table.seen_at).desc(), col(table.position).desc()).limit(limit)
    )
    if state:
        query = query.where(col(table.state) == state)
    async with gate.query() as session:
        rows = (await session.scalars(query)).all()
        counted = await session.execute(
            select(table.state, table.code, func.count()).group_by(table.state, table.code)
        )
        totals = [{"state": s, "code": c, "count": n} for s, c, n in counted.all()]
    return json_response({"totals": totals, "dead_letters": [r.model_dump() for r in rows]}, 200)


@router.post("/redrives")
async def make_redrive(body: RedriveBody, gate: Gate) -> Response:
    """Apply a parked key's records in order. A dry run says what would change and changes nothing."""
    actor = gate.allow("operator")
    done = await redrive(
        gate.runtime,
        topic=body.topic,
        key=body.key,
        actor=actor.id,
        approver=body.approver,
        dry_run=body.dry_run,
    )
    return json_response(done, 200)
