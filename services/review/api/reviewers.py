"""Routes of reviewers: who they are, what they were given, what keeps them away."""

from fastapi import APIRouter
from fastapi.responses import Response

from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.review.api.bodies import (
    After,
    ApplicationId,
    CallId,
    ConflictBody,
    DeclineBody,
    Limit,
    ReviewerBody,
    ReviewerId,
    ScoresBody,
)
from services.review.commands import (
    DeclareConflict,
    DeclineAssignment,
    EnrolReviewer,
    SubmitScores,
)
from services.review.rules.conflicts import Party
from services.review.store import assignments_after, experts_after

router = APIRouter(tags=["reviewers"])


@router.post("/v1/calls/{call_id}/reviewers", status_code=201)
async def enrol_reviewer(call_id: CallId, body: ReviewerBody, gate: Gate) -> Response:
    """Enrol a reviewer under a call, or mend what they know and how much they take."""
    said = {**body.model_dump(), "items": tuple(body.items)}
    command = EnrolReviewer(call_id=call_id, by=gate.actor.id, **said)
    return await gate.ask(command, allow=("officer",), correlation=body.reviewer_id)


@router.get("/v1/calls/{call_id}/reviewers")
async def list_reviewers(
    call_id: CallId, gate: Gate, after: After = "", limit: Limit = 200
) -> Response:
    """The reviewers of a call with how many seats each has."""
    gate.allow("officer")
    async with gate.query() as session:
        found = await experts_after(session, call_id, after, limit)
    lines = [{**expert.model_dump(), "seats": seats} for expert, seats in found]
    following = lines[-1]["reviewer_id"] if len(lines) == limit else None
    return json_response({"reviewers": lines, "next": following}, 200)


@router.get("/v1/reviewers/{reviewer_id}/assignments")
async def list_assignments(
    reviewer_id: ReviewerId, gate: Gate, after: After = "", limit: Limit = 200
) -> Response:
    """What a reviewer has been given and what is still to be scored; never what others said."""
    gate.allow("reviewer", "officer", subject=reviewer_id)
    async with gate.query() as session:
        found = await assignments_after(session, reviewer_id, after, limit)
    lines = [
        {
            "application_id": case.application_id,
            "call_id": case.call_id,
            "title": case.title,
            "items": case.items,
            "scored_at": scored_at,
        }
        for case, scored_at in found
    ]
    following = lines[-1]["application_id"] if len(lines) == limit else None
    return json_response({"assignments": lines, "next": following}, 200)


@router.post("/v1/applications/{application_id}/conflicts", status_code=201)
async def declare_conflict(
    application_id: ApplicationId, body: ConflictBody, gate: Gate
) -> Response:
    """Declare a tie; a reviewer for themselves, an officer for anyone."""
    party = Party.OFFICER if "officer" in gate.actor.roles else Party.REVIEWER
    command = DeclareConflict(
        application_id, body.reviewer_id, body.kind, body.statement, gate.actor.id, party
    )
    return await gate.ask(
        command, allow=("reviewer", "officer"), subject=body.reviewer_id, correlation=application_id
    )


@router.post("/v1/applications/{application_id}/declines", status_code=201)
async def decline(application_id: ApplicationId, body: DeclineBody, gate: Gate) -> Response:
    """Give a seat back; it is filled again at once where anybody may take it."""
    command = DeclineAssignment(application_id, body.reviewer_id, body.reason, gate.actor.id)
    return await gate.ask(
        command, allow=("reviewer", "officer"), subject=body.reviewer_id, correlation=application_id
    )


@router.post("/v1/applications/{application_id}/scores", status_code=201)
async def submit_scores(application_id: ApplicationId, body: ScoresBody, gate: Gate) -> Response:
    """Hand in a score sheet, once; nobody does it for a reviewer."""
    command = SubmitScores(application_id, body.reviewer_id, body.points, body.comment)
    return await gate.ask(
        command, allow=("reviewer",), subject=body.reviewer_id, correlation=application_id
    )
