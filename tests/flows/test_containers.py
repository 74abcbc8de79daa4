"""A command's whole way with broker and database in containers, through testcontainers."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.apart import run_apart
from deploy.kafka.topics import create_topics, read_topics
from deploy.postgres.databases import ensure_database
from tests.chassis.commands import Submit
from tests.chassis.conftest import migrate_chassis
from tests.chassis.harness_live import Live
from tests.chassis.probes import PROBES, Heard, Seen
from tests.containers import kafka_container, need_containers, postgres_container

PASSWORD = "of the tests only"


@pytest.fixture(scope="module")
def superuser() -> Iterator[str]:
    """A PostgreSQL in a container, for this module."""
    need_containers()
    with postgres_container() as url:
        yield url


@pytest.fixture(scope="module")
def bootstrap() -> Iterator[str]:
    """A broker in a container that has our topics, for this module."""
    need_containers()
    with kafka_container() as address:
        create_topics(address, read_topics())
        yield address


@pytest.fixture
def store(superuser: str) -> Callable[[], str]:
    """Makes databases that any probe can run on, each with a role of its own."""
    numbers = count()

    def make() -> str:
        name = f"probe_{next(numbers)}"
        ensure_database(superuser, name, PASSWORD)
        server = urlsplit(superuser).netloc.rpartition("@")[2]
        url = f"postgresql://{name}:{PASSWORD.replace(' ', '%20')}@{server}/{name}"
        run_apart(_build(url))
        return url

    return make


async def _build(url: str) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.begin() as connection:
        await connection.run_sync(migrate_chassis)
        for service in PROBES:
            await connection.run_sync(service.tables.metadata.create_all)
    await engine.dispose()


@pytest.mark.docker
@pytest.mark.slow
async def test_a_command_reaches_every_service_over_containers(
    bootstrap: str, store: Callable[[], str]
) -> None:
    """Fifty applications, sent over HTTP's gate: each is seen and judged once, none twice."""
    async with Live(bootstrap, store) as probes:
        for number in range(50):
            await probes.ask("source", Submit(id=f"a{number}", applicant_id=f"o{number}"))
        await probes.settle()

        wanted = {f"a{number}" for number in range(50)}
        assert {row.id for row in await probes.rows(Seen)} == wanted
        assert {row.application_id: row.times for row in await probes.rows(Heard)} == dict.fromkeys(
            wanted, 1
        )


@pytest.mark.docker
@pytest.mark.slow
async def test_no_role_opens_anothers_database_in_a_container(
    superuser: str, store: Callable[[], str]
) -> None:
    """The image's own access rules do not open what the roles close."""
    mine, theirs = store(), store()
    other = theirs.rpartition("/")[2]

    connection: asyncpg.Connection[Any] = await asyncpg.connect(mine)
    await connection.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with asyncio.timeout(10):
            await asyncpg.connect(f"{mine.rpartition('/')[0]}/{other}")
