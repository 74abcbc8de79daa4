"""Eligibility with its real writer, routes and database, and requests as people make them."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.chassis.service import create_service
from services.eligibility.api import router
from services.eligibility.main import SERVICE
from services.eligibility.settings import Settings
from services.eligibility.store import TABLES
from tests.conftest import Administrator
from tests.document.alone import SECRET, Alone, running, template_of
from tests.eligibility.office import LATER, published, submitted, time_of


class Desk:
    """Who asks comes first: a role, the id of a society, or "" for nobody."""

    def __init__(self, alone: Alone) -> None:
        self.alone = alone

    async def __call__(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request; bytes are sent as they are, anything else as JSON."""
        raw = isinstance(body, bytes)
        headers = self._identity(who)
        if raw:
            headers["Content-Type"] = "application/json"
        answer = await self.alone.client.request(
            method, path, content=body if raw else None, json=None if raw else body, headers=headers
        )
        assert answer.status_code != 500, answer.text
        return answer

    def _identity(self, who: str) -> dict[str, str]:
        if not who:
            return {"Mingjing-Now": LATER}
        if who.startswith("society-"):
            return self.alone.headers("applicant", who, LATER)
        return self.alone.headers(who, "", LATER)

    async def apply(self, *application_ids: str) -> None:
        """Applications of societies of their own."""
        for one in application_ids:
            event = submitted(one)
            await self.alone.hears(event, time_of(event))


@pytest.fixture(scope="session")
def template(administrator: Administrator) -> Iterator[str]:
    """An empty store of eligibility, to be copied."""
    name = template_of(administrator, TABLES)
    yield name
    administrator.drop(name)


@pytest_asyncio.fixture
async def desk(database: Callable[..., str], template: str) -> AsyncIterator[Desk]:
    """Eligibility with the 2021 call and one application of society-a1."""
    settings = Settings(
        database_url=database(template),
        kafka_bootstrap_servers="127.0.0.1:9",
        token_secret=SecretStr(SECRET),
        clock="header",
        body_bytes_max=200_000,
    )
    async with running(create_service(SERVICE, settings, router)) as alone:
        it = Desk(alone)
        await alone.hears(published())
        await it.apply("a1")
        yield it
