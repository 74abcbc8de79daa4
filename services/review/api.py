"""Review over HTTP: reviewers, conflicts, panels, score sheets, ranking, awards."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.chassis.errors import NotFound
from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.review.commands import (
    AssignPanels,
    DecideAwards,
    DeclareConflict,
    DeclineAssignment,
    EnrolReviewer,
    SealRanking,
    SubmitScores,
)
from services.review.store import (
    Award,
    CallTally,
    Case,
    Expert,
    ScoreSheet,
    SealedRanking,
    Seat,
    one,
    rows_of,
)

router = APIRouter()

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Statement = Annotated[str, StringConstraints(max_length=4000)]
Points = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class Body(BaseModel):
    """Bodies say nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid")


class ReviewerBody(Body):
    """A person who may be asked to review."""

    reviewer_id: Word
    name: Word
    organisation_id: Word
    organisation_name: Word
    email: Word
    items: list[Word] = Field(max_length=100)
    load_min: int = Field(default=0, ge=0, le=1000)
    load_max: int = Field(ge=1, le=1000)


class ConflictBody(Body):
    """A tie between a reviewer and an application."""

    reviewer_id: Word
    kind: Literal[
        "same_organisation", "applicant_staff", "family", "recent_cooperation",
        "financial_interest", "personal_relation", "requested_avoidance", "other",
    ]  # fmt: skip
    statement: Statement = ""


class AssignmentBody(Body):
    """How to make the panels of a call."""

    seed: Word
    leave_out_waiting: bool = False
    dry_run: bool = False


class DeclineBody(Body):
    """Why a reviewer cannot review an application."""

    reviewer_id: Word
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class ScoresBody(Body):
    """Whole points per criterion."""

    reviewer_id: Word
    points: dict[Word, Points]
    comment: Statement = ""


class Withheld(Body):
    """A recommended application that is not awarded after all."""

    application_id: Word
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class DecisionBody(Body):
    """The owner's word: how many awards, and which recommendations are not followed."""

    awards_expected: int = Field(ge=0, le=10_000)
    withheld: list[Withheld] = []


@router.post("/v1/calls/{call_id}/reviewers", status_code=201)
async def enrol_reviewer(call_id: str, body: ReviewerBody, gate: Gate) -> Response:
    """Enrol a reviewer under a call."""
    said = body.model_dump()
    said["items"] = tuple(said["items"])
    command = EnrolReviewer(call_id=call_id, by=gate.actor.id, **said)
    return await gate.ask(command, allow=("officer",), correlation=body.reviewer_id)


@router.get("/v1/calls/{call_id}/reviewers")
async def list_reviewers(call_id: str, gate: Gate) -> Response:
    """The reviewers of a call with how many seats each has."""
    gate.allow("officer")
    async with gate.query() as session:
        experts = await rows_of(session, Expert, call_id=call_id)
        seats = await rows_of(session, Seat, call_id=call_id, status="seated")
    loads = {e.reviewer_id: sum(s.reviewer_id == e.reviewer_id for s in seats) for e in experts}
    lines = [{**e.model_dump(), "seats": loads[e.reviewer_id]} for e in experts]
    return json_response({"reviewers": lines}, 200)


@router.post("/v1/applications/{application_id}/conflicts", status_code=201)
async def declare_conflict(application_id: str, body: ConflictBody, gate: Gate) -> Response:
    """Declare a tie; a reviewer for themselves, an officer for anyone."""
    command = DeclareConflict(
        application_id, body.reviewer_id, body.kind, body.statement, gate.actor.id
    )
    return await gate.ask(
        command, allow=("reviewer", "officer"), subject=body.reviewer_id, correlation=application_id
    )


@router.post("/v1/calls/{call_id}/assignment", status_code=201)
async def assign_panels(call_id: str, body: AssignmentBody, gate: Gate) -> Response:
    """Make and seal the panels of a call; a dry run shows them with their proof and seals nothing."""
    command = AssignPanels(
        call_id, body.seed, body.leave_out_waiting, body.dry_run, gate.actor.id
    )
    return await gate.ask(command, allow=("officer",), correlation=call_id)


