"""The relay: from the outbox to the log, in order, at least once, never out of turn."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from contracts.eligibility import ELIGIBILITY as CONTRACT
from contracts.event import PARTITIONS, partition_of
from services.chassis import relay
from services.chassis.causes import EVENT_BYTES_MAX
from services.chassis.errors import Invalid
from services.chassis.metrics import Metrics
from services.chassis.relay import BATCH_BYTES, Outgoing, Relay
from tests.chassis.commands import Submit
from tests.chassis.harness import SUBMISSIONS, Logged, command
from tests.chassis.harness_live import Live, until
from tests.chassis.probes import MIDDLE_SERVICE, PROBES, SOURCE_SERVICE, HeardTally, Seen

pytestmark = pytest.mark.kafka


def submissions(start: int, stop: int, **changes: Any) -> list[Any]:
    """Commands to submit so many applications."""
    return [command(Submit(f"a{n}", f"o{n}", **changes)) for n in range(start, stop)]


def by_partition(events: list[Logged]) -> dict[int, list[int]]:
    """The sequences of each partition, in the order of the log."""
    found: dict[int, list[int]] = defaultdict(list)
    for event in events:
        found[event.partition].append(event.sequence)
    return dict(found)


async def test_sequences_are_dense_and_in_commit_order(live: Callable[..., Any]) -> None:
    """Two replicas commit at once: per partition 0, 1, 2 …, each event once and in its place."""
    source: Live = await live(SOURCE_SERVICE, batch_records_max=7)
    await source.add("source")
    answers = await source.ask_all("source", submissions(0, 300))
    await source.settle()

    assert {answer.status for answer in answers} == {201}
    events = await source.log(SUBMISSIONS)
    assert len(events) == len({event.key for event in events}) == 300
    assert all(event.partition == partition_of(event.key) for event in events)
    for sequences in by_partition(events).values():
        assert sequences == list(range(len(sequences)))


async def test_a_service_whose_clock_is_days_ahead_can_send(
    live: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker takes what was committed, whatever time its sender believes it is."""

    def append(builder: Any, event: Outgoing) -> bool:
        ahead = int((time.time() + 2 * 86_400) * 1_000)
        return builder.append(
            key=event.key, value=event.value, timestamp=ahead, headers=event.headers
        ) is not None  # fmt: skip

    monkeypatch.setattr(relay, "_append", append)
    source: Live = await live(SOURCE_SERVICE)
    await source.ask_all("source", submissions(0, 3))
    await source.settle()

    assert len(await source.log(SUBMISSIONS)) == 3


async def test_events_another_replica_committed_are_read_from_the_table(
    live: Callable[..., Any],
) -> None:
    """What was not handed over in memory is a gap, and a gap is filled from the table."""
    source: Live = await live(SOURCE_SERVICE)
    other = await source.add("source")
    first = source.runtimes["source"][0]
    for start, replica in ((0, first), (20, other), (40, first)):
        await asyncio.gather(*(replica.ask(ask) for ask in submissions(start, start + 20)))
    await source.settle()

    assert other.relay is not None
    assert other.relay.standby
    for sequences in by_partition(await source.log(SUBMISSIONS)).values():
        assert sequences == list(range(len(sequences)))


async def test_a_standby_takes_over(live: Callable[..., Any]) -> None:
    """When the replica that relays stops, the other one sends what is left and what is new."""
    source: Live = await live(SOURCE_SERVICE)
    await source.add("source")
    await source.ask_all("source", submissions(0, 20))
    await source.remove(source.runtimes["source"][0])
    await source.ask_all("source", submissions(20, 40))
    await source.settle()

    for sequences in by_partition(await source.log(SUBMISSIONS)).values():
        assert sorted(set(sequences)) == list(range(max(sequences) + 1))


async def test_what_was_sent_but_not_noted_is_sent_again_and_dropped(
    live: Callable[..., Any],
) -> None:
    """Killed between sending and its checkpoint, the relay repeats itself; nobody counts twice."""
    world: Live = await live(*PROBES)
    await world.ask_all("source", submissions(0, 50))
    await world.settle()
    await world.fetch("source", "delete from relay")
    await end_relay(world, "source")
    await until("everything was sent again", lambda: sent_twice(world, 50))
    await world.settle()

    events = await world.log(SUBMISSIONS)
    assert len(events) == 100
    assert len({event.event_id for event in events}) == 50
    assert [t.heard for t in await world.rows(HeardTally)] == [50]


