"""What a person or a program gets to hear over HTTP, whatever they send."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import orjson
import pytest
import pytest_asyncio
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlmodel import select

from services.chassis.auth import Actor, token_for
from services.chassis.errors import Stale
from services.chassis.gate import Gate
from services.chassis.model import Answer, Save, Service, decision
from services.chassis.service import create_service
from services.chassis.settings import ServiceSettings
from tests.chassis.harness_live import SECRET, until
from tests.chassis.probes import (
    SOURCE,
    SUBMISSION,
    Append,
    Break,
    Case,
    Note,
    Submit,
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


@pytest_asyncio.fixture
async def http(store: Callable[[], str]) -> AsyncIterator[httpx.AsyncClient]:
    """An applicant's client of a service whose database is there."""
    async with client(store(), body_bytes_max=1_024, clock="header") as it:
        await until("the database is there", lambda: database_is_there(it))
        yield it


async def database_is_there(http: httpx.AsyncClient) -> bool:
    """Whether the service has found its database."""
    return "database" not in (await http.get("/readyz")).json()["reasons"]


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


async def test_a_good_request_is_answered(http: httpx.AsyncClient) -> None:
    """The counterpart of every refusal below."""
    answer = await http.post(SUBMISSION_URL, json=GOOD)

    assert (answer.status_code, answer.json()) == (201, {"application_id": "a1"})
    assert (await http.get("/v1/applications")).json() == {"ids": ["a1"]}


async def test_malformed_json_is_refused_with_its_place(http: httpx.AsyncClient) -> None:
    """The place is counted in characters."""
    answer = await http.post(SUBMISSION_URL, content=b'{"title": ', headers=JSON)

    said = problem(answer, 400, "json_malformed")
    assert said["errors"][0]["where"] == "body, character 10"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (GOOD | {"requested_fen": "1"}, "body.requested_fen"),
        (GOOD | {"requested_fen": 1.5}, "body.requested_fen"),
        (GOOD | {"title": "x" * 101}, "body.title"),
        (GOOD | {"unknown": 1}, "body.unknown"),
        ({"title": "A title"}, "body.requested_fen"),
        ([], "body"),
    ],
)
async def test_a_wrong_field_is_named(http: httpx.AsyncClient, body: Any, where: str) -> None:
    """Where and what, so that the sender can mend it."""
    answer = await http.post(SUBMISSION_URL, json=body)

    said = problem(answer, 422, "body_invalid")
    assert [error["where"] for error in said["errors"]] == [where]
    assert said["errors"][0]["what"]


@pytest.mark.parametrize("title", ["a\0b", "\ud800"])
async def test_text_that_cannot_be_stored_is_the_senders_to_mend(
    http: httpx.AsyncClient, title: str
) -> None:
    """NUL and broken characters are refused, not answered with an error of ours."""
    body = orjson.dumps(GOOD | {"title": "@"}).replace(b"@", ESCAPED[title])
    answer = await http.post(SUBMISSION_URL, content=body, headers=JSON)

    assert answer.status_code == 422
    problem(answer, 422, answer.json()["code"])


async def test_a_refusal_of_the_decision_is_a_problem(http: httpx.AsyncClient) -> None:
    """With the code the decision gave and what it added."""
    answer = await http.post(SUBMISSION_URL, json=GOOD | {"requested_fen": 0})

    problem(answer, 422, "amount_invalid")


async def test_unknown_routes_and_methods(http: httpx.AsyncClient) -> None:
    """A wrong method is told which ones there are."""
    problem(await http.get("/v1/nothing"), 404, "no_such_route")
    wrong = await http.delete(SUBMISSION_URL)

    problem(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A body that does not say how long it is."""
    for _ in range(size // 100):
        yield b" " * 100


async def test_a_huge_body_is_refused_announced_or_not(http: httpx.AsyncClient) -> None:
    """One byte over the limit; whether the length was said or the body came in pieces."""
    problem(await http.post(SUBMISSION_URL, content=b" " * 1_025), 413, "body_too_large")
    problem(await http.post(SUBMISSION_URL, content=chunks(5_000)), 413, "body_too_large")
    key = {"idempotency-key": "k"}  # whose fingerprint needs the body
    answer = await http.post("/v1/notes/n", content=chunks(5_000), headers=key)
    problem(answer, 413, "body_too_large")

    fits = orjson.dumps(GOOD).ljust(1_024)
    assert (await http.post(SUBMISSION_URL, content=fits, headers=JSON)).status_code == 201


FORGED = {
    "nonsense": "Bearer nonsense",
    "empty": "Bearer ",
    "other scheme": f"Basic {token_for(SECRET, APPLICANT)}",
    "other secret": f"Bearer {token_for('another secret', APPLICANT)}",
    "no base64": "Bearer \u00e9.\u00e9",
    "cut": f"Bearer {token_for(SECRET, APPLICANT)[:-2]}",
}


@pytest.mark.parametrize("how", FORGED)
async def test_a_forged_token_is_nobody(http: httpx.AsyncClient, how: str) -> None:
    """Whatever is wrong with it, the answer is the same."""
    token = FORGED[how].encode("latin-1")
    answer = await http.post(SUBMISSION_URL, json=GOOD, headers={b"authorization": token})

    problem(answer, 401, "token_invalid")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_without_a_token_nothing_is_allowed(store: Callable[[], str]) -> None:
    """Deny by default: commands and queries alike."""
    async with client(store(), actor=None) as http:
        problem(await http.post(SUBMISSION_URL, json=GOOD), 401, "token_missing")
        problem(await http.get("/v1/applications"), 401, "token_missing")


async def test_only_for_oneself_and_in_ones_role(store: Callable[[], str]) -> None:
    """Another role is refused, and so is the same role for somebody else."""
    url = store()
    for actor in (OPERATOR, Actor("person", frozenset({"applicant"}), "o2")):
        async with client(url, actor) as http:
            problem(await http.post(SUBMISSION_URL, json=GOOD), 403, "not_allowed")


async def test_the_same_key_and_body_are_answered_alike(http: httpx.AsyncClient) -> None:
    """And one byte of difference is another request."""
    key = {"idempotency-key": "k"}
    first = [await http.post("/v1/notes/n", content=b"{}", headers=key) for _ in range(2)]
    other = await http.post("/v1/notes/n", content=b"{} ", headers=key)
    elsewhere = await http.post("/v1/notes/m", content=b"{}", headers=key)

    assert [answer.json() for answer in first] == [{"text": "x"}] * 2
    problem(other, 422, "idempotency_key_reused")
    problem(elsewhere, 422, "idempotency_key_reused")


async def test_a_bad_key_is_refused(http: httpx.AsyncClient) -> None:
    """Two hundred characters are enough; one more, or one that cannot be printed, is not a key."""
    for key in ("k" * 201, "a\tb", "a\x7fb"):
        headers = {"idempotency-key": key}
        problem(await http.post("/v1/notes/n", headers=headers), 422, "idempotency_key_invalid")
    last = await http.post("/v1/notes/n", headers={"idempotency-key": "k" * 200})

    assert last.json() == {"text": "x"}
