"""The source over HTTP: a few routes, and how a test talks to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlmodel import select

from contracts.submission import SUBMISSION
from services.chassis.auth import Actor, token_for
from services.chassis.errors import Stale
from services.chassis.gate import Gate
from services.chassis.model import Answer, Save, Service, decision
from services.chassis.service import create_service
from services.chassis.settings import ServiceSettings
from tests.chassis.commands import Append, Break, Submit
from tests.chassis.harness_live import SECRET
from tests.chassis.probes import (
    SOURCE,
    Case,
    Note,
    append,
    close_case,
    hit_a_bug,
    keep_case,
    submit,
)

NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"
APPLICANT = Actor("person", frozenset({"applicant"}), "o1")
OPERATOR = Actor("operator", frozenset({"operator"}))
PROBLEM = "application/problem+json"
AWAY = "127.0.0.1:1"
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Edit:
    """Ask to edit a draft that is still as it was read."""

    id: str
    if_match: str


@decision(Edit, needs=lambda c: [Note.key(c.id)])
def edit_draft(command: Edit, rows: Any, now: str) -> Any:
    """Each edit makes a new version, which is its ETag."""
    draft = rows.get(Note, command.id)
    version = draft.text if draft else ""
    if version != command.if_match:
        raise Stale("draft_changed", f"The draft is at {version}.", "草稿已变")
    yield Save(Note(id=command.id, text=f"{version}+"))
    return Answer(200, {}, etag=f"{version}+")


SERVICE = Service(
    "source", SUBMISSION, SOURCE, folds=[keep_case, close_case],
    decisions=[submit, append, hit_a_bug, edit_draft],
)  # fmt: skip


class Body(BaseModel):
    """What an applicant sends."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=100)]
    requested_fen: Annotated[int, Field(strict=True)]


@router.post("/v1/applications/{application_id}/submission", status_code=201)
async def send(application_id: str, body: Body, gate: Gate) -> Response:
    """A command with a body."""
    command = Submit(application_id, "o1", body.title, body.requested_fen)
    return await gate.ask(command, allow=("applicant",), subject="o1")


@router.post("/v1/notes/{note_id}")
async def lengthen(note_id: str, gate: Gate) -> Response:
    """A command that counts how often it is taken."""
    return await gate.ask(Append(note_id, "x"), allow=("applicant",))


@router.post("/v1/bugs")
async def meet_a_bug(gate: Gate) -> Response:
    """A command whose decision fails."""
    return await gate.ask(Break("b"), allow=("applicant",))


@router.get("/v1/bugs")
async def be_a_bug(gate: Gate) -> Response:
    """A route that fails itself."""
    gate.public()
    raise ZeroDivisionError("secret detail")


@router.get("/v1/applications")
async def applications(gate: Gate) -> dict[str, list[str]]:
    """A query."""
    gate.allow("applicant")
    async with gate.query() as session:
        return {"ids": [row.id for row in await session.scalars(select(Case.Table))]}


@router.get("/v1/applications/{application_id}")
async def application(application_id: str, gate: Gate) -> dict[str, str]:
    """A query for one row."""
    gate.allow("applicant")
    async with gate.query() as session:
        found = await session.get(Case.Table, application_id)
    return {"title": found.title if found else ""}


@router.put("/v1/drafts/{draft_id}")
async def edit(draft_id: str, gate: Gate) -> Response:
    """A command with an ETag."""
    return await gate.ask(Edit(draft_id, gate.if_match), allow=("applicant",))


@asynccontextmanager
async def client(url: str, actor: Actor | None = APPLICANT, **settings: Any) -> AsyncIterator[Any]:
    """The service as an HTTP client sees it. No broker is there: it is not needed to answer."""
    app = create_service(
        SERVICE,
        ServiceSettings(
            database_url=url, kafka_bootstrap_servers=AWAY, token_secret=SecretStr(SECRET),
            log_level="ERROR", **settings,
        ),
        router,
    )  # fmt: skip
    headers = {"authorization": f"Bearer {token_for(SECRET, actor)}"} if actor else {}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http,
    ):
        yield http


JSON = {"content-type": "application/json"}
ESCAPED = {"a\0b": rb"a\u0000b", "\ud800": rb"\ud800"}
SUBMISSION_URL = "/v1/applications/a1/submission"
GOOD = {"title": "A title", "requested_fen": 1}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document, which names its kind and speaks both languages."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    said: dict[str, Any] = answer.json()
    assert (said["status"], said["code"]) == (status, code)
    assert said["type"] == f"/problems/{code}"
    assert said["detail"]
    assert any("\u4e00" <= c <= "\u9fff" for c in said["detail_zh"])
    assert "Traceback" not in answer.text
    return said
