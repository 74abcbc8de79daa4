"""Eligibility over HTTP: facts, assessments with their reasons, and questions to people."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.errors import NotFound
from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.eligibility.commands import AnswerQuestion, RecordFact, RetractFact
from services.eligibility.store import (
    assessment_of,
    assessments_after,
    facts_of,
    open_questions,
    questions_of,
)

router = APIRouter()
Limit = Annotated[int, Query(ge=1, le=200)]


class FactBody(BaseModel):
    """A fact: its kind, its detail, its dates as known, and where it is published."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=64)
    detail: dict[str, Any]
    dates: dict[str, str | None]
    source: dict[str, str | None]
    reference: str = Field(default="", max_length=128)
    """The caller's own id of the fact; the same reference is recorded once."""


class RetractionBody(BaseModel):
    """Why a fact no longer counts."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2000)


class AnswerBody(BaseModel):
    """Does this rule bar the applicant?"""

    model_config = ConfigDict(extra="forbid")

    answer: Literal["yes", "no"]
    reason: str = Field(min_length=1, max_length=2000)


@router.post("/v1/applicants/{applicant_id}/facts", status_code=201)
async def record_fact(applicant_id: str, body: FactBody, gate: Gate) -> Response:
    """Put a fact on record; every standing application of the applicant is judged again."""
    fact = body.model_dump(exclude={"reference"})
    command = RecordFact(applicant_id, fact, body.reference, gate.actor.id)
    return await gate.ask(command, allow=("screener", "officer"), correlation=applicant_id)


@router.post("/v1/applicants/{applicant_id}/facts/{fact_id}/retraction")
async def retract_fact(
    applicant_id: str, fact_id: str, body: RetractionBody, gate: Gate
) -> Response:
    """Take a wrong fact out of account."""
    command = RetractFact(applicant_id, fact_id, body.reason, gate.actor.id)
    return await gate.ask(command, allow=("officer",), correlation=applicant_id)


@router.get("/v1/applicants/{applicant_id}/facts")
async def list_facts(applicant_id: str, gate: Gate) -> Response:
    """Everything on record about an applicant; applicants may see their own."""
    gate.allow("screener", "officer", "applicant", subject=applicant_id)
    async with gate.query() as session:
        facts = [f.model_dump() for f in await facts_of(session, applicant_id)]
    return json_response({"facts": facts}, 200)


@router.get("/v1/applications/{application_id}/eligibility")
async def show_eligibility(application_id: str, gate: Gate) -> Response:
    """The latest verdict with every rule, fact and date it rests on, and the questions still open."""
    gate.allow("screener", "officer")
    async with gate.query() as session:
        found = await assessment_of(session, application_id)
        questions = [q.model_dump() for q in await questions_of(session, application_id)]
    if found is None:
        raise NotFound(
            "not_assessed",
            f"Application {application_id} has not been assessed: it is unknown here, or its call is.",
            f"申报 {application_id} 尚未审查：本服务未收到该申报或其通知。",
        )
    return json_response({**found.model_dump(), "questions": questions}, 200)


@router.get("/v1/calls/{call_id}/assessments")
async def list_assessments(
    call_id: str,
    gate: Gate,
    verdict: Literal["", "eligible", "barred", "undetermined"] = "",
    after: str = "",
    limit: Limit = 100,
) -> Response:
    """The latest verdicts of a call, in order of application id."""
    gate.allow("screener", "officer")
    async with gate.query() as session:
        found = [a.model_dump() for a in await assessments_after(session, call_id, verdict, after, limit)]
    following = found[-1]["application_id"] if len(found) == limit else None
    return json_response({"assessments": found, "next": following}, 200)


@router.get("/v1/calls/{call_id}/questions")
async def list_questions(
    call_id: str, gate: Gate, after: str = "", limit: Limit = 100
) -> Response:
    """The questions of a call that wait for a person."""
    gate.allow("screener", "officer")
    async with gate.query() as session:
        found = [q.model_dump() for q in await open_questions(session, call_id, after, limit)]
    return json_response({"questions": found}, 200)


@router.post("/v1/applications/{application_id}/questions/{rule}/answer", status_code=201)
async def answer_question(
    application_id: str, rule: str, body: AnswerBody, gate: Gate
) -> Response:
    """Answer an open question; the application is judged again at once."""
    actor = gate.actor
    command = AnswerQuestion(application_id, rule, body.answer, body.reason, actor.id, actor.roles)
    return await gate.ask(command, allow=("screener", "officer"), correlation=application_id)
