"""What the chassis's tests share: a database with the probes' tables, and the two runners."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.apart import run_apart
from deploy.kafka.topics import create_topics, read_topics
from services.chassis import migrate
from services.chassis.store import CHASSIS
from tests.chassis.harness import Runner
from tests.chassis.harness_live import Live, until
from tests.chassis.harness_memory import Memory
from tests.chassis.http_service import client
from tests.chassis.probes import PROBES
from tests.conftest import ROLE, Administrator


@pytest.fixture(scope="session", autouse=True)
def quiet() -> None:
    """What a test provokes need not be logged."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))


def migrate_chassis(connection: Connection) -> None:
    """The chassis's own migrations, without a service's."""
    config = Config()
    config.set_main_option("script_location", str(migrate.HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(migrate.HERE / "versions"))
    config.attributes |= {"connection": connection, "metadata": CHASSIS.metadata}
    command.upgrade(config, "heads")


async def build(url: str) -> None:
    """Give a database the chassis's tables and those of every probe."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.begin() as connection:
        await connection.run_sync(migrate_chassis)
        for service in PROBES:
            await connection.run_sync(service.tables.metadata.create_all)
    await engine.dispose()


@pytest.fixture(scope="session")
def template(administrator: Administrator) -> Iterator[str]:
    """The name of a database with the chassis's tables and those of every probe."""
    name = administrator.create("template0")
    base = administrator.cluster.url(ROLE).rpartition("/")[0]
    run_apart(build(f"{base}/{name}"))
    yield name
    administrator.drop(name)


@pytest.fixture
def store(database: Callable[..., str], template: str) -> Callable[[], str]:
    """Makes databases that any probe can run on."""
    return lambda: database(template)


@pytest.fixture(scope="session")
def broker(kafka: str) -> str:
    """The address of a broker that has our topics."""
    create_topics(kafka, read_topics())
    return kafka


@pytest_asyncio.fixture
async def live(
    broker: str, store: Callable[[], str]
) -> AsyncIterator[Callable[..., Awaitable[Live]]]:
    """Starts the probes named, or all, on the real thing; keyword arguments are settings."""
    async with AsyncExitStack() as stack:

        async def start(*services: Any, **settings: Any) -> Live:
            return await stack.enter_async_context(
                Live(broker, store, services or PROBES, **settings)
            )

        yield start


@pytest_asyncio.fixture(params=["memory", pytest.param("live", marks=pytest.mark.kafka)])
async def runner(request: pytest.FixtureRequest) -> AsyncIterator[Runner]:
    """All three probes, once in memory and once on the real thing."""
    if request.param == "memory":
        yield Memory()
        return
    broker, store = request.getfixturevalue("broker"), request.getfixturevalue("store")
    async with Live(broker, store) as running:
        yield running


@pytest_asyncio.fixture
async def http(store: Callable[[], str]) -> AsyncIterator[httpx.AsyncClient]:
    """An applicant's client of a service whose database is there."""
    async with client(store(), body_bytes_max=1_024, clock="header") as it:
        await until("the database is there", lambda: database_is_there(it))
        yield it


async def database_is_there(http: httpx.AsyncClient) -> bool:
    """Whether the service has found its database."""
    return "database" not in (await http.get("/readyz")).json()["reasons"]
