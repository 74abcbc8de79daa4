"""Whatever restarts under load, nothing is lost, nothing doubled, and each key stays in order."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from deploy.kafka.broker import Kafka
from deploy.kafka.topics import create_topics, read_topics
from deploy.postgres.cluster import Postgres
from services.chassis.model import Answer
from services.chassis.replay import rebuild
from tests.chassis.commands import Append, Submit, Withdraw
from tests.chassis.conftest import build
from tests.chassis.harness import SUBMISSIONS, command
from tests.chassis.harness_live import Live, until
from tests.chassis.probes import PROBES, Heard, HeardTally, Note, Seen, Tally
from tests.conftest import SETTINGS

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

Places = tuple[Live, Kafka, Postgres]


@pytest.fixture(scope="module")
def broker_of_our_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A broker that may be stopped without harm to other tests."""
    with Kafka(tmp_path_factory.mktemp("kafka")) as kafka:
        create_topics(kafka.bootstrap, read_topics())
        yield kafka


@pytest.fixture(scope="module")
def cluster_of_our_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A database server that may be stopped without harm to other tests."""
    cluster = Postgres(tmp_path_factory.mktemp("postgres"), SETTINGS)
    cluster.start()
    yield cluster
    cluster.remove()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def places(broker_of_our_own: Kafka, cluster_of_our_own: Postgres) -> AsyncIterator[Places]:
    """All three probes from an empty log on, and what they stand on."""
    names = iter(service.name for service in PROBES)

    def database() -> str:
        name = next(names)
        cluster_of_our_own.ensure(name)
        return cluster_of_our_own.url(name)

    live = Live(broker_of_our_own.bootstrap, database)
    for url in live.urls.values():
        await build(url)
    async with live:
        yield live, broker_of_our_own, cluster_of_our_own


async def insist(world: Live, body: Any, key: str) -> Answer:
    """Ask with the same key until there is an answer, as a good client does."""
    while True:
        (answer,) = await world.ask_all("source", [command(body, key=key)])
        if isinstance(answer, Answer):
            return answer


@asynccontextmanager
async def load(world: Live, call_id: str) -> AsyncIterator[list[str]]:
    """Submit one application after another, and withdraw each, until the block is left."""
    ended = False
    done: list[str] = []
    numbers = count()

    async def one_client() -> None:
        while not ended:
            name = f"{call_id}{next(numbers)}"
            await insist(world, Submit(name, name, call_id=call_id), f"s{name}")
            await insist(world, Withdraw(name), f"w{name}")
            await insist(world, Append(f"note of {call_id}", "x"), f"n{name}")
            done.append(name)

    clients = [asyncio.create_task(one_client()) for _ in range(8)]
    try:
        await until("the load runs", lambda: len(done) >= 16)
        yield done
    finally:
        ended = True
        await asyncio.wait_for(asyncio.gather(*clients), 30)


async def grows(done: list[str], by: int) -> None:
    """Wait until so many more have been answered."""
    enough = len(done) + by
    await until(f"{by} more are answered", lambda: len(done) >= enough)


async def assert_delivered(world: Live, call_id: str, names: list[str]) -> None:
    """Everything that was answered has its effect in every service, once and in order."""
    await world.settle()
    expected = sorted(names)
    seen = {s.id: s.status for s in await world.rows(Seen) if s.id.startswith(call_id)}
    heard = {
        h.application_id: h.times
        for h in await world.rows(Heard)
        if h.application_id.startswith(call_id)
    }
    assert sorted(seen) == sorted(heard) == expected
    assert set(seen.values()) == {"withdrawn"}
    assert set(heard.values()) == {1}
    tallies = [t.received for t in await world.rows(Tally) if t.call_id == call_id]
    assert tallies == [len(names)]
    assert [t.heard for t in await world.rows(HeardTally) if t.call_id == call_id] == tallies
    (note,) = [n for n in await world.rows(Note) if n.id == f"note of {call_id}"]
    assert note.text == "x" * len(names)
    for name in world.services:
        assert await world.letters(name) == []
    await assert_in_order(world)


async def assert_in_order(world: Live) -> None:
    """Apart from repeats, each partition counts 0, 1, 2 … and no event comes twice."""
    known: dict[int, list[str]] = defaultdict(list)
    for event in await world.log(SUBMISSIONS):
        ids = known[event.partition]
        assert event.sequence <= len(ids)
        if event.sequence == len(ids):
            ids.append(event.event_id)
        assert ids[event.sequence] == event.event_id
    flat = [event_id for ids in known.values() for event_id in ids]
    assert len(flat) == len(set(flat))


async def test_replicas_come_and_go(places: Places) -> None:
    """Two replicas on one database and in one group; partitions change hands under load."""
    world, _, _ = places
    races = 0.0
    async with load(world, "replicas-") as names:
        for name in ("middle", "sink", "source"):
            await world.add(name)
            await grows(names, 10)
        races = sum(r.metrics.lost_races._value.get() for r in world.runtimes["source"])
        for name in ("middle", "sink", "source"):
            await world.remove(world.runtimes[name][0])
            await grows(names, 10)
    assert races > 0
    await assert_delivered(world, "replicas-", names)


async def test_the_database_restarts(places: Places) -> None:
    """All connections end in the middle of commits; what was asked is answered afterwards."""
    world, _, cluster = places
    async with load(world, "database-") as names:
        await asyncio.to_thread(cluster.kill)
        await asyncio.to_thread(cluster.start)
        await grows(names, 16)
    await world.reconnect()
    await assert_delivered(world, "database-", names)


async def test_the_broker_stops_and_comes_back(places: Places) -> None:
    """Meanwhile commands are answered as ever; what they said arrives when it is back."""
    world, kafka, _ = places
    async with load(world, "broker-") as names:
        await asyncio.to_thread(kafka.kill)
        await grows(names, 40)
        await asyncio.to_thread(kafka.start)
        await grows(names, 16)
    await assert_delivered(world, "broker-", names)


async def test_a_store_can_be_made_again_from_the_log(places: Places) -> None:
    """Byte for byte; the swap leaves workspace alone, and who runs goes on with the new rows."""
    world, kafka, _ = places
    async with load(world, "rebuilt-") as names:
        pass
    await world.settle()
    before = await world.rows(Note)
    for service in PROBES:
        done = await rebuild(service, world.urls[service.name], kafka.bootstrap, swap=True)
        assert done.equal, done.to_json()
        assert done.swapped
    assert await world.rows(Note) == before

    await insist(world, Append("note of rebuilt-", "x"), "one more")
    names.append("rebuilt-one-more")
    await insist(world, Submit(names[-1], names[-1], call_id="rebuilt-"), "s one more")
    await insist(world, Withdraw(names[-1]), "w one more")
    await assert_delivered(world, "rebuilt-", names)
