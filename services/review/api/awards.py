"""Routes of the ranking and of the awards."""

from fastapi import APIRouter
from fastapi.responses import Response

from services.chassis.errors import NotFound
from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.review.api.bodies import After, CallId, DecisionBody, Limit, SealBody, TieBody
from services.review.commands import DecideAwards, SealRanking, SettleTie
from services.review.store import SealedRanking, awards_after, one

router = APIRouter(tags=["awards"])


@router.post("/v1/calls/{call_id}/ranking", status_code=201)
async def seal_ranking(call_id: CallId, gate: Gate, body: SealBody | None = None) -> Response:
    """Rank, select under the caps, seal and recommend."""
    accept = body is not None and body.accept_vacant_seats
    command = SealRanking(call_id, accept, gate.actor.id)
    return await gate.ask(command, allow=("officer",), correlation=call_id)


@router.get("/v1/calls/{call_id}/ranking")
async def show_ranking(call_id: CallId, gate: Gate) -> Response:
    """The sealed ranking with its selection, and what was left out."""
    gate.allow("officer")
    async with gate.query() as session:
        sealed = await one(session, SealedRanking, call_id)
    if sealed is None:
        raise NotFound(
            "not_sealed", f"The ranking of {call_id} is not sealed.", f"{call_id} 的排名尚未封存。"
        )
    return json_response(sealed.model_dump(), 200)


@router.post("/v1/calls/{call_id}/tie", status_code=201)
async def settle_tie(call_id: CallId, body: TieBody, gate: Gate) -> Response:
    """Choose among applications that the ranking left equal across the line."""
    command = SettleTie(call_id, tuple(body.application_ids), body.reason, gate.actor.id)
    return await gate.ask(command, allow=("officer",), correlation=call_id)


@router.post("/v1/calls/{call_id}/award-decisions", status_code=201)
async def decide_awards(call_id: CallId, body: DecisionBody, gate: Gate) -> Response:
    """Decide every application of a call, after the public notice."""
    withheld = tuple((w.application_id, w.reason) for w in body.withheld)
    command = DecideAwards(call_id, body.awards_expected, withheld, gate.actor.id)
    return await gate.ask(command, allow=("officer",), correlation=call_id)


@router.get("/v1/calls/{call_id}/awards")
async def list_awards(
    call_id: CallId, gate: Gate, after: After = "", limit: Limit = 200
) -> Response:
    """What became of every application."""
    gate.allow("officer", "finance")
    async with gate.query() as session:
        awards = [a.model_dump() for a in await awards_after(session, call_id, after, limit)]
    following = awards[-1]["application_id"] if len(awards) == limit else None
    return json_response({"awards": awards, "next": following}, 200)
