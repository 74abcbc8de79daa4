"""Review with its real writer, routes and database, and requests as people make them."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from contracts.event import Event
from services.chassis.service import create_service
from services.review.api import router
from services.review.main import SERVICE
from services.review.settings import Settings
from services.review.store import TABLES
from tests.conftest import Administrator
from tests.document.alone import SECRET, Alone, running, template_of
from tests.review.chair import ids
from tests.review.events import (
    CALL,
    CRITERIA,
    ITEMS,
    REVIEWING,
    checked,
    closed,
    judged,
    published,
    submitted,
)


class Desk:
    """Who asks comes first: a role, or the id of a reviewer, or "" for nobody."""

    def __init__(self, alone: Alone) -> None:
        self.alone = alone

    async def __call__(
        self, who: str, method: str, path: str, body: Any = None, *, now: str = REVIEWING
    ) -> httpx.Response:
        """One request; bytes are sent as they are, anything else as JSON."""
        raw = isinstance(body, bytes)
        headers = self._identity(who, now)
        if raw:
            headers["Content-Type"] = "application/json"
        answer = await self.alone.client.request(
            method, path, content=body if raw else None, json=None if raw else body, headers=headers
        )
        assert answer.status_code != 500, answer.text
        return answer

    def _identity(self, who: str, now: str) -> dict[str, str]:
        if not who:
            return {"Mingjing-Now": now}
        if who.startswith("r") and who[1:].isdigit():
            return self.alone.headers("reviewer", who, now)
        return self.alone.headers(who, "", now)

    async def hears(self, *events: Event) -> None:
        """Take events of others in."""
        for event in events:
            await self.alone.hears(event)

    async def rows(self, table: Any) -> list[Any]:
        """Every row of a table, as the database has it."""
        return await self.alone.rows(table)

    async def enrol(self, *reviewer_ids: str, **changes: Any) -> None:
        """Enrol reviewers."""
        for one in reviewer_ids:
            path = f"/v1/calls/{CALL}/reviewers"
            answer = await self("officer", "POST", path, {**reviewer(one), **changes})
            assert answer.status_code == 201, answer.text

    async def panels(self) -> dict[str, list[str]]:
        """Who is seated where."""
        answer = await self("officer", "GET", f"/v1/calls/{CALL}/assignment")
        return {p["application_id"]: p["reviewer_ids"] for p in answer.json()["panels"]}

    async def score(self, application_id: str, reviewer_id: str, points: int) -> httpx.Response:
        """Hand in a sheet with the same points throughout."""
        body = {"reviewer_id": reviewer_id, "points": dict.fromkeys(CRITERIA, points)}
        return await self(reviewer_id, "POST", f"/v1/applications/{application_id}/scores", body)


def reviewer(reviewer_id: str) -> dict[str, Any]:
    """The body that enrols a reviewer."""
    return {
        "reviewer_id": reviewer_id,
        "name": f"专家{reviewer_id}",
        "organisation_id": f"university-{reviewer_id}",
        "organisation_name": f"虚构大学{reviewer_id}",
        "email": f"{reviewer_id}@example.invalid",
        "items": list(ITEMS),
        "load_max": 9,
    }


@pytest.fixture(scope="session")
def template(administrator: Administrator) -> Iterator[str]:
    """An empty store of review, to be copied."""
    name = template_of(administrator, TABLES)
    yield name
    administrator.drop(name)


@pytest_asyncio.fixture
async def desk(database: Callable[..., str], template: str) -> AsyncIterator[Desk]:
    """Review with a closed call, two applications ready and three reviewers, no panels yet."""
    settings = Settings(
        database_url=database(template),
        kafka_bootstrap_servers="127.0.0.1:9",
        token_secret=SecretStr(SECRET),
        clock="header",
        body_bytes_max=200_000,
    )
    async with running(create_service(SERVICE, settings, router)) as alone:
        it = Desk(alone)
        await it.hears(published())
        for one in ("a01", "a02"):
            await it.hears(submitted(one), judged(one), checked(one))
        await it.hears(closed())
        await it.enrol(*ids("r", 3))
        yield it
