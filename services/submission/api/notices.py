"""Routes of the public notice and of objections to it."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.chassis.errors import NotFound
from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.submission.api.bodies import (
    ApplicationId,
    CallId,
    ObjectionBody,
    ObjectionId,
    ResolutionBody,
    ResultNoticeBody,
)
from services.submission.commands.notices import PostNotice, notice_document
from services.submission.commands.objections import RaiseObjection, ResolveObjection
from services.submission.store import Objection, ResultNotice, objections_of, one

router = APIRouter(tags=["notices"])


@router.post("/v1/calls/{call_id}/result-notice", status_code=201)
async def post_notice(call_id: CallId, body: ResultNoticeBody, gate: Gate) -> Response:
    """Post the proposed awards for the call's working days."""
    command = PostNotice(call_id, body.awards_expected, gate.actor.id)
    return await gate.ask(command, allow=("officer",), correlation=call_id)


@router.get("/v1/calls/{call_id}/result-notice")
async def read_notice(call_id: CallId, gate: Gate) -> Response:
    """The notice of a call's proposed awards."""
    gate.public()
    async with gate.query() as session:
        row = await one(session, ResultNotice, call_id)
    if row is None:
        raise NotFound(
            "notice_not_posted",
            f"No result of call {call_id} is posted yet; come back when the review is over.",
            f"申报通知 {call_id} 尚未公示结果，请待评审结束后再查询。",
        )
    return json_response(notice_document(row), 200)


@router.post("/v1/applications/{application_id}/objections", status_code=201)
async def raise_objection(
    application_id: ApplicationId, body: ObjectionBody, gate: Gate
) -> Response:
    """Object to a posted result: in writing, under real name, with contact and evidence."""
    command = RaiseObjection(
        application_id, body.name, body.contact, body.statement, body.evidence_sha256
    )
    return await gate.ask_public(command, correlation=application_id)


@router.get("/v1/applications/{application_id}/objections")
async def list_objections(application_id: ApplicationId, gate: Gate) -> Response:
    """The objections to an application, with how to reach whoever raised them."""
    gate.allow("officer")
    async with gate.query() as session:
        found = await objections_of(session, application_id)
    return json_response(
        {"objections": [{**_answer(row), **_who(row, contact)} for row, contact in found]}, 200
    )


@router.get("/v1/applications/{application_id}/objections/{objection_id}")
async def read_objection(
    application_id: ApplicationId, objection_id: ObjectionId, gate: Gate
) -> Response:
    """What became of an objection, for whoever holds its id; it names nobody."""
    gate.public()
    async with gate.query() as session:
        row = await one(session, Objection, objection_id)
    if row is None or row.application_id != application_id:
        raise NotFound(
            "objection_unknown",
            f"Application {application_id} has no objection {objection_id}.",
            f"申报 {application_id} 没有编号为 {objection_id} 的异议。",
        )
    return json_response(_answer(row), 200)


@router.post("/v1/applications/{application_id}/objections/{objection_id}/resolution")
async def resolve_objection(
    application_id: ApplicationId, objection_id: ObjectionId, body: ResolutionBody, gate: Gate
) -> Response:
    """Answer an objection, once, with a reason."""
    command = ResolveObjection(
        application_id, objection_id, body.upheld, body.reason, gate.actor.id
    )
    return await gate.ask(command, allow=("officer",), correlation=application_id)


def _answer(row: Objection) -> dict[str, Any]:
    return {
        "objection_id": row.objection_id,
        "application_id": row.application_id,
        "evidence_sha256": row.evidence_sha256,
        "raised_at": row.raised_at,
        "status": row.status,
        "reason": row.reason,
        "resolved_at": row.resolved_at,
    }


def _who(row: Objection, contact: str | None) -> dict[str, Any]:
    return {"raised_by": row.raised_by, "contact": contact, "statement": row.statement}
