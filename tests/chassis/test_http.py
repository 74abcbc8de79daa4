"""What a person or a program gets to hear over HTTP, whatever they send."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import orjson
import pytest

from services.chassis.auth import Actor, token_for
from tests.chassis.harness_live import SECRET
from tests.chassis.http_service import (
    APPLICANT,
    ESCAPED,
    GOOD,
    JSON,
    OPERATOR,
    SUBMISSION_URL,
    client,
    problem,
)


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


async def endless() -> AsyncIterator[bytes]:
    """A body without an end."""
    while True:
        yield b" " * 2**16
        await asyncio.sleep(0)


async def test_a_body_without_end_is_not_read_to_its_end(http: httpx.AsyncClient) -> None:
    """Whoever sends it is refused at the limit, and fills no memory."""
    async with asyncio.timeout(30):
        problem(await http.post(SUBMISSION_URL, content=endless()), 413, "body_too_large")


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
    asked_more = await http.post("/v1/notes/n?twice=yes", content=b"{}", headers=key)

    assert [answer.json() for answer in first] == [{"text": "x"}] * 2
    problem(other, 422, "idempotency_key_reused")
    problem(elsewhere, 422, "idempotency_key_reused")
    problem(asked_more, 422, "idempotency_key_reused")


async def test_a_bad_key_is_refused(http: httpx.AsyncClient) -> None:
    """Two hundred characters are enough; one more, or one that cannot be printed, is not a key."""
    for key in ("k" * 201, "a\tb", "a\x7fb"):
        headers = {"idempotency-key": key}
        problem(await http.post("/v1/notes/n", headers=headers), 422, "idempotency_key_invalid")
    last = await http.post("/v1/notes/n", headers={"idempotency-key": "k" * 200})

    assert last.json() == {"text": "x"}
