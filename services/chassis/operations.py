"""What an operator asks of any service: how it stands, its dead letters, and letting keys go on."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.chassis import letters
from services.chassis.errors import Conflict
from services.chassis.gate import Gate
from services.chassis.ids import derived
from services.chassis.problems import json_response
from services.chassis.proposals import Act, approve, propose, reject
from services.chassis.redrive import redrive
from services.chassis.standing import standing
from services.chassis.store import Audit

router = APIRouter(prefix="/v1/operations", tags=["operations"])

ProposalId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]


class RedriveBody(BaseModel):
    """Which key to look at. Only a dry run: what changes the store is proposed and approved."""

    model_config = ConfigDict(extra="forbid")

    topic: str
    key: str
    dry_run: bool = True


class ProposalBody(BaseModel):
    """What to do to which dead letters, why, and how fast. One of topic, key, fingerprint at least."""

    model_config = ConfigDict(extra="forbid")

    act: Act
    topic: str = ""
    key: str = ""
    fingerprint: str = ""
    reason: str = Field(min_length=1, max_length=2_000)
    keys_per_second: int = Field(default=20, ge=1, le=1_000)


@router.get("/standing")
async def show_standing(gate: Gate) -> Response:
    """Where the service stands: positions, sequences, outbox, parked keys, circuit breaker."""
    gate.allow("operator")
    async with gate.query() as session:
        return json_response(await standing(gate.runtime, session), 200)


@router.get("/dead-letters")
async def dead_letters(
    gate: Gate, state: str = "", fingerprint: str = "", topic: str = "",
    limit: int = Query(100, ge=1, le=1000),
) -> Response:  # fmt: skip
    """Records that were not applied, newest first, with cause and fingerprint."""
    gate.allow("operator")
    wanted = {"state": state, "fingerprint": fingerprint, "topic": topic}
    async with gate.query() as session:
        found = await letters.letters(session, wanted, limit)
        return json_response(
            {"totals": await letters.totals(session), "dead_letters": found}, 200
        )  # fmt: skip


@router.get("/dead-letter-groups")
async def dead_letter_groups(gate: Gate, state: str = "") -> Response:
    """Letters grouped by fingerprint: what went wrong, how often, first and last."""
    gate.allow("operator")
    async with gate.query() as session:
        return json_response({"groups": await letters.groups(session, state)}, 200)


@router.get("/parked-keys")
async def show_parked_keys(gate: Gate, limit: int = Query(100, ge=1, le=1000)) -> Response:
    """Keys that wait, longest first, with the length of their queues."""
    gate.allow("operator")
    async with gate.query() as session:
        return json_response({"parked_keys": await letters.parked_keys(session, limit)}, 200)


@router.post("/redrives")
async def make_redrive(body: RedriveBody, gate: Gate) -> Response:
    """Say what applying a parked key's records would change; nothing changes."""
    actor = gate.allow("operator")
    if not body.dry_run:
        raise Conflict(
            "proposal_needed",
            "A redrive changes the store: POST /v1/operations/proposals, and let another operator "
            "approve it.",
            "重放会改变数据，请提交提案并由另一人批准。",
        )
    done = await redrive(
        gate.runtime, topic=body.topic, key=body.key, actor=actor.id, approver="", dry_run=True
    )
    return json_response(done, 200)


@router.post("/proposals")
async def make_proposal(body: ProposalBody, gate: Gate) -> Response:
    """Propose to redrive, discard or read again; answered with what it would do."""
    actor = gate.allow("operator")
    wanted = {"topic": body.topic, "event_key": body.key, "fingerprint": body.fingerprint}
    made = await propose(
        gate.runtime, body.act, wanted, body.reason, body.keys_per_second, actor.id
    )
    return json_response(made, 201)


@router.get("/proposals")
async def show_proposals(
    gate: Gate, state: str = "", limit: int = Query(100, ge=1, le=1000)
) -> Response:
    """What was proposed, by whom, who decided, and how far it is."""
    gate.allow("operator")
    async with gate.query() as session:
        return json_response({"proposals": await letters.proposals(session, state, limit)}, 200)


@router.post("/proposals/{proposal_id}/approval")
async def approve_proposal(proposal_id: ProposalId, gate: Gate) -> Response:
    """Approve what another operator proposed; it runs from now on."""
    actor = gate.allow("operator")
    return json_response(await approve(gate.runtime, proposal_id, actor.id), 202)


@router.post("/proposals/{proposal_id}/rejection")
async def reject_proposal(proposal_id: ProposalId, gate: Gate) -> Response:
    """Refuse a proposal, or take back one's own."""
    actor = gate.allow("operator")
    return json_response(await reject(gate.runtime, proposal_id, actor.id), 200)


@router.get("/audits")
async def show_audits(gate: Gate, limit: int = Query(100, ge=1, le=1000)) -> Response:
    """What operators did to the machinery: redrives, discards, rebuilds, resets."""
    gate.allow("operator")
    async with gate.query() as session:
        return json_response({"audits": await letters.audits(session, limit)}, 200)


@router.post("/circuit-breaker/reset")
async def reset_circuit_breaker(gate: Gate) -> Response:
    """Let intake go on after the circuit breaker stopped it; it may trip again at once."""
    actor = gate.allow("operator")
    intake = gate.runtime.intake
    if intake is None or not intake.tripped:
        raise Conflict(
            "breaker_closed", "The circuit breaker has not tripped.", "熔断器未触发。"
        )  # fmt: skip
    row = Audit(
        id=derived(f"{gate.now}/{actor.id}", "reset"), act="reset_circuit_breaker", actor=actor.id,
        approver="", done_at=gate.runtime.clock.now(),
        detail={"refused": str(sum(gate.runtime.writer.refused))},
    )  # fmt: skip
    async with gate.runtime.session() as session, session.begin():
        session.add(Audit.Table(**row.model_dump()))
    gate.runtime.writer.refused.clear()
    return json_response({"reset": True}, 200)
