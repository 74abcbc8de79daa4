"""Routes of applications: drafts, submission, withdrawal, dispatch, and where each one stands."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.chassis.auth import Actor
from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.submission.api.bodies import (
    After,
    ApplicationId,
    BeginBody,
    ContentBody,
    DispatchBody,
    Limit,
    WithdrawalBody,
)
from services.submission.api.receipts import signed
from services.submission.api.status import draft_status, line, status
from services.submission.commands.applications import DeclareDispatch, WithdrawApplication
from services.submission.commands.drafts import BeginApplication, SaveDraft
from services.submission.commands.guards import own, unknown_application
from services.submission.commands.submissions import SubmitApplication
from services.submission.store import Application, Draft, applications_after, drafts_of, one

router = APIRouter(tags=["applications"])
STAFF = frozenset({"officer", "clerk", "screener"})


@router.post("/v1/applications", status_code=201)
async def begin_application(body: BeginBody, gate: Gate) -> Response:
    """Begin an application; the same applicant, call and reference get the same draft again."""
    content = body.content.model_dump() if body.content else None
    command = BeginApplication(
        body.call_id, body.applicant.model_dump(), body.reference, content, gate.actor.id
    )
    return await gate.ask(
        command,
        allow=("applicant",),
        subject=command.applicant_id,
        correlation=command.application_id,
    )


@router.put("/v1/applications/{application_id}")
async def save_draft(application_id: ApplicationId, body: ContentBody, gate: Gate) -> Response:
    """Save what is typed, based on the version in If-Match; the answer lists what is to mend."""
    command = SaveDraft(
        application_id, body.model_dump(), gate.if_match, gate.actor.id, gate.actor.subject
    )
    return await gate.ask(command, allow=("applicant",), correlation=application_id)


@router.post("/v1/applications/{application_id}/submission", status_code=201)
async def submit_application(application_id: ApplicationId, gate: Gate) -> Response:
    """Lock and send the draft; the answer is a signed receipt, the same at every repeat."""
    command = SubmitApplication(application_id, gate.if_match, gate.actor.id, gate.actor.subject)
    answer = await gate.ask(command, allow=("applicant",), correlation=application_id)
    return signed(answer, gate)


@router.post("/v1/applications/{application_id}/withdrawal")
async def withdraw_application(
    application_id: ApplicationId, body: WithdrawalBody, gate: Gate
) -> Response:
    """Take the application back, for good."""
    command = WithdrawApplication(application_id, body.reason, gate.actor.id, gate.actor.subject)
    return await gate.ask(command, allow=("applicant",), correlation=application_id)


@router.post("/v1/applications/{application_id}/dispatch", status_code=201)
async def declare_dispatch(
    application_id: ApplicationId, body: DispatchBody, gate: Gate
) -> Response:
    """State when and with which waybill the paper copies went out."""
    command = DeclareDispatch(
        application_id, body.carrier, body.waybill, body.dispatched_on, gate.actor.subject
    )
    return await gate.ask(command, allow=("applicant",), correlation=application_id)


@router.get("/v1/applications/{application_id}")
async def read_application(application_id: ApplicationId, gate: Gate) -> Response:
    """An application and where it stands. Drafts are the applicant's alone."""
    actor = gate.allow("applicant", "officer", "clerk", "screener")
    async with gate.query() as session:
        sent = await one(session, Application, application_id)
        draft = await one(session, Draft, application_id)
        if sent is None and (draft is None or _is_staff(actor)):
            raise unknown_application(application_id)
        _may_read(actor, (sent or draft).applicant_id)
        if sent is not None:
            return json_response(await status(session, sent), 200)
        response = json_response(await draft_status(session, draft), 200)
    response.headers["ETag"] = f'"{draft.version}"'
    return response


@router.get("/v1/applications")
async def list_applications(
    gate: Gate,
    after: After = "",
    limit: Limit = 50,
    call_id: After = "",
    state: Annotated[
        Literal["sent", "draft"], Query(description="draft: an applicant's own drafts")
    ] = "sent",
) -> Response:
    """Sent applications, by id: an applicant's own, or for staff everybody's."""
    actor = gate.allow("applicant", "officer", "clerk", "screener")
    whose = "" if _is_staff(actor) else actor.subject
    async with gate.query() as session:
        if state == "draft":
            rows = await drafts_of(session, actor.subject, after, limit)
        elif whose or _is_staff(actor):
            rows = await applications_after(session, after, limit, call_id, whose)
        else:
            rows = []
    lines: list[dict[str, Any]] = [line(row) for row in rows]
    following = lines[-1]["application_id"] if len(lines) == limit else None
    return json_response({"applications": lines, "next": following}, 200)


def _is_staff(actor: Actor) -> bool:
    return bool(actor.roles & STAFF)


def _may_read(actor: Actor, applicant_id: str) -> None:
    if not _is_staff(actor):
        own(actor.subject, applicant_id)
