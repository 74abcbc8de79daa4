"""What the tests of ops share: the probes on the real thing, and brokers that may be lost."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime

import pytest
import pytest_asyncio

from deploy.kafka.broker import Kafka
from deploy.kafka.topics import create_topics, read_topics
from services.chassis.causes import Record
from tests.chassis.conftest import broker, live, quiet, store, template
from tests.chassis.harness_live import Live
from tests.conftest import ROLE, Administrator
from tests.flows.memory import Played, play
from tests.flows.outcome import records_of

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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def season(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A whole season in memory; its log is what replays look at."""
    return await play(tmp_path_factory.mktemp("season"))


@pytest.fixture(scope="session")
def records(season: Played) -> list[Record]:
    """Its log, as if the broker had taken a record every millisecond, causes before effects."""
    found = in_order_of_causes(records_of(season.world))
    for number, record in enumerate(found, start=1):
        record.logged_at = number * 1_000
    return found


def in_order_of_causes(records: list[Record]) -> list[Record]:
    """One order of all topics that keeps each partition's own and every cause before its effects."""
    places: dict[str, deque[Record]] = {}
    for record in records:
        places.setdefault(record.place, deque()).append(record)
    waiting = {record.read_envelope().id for record in records}
    found: list[Record] = []
    while len(found) < len(records):
        ready = [
            held for held in places.values()
            if held and held[0].read_envelope().causation_id not in waiting
        ]  # fmt: skip
        first = min(ready, key=lambda held: datetime.fromisoformat(held[0].read_envelope().time))
        found.append(first.popleft())
        waiting.discard(found[-1].read_envelope().id)
    return found
