"""What the tests of ops share: the probes on the real thing, and brokers that may be lost."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio

from deploy.kafka.broker import Kafka
from deploy.kafka.topics import create_topics, read_topics
from tests.chassis.conftest import broker, live, quiet, store, template
from tests.chassis.harness_live import Live
from tests.conftest import ROLE, Administrator

__all__ = ["broker", "live", "quiet", "store", "template"]


@pytest.fixture(scope="module")
def new_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Starts a broker with our topics and nothing in them; the one before it is lost."""
    running: list[Kafka] = []

    def start() -> str:
        for lost in running:
            lost.kill()
        running[:] = [Kafka(tmp_path_factory.mktemp("kafka"))]
        bootstrap = running[0].start()
        create_topics(bootstrap, read_topics())
        return bootstrap

    yield start
    for last in running:
        last.kill()


@pytest.fixture(scope="module")
def new_store(administrator: Administrator, template: str) -> Iterator[Callable[[], str]]:
    """Makes databases that last as long as the module."""
    base = administrator.cluster.url(ROLE).rpartition("/")[0]
    made: list[str] = []

    def create() -> str:
        made.append(administrator.create(template))
        return f"{base}/{made[-1]}"

    yield create
    for name in made:
        administrator.drop(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fresh_log(
    new_broker: Callable[[], str], new_store: Callable[[], str]
) -> AsyncIterator[Live]:
    """The probes running on a log that held nothing before them: a rebuild reads all of it."""
    async with Live(new_broker(), new_store) as it:
        yield it
