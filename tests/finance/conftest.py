"""A database migrated for finance, and the service at work on a copy of it."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
import structlog

from deploy.apart import run_apart
from services.chassis.migrate import upgrade
from tests.conftest import ROLE, Administrator
from tests.finance.desk import Desk, application, at_work


@pytest.fixture(scope="session")
def migrated(administrator: Administrator) -> Iterator[str]:
    """The name of a database that finance's migrations made."""
    name = administrator.create("template0")
    base = administrator.cluster.url(ROLE).rpartition("/")[0]
    run_apart(upgrade("finance", f"{base}/{name}"))
    yield name
    administrator.drop(name)


@pytest_asyncio.fixture
async def desk(database: Callable[..., str], migrated: str) -> AsyncIterator[Desk]:
    """Finance with the 2021 call, its budget approved and its bank account open."""
    app = application(database(migrated))
    # What a test provokes need not be logged.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("error"))
    async with at_work(app) as desk:
        await desk.begin()
        yield desk
