"""Whatever is sent to whatever route of whatever service: a refusal that says how to mend it, or an answer."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from services.cli.season.settle import settle
from services.cli.stack import SERVICES, Stack
from tests.flows.people import DURING
from tests.flows.requests_bad import ANSWERS_ANYTHING, ROLES, Bad, bad_requests

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(300)]

AT_ONCE = 16
EXAMPLES = 3
MOVING = ("relay", "alembic_version")
"""How far the log has come is not what a request did."""


@pytest.fixture
def logs(live: Stack) -> Callable[[], str]:
    """What all services logged since the test began."""
    before = {name: live.log(name).stat().st_size for name in SERVICES}
    return lambda: "".join(live.log(n).read_bytes()[at:].decode() for n, at in before.items())


async def test_every_route_refuses_whatever_is_wrong_and_nothing_is_half_done(
    live: Stack, logs: Callable[[], str]
) -> None:
    """Malformed, mistyped, huge, unknown, unsigned: problem+json, no 5xx, no traceback, no row changed."""
    await quiet(live)
    before = await contents(live)
    asked = 0
    for service in SERVICES:
        wrong = await refusals(live, service)
        asked += len(wrong)
        assert [
            f"{bad.what}: {bad.method} {bad.path[:80]}: {why}" for bad, why in wrong if why
        ] == [], service

    assert asked > 1_000
    assert await contents(live) == before
    assert "Traceback" not in logs()


async def refusals(stack: Stack, service: str) -> list[tuple[Bad, str]]:
    """Every bad request to a service, and what is wrong with its answer."""
    slots = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(base_url=stack.url(service), timeout=60) as client:
        openapi = (await client.get("/openapi.json")).json()

        async def asked(bad: Bad) -> tuple[Bad, str]:
            async with slots:
                answer = await client.request(
                    bad.method, bad.path, content=bad.content, headers=headers(stack, bad)
                )
            return bad, fault_in(
                answer, lawful=range(200 if bad.path in ANSWERS_ANYTHING else 400, 500)
            )

        return list(await asyncio.gather(*(asked(bad) for bad in bad_requests(openapi))))


def headers(stack: Stack, bad: Bad) -> dict[str, str]:
    """Headers that are in order but for what the request says is wrong."""
    tokens = {
        "good": stack.token("anybody", ROLES, "SOMEBODY"), "poor": stack.token("anybody", ()),
        "forged": stack.token("anybody", ROLES, "SOMEBODY")[:-4] + "AAAA", "none": "",
    }  # fmt: skip
    token = tokens[bad.token]
    own = {"Content-Type": "application/json", "Mingjing-Now": DURING}
    return own | ({"Authorization": f"Bearer {token}"} if token else {}) | bad.headers


def fault_in(answer: Any, lawful: range) -> str:
    """What is wrong with an answer; empty when it is a refusal as promised."""
    if answer.status_code not in lawful:
        return f"{answer.status_code} {answer.text[:300]}"
    if answer.status_code < 400:
        return ""
    if "application/problem+json" not in str(answer.headers.get("content-type")):
        return f"{answer.status_code} without a problem document: {answer.text[:300]}"
    problem = answer.json()
    held = all(
        isinstance(problem.get(n), str) and problem[n] for n in ("code", "detail", "detail_zh")
    )
    return "" if held and problem["status"] == answer.status_code else f"incomplete: {problem}"


async def quiet(stack: Stack) -> None:
    """Wait until nothing moves any more: everything read, every letter sent."""
    await settle(stack)
    last: dict[str, str] = {}
    while (now := await contents(stack)) != last:
        last = now
        await asyncio.sleep(1.5)


async def contents(stack: Stack) -> dict[str, str]:
    """One hash for each table of each database."""
    found = {}
    for service in SERVICES:
        connection = await asyncpg.connect(stack.postgres.url(service))
        names = await connection.fetch(
            "select tablename from pg_tables where schemaname = 'public'"
        )
        for name in {row["tablename"] for row in names} - set(MOVING):
            query = f"select md5(coalesce(string_agg(x::text, '|' order by x::text), '')) from \"{name}\" x"  # noqa: S608
            found[f"{service}.{name}"] = await connection.fetchval(query)
        await connection.close()
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_no_generated_request_is_answered_with_an_error_of_ours(
    live: Stack, service: str, logs: Callable[[], str]
) -> None:
    """From the service's own description, fitting it and not: an answer or a refusal, never a 5xx."""
    schema = schemathesis.openapi.from_url(f"{live.url(service)}/openapi.json")
    token = {
        "Authorization": f"Bearer {live.token('anybody', ROLES, 'SOMEBODY')}",
        "Mingjing-Now": DURING,
    }
    wrong: list[str] = []
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        modes = (
            list(GenerationMode)
            if operation.method in ("post", "put")
            else [GenerationMode.POSITIVE]
        )
        for mode in modes:
            wrong += asked_of(operation, mode, token)

    assert wrong == []
    assert "Traceback" not in logs()


def asked_of(operation: Any, mode: GenerationMode, token: dict[str, str]) -> list[str]:
    """Ask some generated questions of one route; what was wrong with the answers."""
    wrong: list[str] = []

    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = case.call(headers=token)
        if fault := fault_in(answer, lawful=range(200, 500)):
            wrong.append(f"{operation.label}: {fault}")

    with contextlib.suppress(Unsatisfiable):  # a route that takes nothing cannot be given it wrong
        ask()
    return wrong
