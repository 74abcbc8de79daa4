"""A database migrated for submission, and the service at work on a copy of it."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
import structlog

from deploy.apart import run_apart
from services.chassis.migrate import upgrade
from tests.conftest import ROLE, Administrator
from tests.submission.desk import Desk, application, at_work
from tests.submission.office import call_document


@pytest.fixture(scope="session")
def migrated(administrator: Administrator) -> Iterator[str]:
    """The name of a database that submission's migrations made."""
    name = administrator.create("template0")
    base = administrator.cluster.url(ROLE).rpartition("/")[0]
    run_apart(upgrade("submission", f"{base}/{name}"))
    yield name
    administrator.drop(name)


@pytest_asyncio.fixture
async def desk(database: Callable[..., str], migrated: str) -> AsyncIterator[Desk]:
    """Submission with the 2021 call published."""
    app = application(database(migrated))
    # What a test provokes need not be logged.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("error"))
    async with at_work(app) as desk:
        published = await desk("officer", "POST", "/v1/calls", call_document())
        assert published.status_code == 201, published.text
        yield desk
