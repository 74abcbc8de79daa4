"""Eligibility over HTTP: facts, assessments with their reasons, and questions to people."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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

ID = r"^[^\s/\x00-\x1f\x7f]{1,128}$"
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
ApplicantId = Annotated[str, Path(pattern=ID, description="Id of the applicant")]
ApplicationId = Annotated[str, Path(pattern=ID, description="Id of the application")]
CallId = Annotated[str, Path(pattern=ID, description="Id of the call")]
FactId = Annotated[str, Path(pattern=ID, description="Id of the fact")]
RuleId = Annotated[str, Path(pattern=ID, description="Id of a rule of the call's rule pack")]
After = Annotated[
    str,
    Query(pattern=r"^[^\s/\x00-\x1f\x7f]{0,128}$", description="The last id of the page before"),
]
AfterQuestion = Annotated[
    str,
    Query(
        pattern=r"^([^\s/\x00-\x1f\x7f]{1,128}/[^\s/\x00-\x1f\x7f]{1,128})?$",
        description="`next` of the page before",
    ),
]
Limit = Annotated[int, Query(ge=1, le=200, description="Rows at most")]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000, pattern=TEXT)
]
Known = Annotated[str, StringConstraints(max_length=4_000, pattern=TEXT)] | None


class Body(BaseModel):
    """A body refuses fields it does not know, so that a slip of the pen is not lost in silence."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class FactBody(Body):
    """A fact: its kind, its detail, its dates as known, and where it is published."""

    kind: Annotated[str, StringConstraints(max_length=64, pattern=TEXT)]
    detail: dict[str, Any]
    dates: Annotated[dict[str, Known], Field(max_length=20)]
    """Each as known: `2020-03-12`, `2020-03`, `2020`, `../2020-03-12`, or null."""
    source: Annotated[dict[str, Known], Field(max_length=20)]
    """`url`, `date_basis` (how the dates are known), and perhaps a `note`."""
    reference: Annotated[str, StringConstraints(max_length=128, pattern=TEXT)] = ""
    """The caller's own id of the fact; the same reference is recorded once."""


class RetractionBody(Body):
    """Why a fact no longer counts."""

    reason: Words


class AnswerBody(Body):
    """Does this rule bar the applicant?"""

    answer: Literal["yes", "no"]
    reason: Words
    question_id: Annotated[str, StringConstraints(max_length=128, pattern=TEXT)] = ""
    """The question that was read; when facts have changed it since, the answer is refused."""


@router.post("/v1/applicants/{applicant_id}/facts", status_code=201)
async def record_fact(applicant_id: ApplicantId, body: FactBody, gate: Gate) -> Response:
    """Put a fact on record; every standing application of the applicant is judged again."""
    fact = body.model_dump(exclude={"reference"})
    command = RecordFact(applicant_id, fact, body.reference, gate.actor.id)
    return await gate.ask(command, allow=("screener", "officer"), correlation=applicant_id)


@router.post("/v1/applicants/{applicant_id}/facts/{fact_id}/retraction")
async def retract_fact(
    applicant_id: ApplicantId, fact_id: FactId, body: RetractionBody, gate: Gate
) -> Response:
    """Take a wrong fact out of account; it stays on record."""
    command = RetractFact(applicant_id, fact_id, body.reason, gate.actor.id)
    return await gate.ask(command, allow=("officer",), correlation=applicant_id)


@router.get("/v1/applicants/{applicant_id}/facts")
async def list_facts(applicant_id: ApplicantId, gate: Gate) -> Response:
    """Everything on record about an applicant; applicants see their own, but not who typed it."""
    actor = gate.allow("screener", "officer", "applicant", subject=applicant_id)
    hidden = set() if actor.roles & {"screener", "officer"} else {"recorded_by"}
    async with gate.query() as session:
        facts = [f.model_dump(exclude=hidden) for f in await facts_of(session, applicant_id)]
    return json_response({"facts": facts}, 200)


@router.get("/v1/applications/{application_id}/eligibility")
async def show_eligibility(application_id: ApplicationId, gate: Gate) -> Response:
    """The latest verdict with every rule, fact and date it rests on, and what is still open."""
    gate.allow("screener", "officer")
    async with gate.query() as session:
        found = await assessment_of(session, application_id)
        questions = [q.model_dump() for q in await questions_of(session, application_id)]
    if found is None:
        raise NotFound(
            "not_assessed",
            f"Application {application_id} has not been assessed: it, or its call, is unknown.",
            f"申报 {application_id} 尚未审查：本服务未收到该申报或其通知。",
        )
    return json_response({**found.model_dump(), "questions": questions}, 200)


@router.get("/v1/calls/{call_id}/assessments")
async def list_assessments(
    call_id: CallId,
    gate: Gate,
    verdict: Literal["", "eligible", "barred", "undetermined"] = "",
    after: After = "",
    limit: Limit = 100,
) -> Response:
    """The latest verdicts of a call, in order of application id."""
    gate.allow("screener", "officer")
    async with gate.query() as session:
        rows = await assessments_after(session, call_id, verdict, after, limit)
    following = rows[-1].application_id if len(rows) == limit else None
    return json_response({"assessments": [r.model_dump() for r in rows], "next": following}, 200)


@router.get("/v1/calls/{call_id}/questions")
async def list_questions(
    call_id: CallId, gate: Gate, after: AfterQuestion = "", limit: Limit = 100
) -> Response:
    """The questions of a call that wait for a person."""
    gate.allow("screener", "officer")
    application_id, _, rule = after.partition("/")
    async with gate.query() as session:
        rows = await open_questions(session, call_id, (application_id, rule), limit)
    following = f"{rows[-1].application_id}/{rows[-1].rule}" if len(rows) == limit else None
    return json_response({"questions": [r.model_dump() for r in rows], "next": following}, 200)


@router.post("/v1/applications/{application_id}/questions/{rule}/answer", status_code=201)
async def answer_question(
    application_id: ApplicationId, rule: RuleId, body: AnswerBody, gate: Gate
) -> Response:
    """Answer an open question; the application is judged again at once."""
    actor = gate.actor
    command = AnswerQuestion(
        application_id, rule, body.answer, body.reason, body.question_id, actor.id, actor.roles
    )
    return await gate.ask(command, allow=("screener", "officer"), correlation=application_id)