async def sent_twice(world: Live, count: int) -> bool:
    """Whether the log holds every event a second time."""
    return len(await world.log(SUBMISSIONS)) == 2 * count


async def end_relay(world: Live, name: str) -> None:
    """End the relay's connection to the database; it notices at its next statement."""
    await world.fetch(
        name,
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
        "where datname = current_database() and application_name like '%.relay'",
    )


async def test_a_large_event_does_not_push_another_out(live: Callable[..., Any]) -> None:
    """Whatever does not fit into one batch goes into the next; none is passed over in silence."""
    middle: Live = await live(MIDDLE_SERVICE)
    (runtime,) = middle.runtimes["middle"]
    assert runtime.relay is not None
    key = next(f"b{n}" for n in range(100) if partition_of(f"b{n}") == 0)
    rows = [(0, n, key, "[]", "x" * size) for n, size in enumerate((100, 8 * 2**20, 50))]
    await middle.connections["middle"].copy_records_to_table(
        "outbox", records=rows, columns=["part", "seq", "event_key", "headers", "body"]
    )
    await middle.settle()

    sizes = [len(event.value) for event in await middle.log(CONTRACT.topic)]
    assert sizes == [len(row[4]) for row in rows]


async def test_the_checkpoint_is_never_ahead_of_the_log(live: Callable[..., Any]) -> None:
    """It is written when the service stops, and names the last event that the broker has."""
    source: Live = await live(SOURCE_SERVICE)
    await source.ask_all("source", submissions(0, 40))
    await source.settle()
    await source.remove(source.runtimes["source"][0])

    sent = await source.fetch("source", "select part, sent from relay order by part")
    last = {part: max(s) for part, s in by_partition(await source.log(SUBMISSIONS)).items()}
    assert dict(sent) == last
    assert set(last) == set(range(PARTITIONS))


async def test_the_largest_event_reaches_the_next_service(live: Callable[..., Any]) -> None:
    """Nearly eight mebibytes that do not compress: sent, read, and followed by what comes after."""
    world: Live = await live(SOURCE_SERVICE, MIDDLE_SERVICE)
    text = Random(1).randbytes(EVENT_BYTES_MAX // 2 - 2_000).hex()  # noqa: S311 (no secret)
    (large,) = await world.ask_all("source", submissions(0, 1, form={"text": text}))
    await world.ask_all("source", submissions(1, 5))
    await world.settle()

    assert large.status == 201
    assert {seen.id for seen in await world.rows(Seen)} == {f"a{n}" for n in range(5)}


async def test_an_event_too_large_to_send_is_refused(live: Callable[..., Any]) -> None:
    """Before it is kept: what cannot leave the outbox would stop everything behind it."""
    source: Live = await live(SOURCE_SERVICE)
    form = {"text": "x" * EVENT_BYTES_MAX}
    refused, fine = await source.ask_all(
        "source", [*submissions(0, 1, form=form), *submissions(1, 2)]
    )
    await source.settle()

    assert isinstance(refused, Invalid)
    assert refused.code == "event_too_large"
    assert fine.status == 201


class Careful(AIOKafkaProducer):  # type: ignore[misc]
    """A producer that takes its time and notes which batches were under way at once."""

    def __init__(self) -> None:
        super().__init__(max_batch_size=EVENT_BYTES_MAX)
        self.under_way: list[int] = []
        self.beside: list[int] = []

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        self.beside.append(self.under_way.count(partition))
        self.under_way.append(partition)
        return asyncio.create_task(self._acknowledge(partition))

    async def _acknowledge(self, partition: int) -> None:
        await asyncio.sleep(0)
        self.under_way.remove(partition)


async def test_a_batch_waits_for_the_one_before_it() -> None:
    """Were the first of a partition lost and the second taken, every consumer would see a gap."""
    relay = Relay(CONTRACT, "", "", Metrics("relay"))
    producer = Careful()
    relay._producer = producer
    relay.acked = {0: -1, 1: -1}
    each = [(part, seq) for part in (0, 1) for seq in range(4 - part)]
    await relay._send([Outgoing(p, s, b"k", b"x" * (BATCH_BYTES + 1), []) for p, s in each])
    await producer.stop()

    assert producer.beside == [0] * len(each)
    assert relay.acked == {0: 3, 1: 2}
