"""Routes of calls: published, amended and closed by officers, read by anyone."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.responses import Response

from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.submission.api.bodies import After, AmendmentBody, CallId, Limit
from services.submission.commands.calls import AmendCall, CloseCall, PublishCall
from services.submission.commands.guards import in_force, known
from services.submission.store import (
    Call,
    CallTally,
    CallVersion,
    calls_after,
    one,
    open_objections,
)

router = APIRouter(tags=["calls"])


@router.post("/v1/calls", status_code=201)
async def publish_call(call: Annotated[dict[str, Any], Body()], gate: Gate) -> Response:
    """Publish a call. The body is the call document; everything missing is named at once."""
    command = PublishCall(call, gate.actor.id)
    return await gate.ask(command, allow=("officer",), correlation=command.call_id)


@router.post("/v1/calls/{call_id}/amendment")
@router.put("/v1/calls/{call_id}")
async def amend_call(call_id: CallId, body: AmendmentBody, gate: Gate) -> Response:
    """Put a later version in force; a longer window re-opens a closed call."""
    command = AmendCall(call_id, body.call, body.reason, gate.if_match, gate.actor.id)
    return await gate.ask(command, allow=("officer",), correlation=call_id)


@router.post("/v1/calls/{call_id}/closing")
async def close_call(call_id: CallId, gate: Gate) -> Response:
    """Close a call, once every channel's window is over."""
    return await gate.ask(
        CloseCall(call_id, gate.actor.id), allow=("officer",), correlation=call_id
    )


@router.get("/v1/calls")
async def list_calls(gate: Gate, after: After = "", limit: Limit = 50) -> Response:
    """The calls published here, by id."""
    gate.public()
    async with gate.query() as session:
        rows = await calls_after(session, after, limit)
    calls = [_line(row) for row in rows]
    return json_response(
        {"calls": calls, "next": calls[-1]["call_id"] if len(calls) == limit else None}, 200
    )


@router.get("/v1/calls/{call_id}")
async def read_call(
    call_id: CallId, gate: Gate, version: Annotated[int | None, Query(ge=1, le=10_000)] = None
) -> Response:
    """A call as it is in force now, or in the version a receipt names."""
    gate.public()
    async with gate.query() as session:
        row = known(await one(session, Call, call_id), call_id)
        shown = await one(session, CallVersion, call_id, version or row.call_version)
    held = known(shown, f"{call_id}, version {version}")
    body = {
        **_line(row),
        "call_version": held.call_version,
        "call_sha256": held.call_sha256,
        "call": held.call,
    }
    response = json_response(body, 200)
    response.headers["ETag"] = f'"{held.call_version}"'
    return response


@router.get("/v1/calls/{call_id}/tally")
async def read_tally(call_id: CallId, gate: Gate) -> Response:
    """How many applications came in, were withdrawn, were refused as duplicates; never whose."""
    gate.public()
    async with gate.query() as session:
        known(await one(session, Call, call_id), call_id)
        tally = await one(session, CallTally, call_id) or CallTally(call_id=call_id)
        unanswered = await open_objections(session, call_id)
    return json_response({**_counters(tally), "objections_open": unanswered}, 200)


def _counters(tally: CallTally) -> dict[str, Any]:
    return {name: getattr(tally, name) for name in CallTally.spec.columns}


def _line(row: Call) -> dict[str, Any]:
    terms = in_force(row)
    return {
        "call_id": row.call_id,
        "title": row.call.get("title"),
        "status": row.status,
        "call_version": row.call_version,
        "call_sha256": row.call_sha256,
        "opens_at": terms.opens_at,
        "closes_before": terms.closes_before,
        "published_at": row.published_at,
        "in_force_from": row.in_force_from,
        "closed_at": row.closed_at,
    }
