"""The story of a case and its state at any moment, through all services."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.errors import Invalid, NotFound
from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.ops.replays.moment import Moment, MomentUnreadable, moment_of
from services.ops.replays.operating import CaseUnknown, WarmCases
from services.ops.store import story

router = APIRouter(tags=["cases"])


@router.get("/v1/traces/{case}")
async def show_trace(case: str, gate: Gate) -> Response:
    """The causal tree of an application or any correlation id, across all services."""
    gate.allow("operator", "officer")
    async with gate.query() as session:
        found = await story(session, case)
    if not found:
        raise _unknown(case)
    return json_response({"case": case, "events": found}, 200)


@router.get("/v1/cases/{case}")
async def show_case(
    case: str, request: Request, gate: Gate, at: str = "now", to: str = ""
) -> Response:
    """The rows of a case in every service as of a moment; with `to`, what differs until then.

    A moment is `now`, an instant with its offset, or `topic/partition/offset`.
    """
    gate.allow("operator", "officer")
    moments = [moment(said) for said in (at, to) if said]
    cases: WarmCases = request.app.state.cases
    try:
        found: dict[str, Any] = await cases.as_of(case, *moments)
    except CaseUnknown as unknown:
        raise _unknown(case) from unknown
    return json_response(found, 200)


def moment(said: str) -> Moment:
    """A moment as it was asked for.

    Raises:
        Invalid: it is none.
    """
    try:
        return moment_of(said)
    except MomentUnreadable as bad:
        raise Invalid("moment_unreadable", bad.en, bad.zh) from bad


def _unknown(case: str) -> NotFound:
    return NotFound(
        "case_unknown",
        f"Nothing in the log concerns {case}.",
        f"日志中没有与 {case} 有关的记录。",
    )
