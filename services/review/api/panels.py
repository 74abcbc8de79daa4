"""Routes of panels: made, looked at, filled again."""

from fastapi import APIRouter
from fastapi.responses import Response

from services.chassis.errors import NotFound
from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.review.api.bodies import AssignmentBody, CallId
from services.review.commands import AssignPanels, FillSeats
from services.review.store import (
    AssignmentRun,
    CallTally,
    Case,
    Panel,
    Seat,
    one,
    rows_of,
    vacancies,
)

router = APIRouter(tags=["panels"])


@router.post("/v1/calls/{call_id}/assignment", status_code=201)
async def assign_panels(call_id: CallId, body: AssignmentBody, gate: Gate) -> Response:
    """Make and seal the panels of a call; a dry run shows them with their proof, sealing nothing."""
    command = AssignPanels(call_id, body.seed, body.leave_out_waiting, body.dry_run, gate.actor.id)
    return await gate.ask(command, allow=("officer",), correlation=call_id)


@router.get("/v1/calls/{call_id}/assignment")
async def show_assignment(call_id: CallId, gate: Gate) -> Response:
    """The panels as they now stand, and every run with its proof."""
    gate.allow("officer")
    async with gate.query() as session:
        runs = await rows_of(session, AssignmentRun, call_id=call_id)
        panels = await rows_of(session, Panel, call_id=call_id)
        seats = await rows_of(session, Seat, call_id=call_id, status="seated")
    if not runs:
        raise NotFound(
            "no_panels",
            f"Call {call_id} has no panels yet; assign them first.",
            f"申报通知 {call_id} 尚未分配评审，请先分配。",
        )
    seated: dict[str, list[str]] = {panel.application_id: [] for panel in panels}
    for seat in seats:
        seated[seat.application_id].append(seat.reviewer_id)
    lines = [{**p.model_dump(), "reviewer_ids": seated[p.application_id]} for p in panels]
    proofs = [
        {
            "run_id": run.run_id,
            "kind": run.kind,
            "run_sha256": run.run_sha256,
            "certificate": run.assignment["levels"],
            "sealed_by": run.sealed_by,
            "sealed_at": run.sealed_at,
        }
        for run in sorted(runs, key=lambda run: (run.sealed_at, run.run_id))
    ]
    return json_response({"panels": lines, "runs": proofs}, 200)


@router.post("/v1/calls/{call_id}/assignment/filling", status_code=201)
async def fill_seats(call_id: CallId, gate: Gate) -> Response:
    """Fill every empty seat, and give panels to what has become ready since."""
    return await gate.ask(
        FillSeats(call_id, gate.actor.id), allow=("officer",), correlation=call_id
    )


@router.get("/v1/calls/{call_id}/progress")
async def show_progress(call_id: CallId, gate: Gate) -> Response:
    """How far review has come."""
    gate.allow("officer")
    async with gate.query() as session:
        tally = await one(session, CallTally, call_id) or CallTally(call_id=call_id)
        cases = await rows_of(session, Case, call_id=call_id)
        vacant = await vacancies(session, call_id)
    withdrawn = sum(case.status == "withdrawn" for case in cases)
    counted = {"applications": len(cases), "withdrawn": withdrawn, "vacant_seats": vacant}
    return json_response({**tally.model_dump(), **counted}, 200)