@router.post("/v1/applications/{application_id}/declines", status_code=201)
async def decline(application_id: str, body: DeclineBody, gate: Gate) -> Response:
    """Give a seat back; it is filled again at once."""
    command = DeclineAssignment(application_id, body.reviewer_id, body.reason)
    return await gate.ask(
        command, allow=("reviewer", "officer"), subject=body.reviewer_id, correlation=application_id
    )


@router.get("/v1/reviewers/{reviewer_id}/assignments")
async def list_assignments(reviewer_id: str, gate: Gate) -> Response:
    """What a reviewer has been given, and what is still to be scored."""
    gate.allow("reviewer", "officer", subject=reviewer_id)
    async with gate.query() as session:
        seats = await rows_of(session, Seat, reviewer_id=reviewer_id, status="seated")
        lines = [await _assignment(session, seat) for seat in seats]
    return json_response({"assignments": lines}, 200)


async def _assignment(session: Any, seat: Any) -> dict[str, Any]:
    case = await one(session, Case, seat.application_id)
    sheet = await one(session, ScoreSheet, seat.application_id, seat.reviewer_id)
    return {
        "application_id": seat.application_id,
        "title": case.title,
        "items": case.items,
        "scored_at": sheet.submitted_at if sheet else None,
    }


@router.post("/v1/applications/{application_id}/scores", status_code=201)
async def submit_scores(application_id: str, body: ScoresBody, gate: Gate) -> Response:
    """Hand in a score sheet, once."""
    command = SubmitScores(application_id, body.reviewer_id, body.points, body.comment)
    return await gate.ask(
        command, allow=("reviewer",), subject=body.reviewer_id, correlation=application_id
    )


@router.get("/v1/calls/{call_id}/progress")
async def show_progress(call_id: str, gate: Gate) -> Response:
    """How far review has come."""
    gate.allow("officer")
    async with gate.query() as session:
        tally = await one(session, CallTally, call_id)
        cases = await rows_of(session, Case, call_id=call_id)
    counted = tally.model_dump() if tally else {"call_id": call_id}
    return json_response({**counted, "applications": len(cases)}, 200)


@router.post("/v1/calls/{call_id}/ranking", status_code=201)
async def seal_ranking(call_id: str, gate: Gate) -> Response:
    """Rank, select under the caps, seal and recommend."""
    return await gate.ask(
        SealRanking(call_id, gate.actor.id), allow=("officer",), correlation=call_id
    )


@router.get("/v1/calls/{call_id}/ranking")
async def show_ranking(call_id: str, gate: Gate) -> Response:
    """The sealed ranking with its selection."""
    gate.allow("officer")
    async with gate.query() as session:
        sealed = await one(session, SealedRanking, call_id)
    if sealed is None:
        raise NotFound(
            "not_sealed", f"The ranking of {call_id} is not sealed.", f"{call_id} 的排名尚未封存。"
        )
    return json_response(sealed.model_dump(), 200)


@router.post("/v1/calls/{call_id}/award-decisions", status_code=201)
async def decide_awards(call_id: str, body: DecisionBody, gate: Gate) -> Response:
    """Decide every application of a call, after the public notice."""
    withheld = tuple((w.application_id, w.reason) for w in body.withheld)
    command = DecideAwards(call_id, body.awards_expected, withheld, gate.actor.id)
    return await gate.ask(command, allow=("officer",), correlation=call_id)


@router.get("/v1/calls/{call_id}/awards")
async def list_awards(call_id: str, gate: Gate) -> Response:
    """What became of every application."""
    gate.allow("officer", "finance")
    async with gate.query() as session:
        awards = await rows_of(session, Award, call_id=call_id)
    return json_response({"awards": [a.model_dump() for a in awards]}, 200)
