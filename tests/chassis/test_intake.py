"""The intake and what lies around it: circuit breaker, cold and small caches, jobs of one replica."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from contracts.eligibility import EligibilityAssessed
from services.chassis.intake import CUT_LOOKS
from services.chassis.jobs import Job
from services.chassis.runtime import Runtime
from tests.chassis.commands import Append, Submit, Withdraw
from tests.chassis.harness import NOW, SUBMISSIONS, application, command, wire, withdrawal
from tests.chassis.harness_live import Live, until
from tests.chassis.probes import (
    MIDDLE_SERVICE,
    SINK_SERVICE,
    SOURCE_SERVICE,
    Case,
    Heard,
    HeardTally,
    Note,
    Seen,
    Tally,
    Verdict,
    Verdicts,
)

pytestmark = pytest.mark.kafka


async def test_the_circuit_breaker_stops_a_bad_release_and_lets_a_mended_one_go_on(
    live: Callable[..., Any],
) -> None:
    """Everything is refused: reading stops and says so; once enough is mended it goes on."""
    middle: Live = await live(MIDDLE_SERVICE, batch_records_max=20)
    (runtime,) = middle.runtimes["middle"]
    await middle.send(*(wire(application(n, "refuse me")) for n in range(200)))
    await until("the breaker trips", lambda: "circuit_breaker" in runtime.faults())
    parked = await middle.letters("middle")
    assert 50 <= len(parked) < 200

    runtime.writer.cache.clear()  # mended behind its back, as a new release would be
    await middle.fetch("middle", "insert into call (id) values ('call')")
    for letter in parked:
        await middle.redrive("middle", SUBMISSIONS, letter.key)
    await middle.settle()

    assert runtime.faults() == {}
    assert len(await middle.rows(Seen)) == 200
    assert {letter.state for letter in await middle.letters("middle")} == {"redriven"}


class NoText(str):
    """A header name as a producer in another language may write it."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return b"ce_\xff\xfe"


async def test_a_header_name_that_is_no_text_stops_nobody(live: Callable[..., Any]) -> None:
    """Its batch cannot be read by the library at all; its neighbours in the batch are applied, it is kept whole."""
    middle: Live = await live(MIDDLE_SERVICE)
    topic, part, key, headers, value = wire(application(1))
    batch = middle.producer.create_batch()
    lz4 = _DefaultRecordBatchBuilderPy.CODEC_LZ4  # as the topic's, or the broker writes it anew
    batch._builder = _DefaultRecordBatchBuilderPy(2, lz4, 0, -1, -1, -1, 2**20)
    spoilt = [(NoText(n) if n == "ce_type" else n, v) for n, v in headers]
    for one in (spoilt, headers):
        batch.append(timestamp=None, key=key, value=value, headers=one)
    await (await middle.producer.send_batch(batch, topic, partition=part))
    await middle.settle()

    assert [(one.state, one.code) for one in await middle.letters("middle")] == [
        ("dead", "headers_unreadable")
    ]
    (kept,) = await middle.fetch("middle", "select headers from dead_letter")
    assert [name for name, _ in orjson.loads(kept["headers"])][2] == "ce_\\xff\\xfe"
    assert [row.id for row in await middle.rows(Seen)] == [application(1).key]


async def test_a_log_that_came_back_shorter_is_noticed(live: Callable[..., Any]) -> None:
    """What follows would take the offsets of what the broker lost, and be passed over in silence."""
    middle: Live = await live(MIDDLE_SERVICE)
    (runtime,) = middle.runtimes["middle"]
    one = wire(application(1))
    place = f"{one.topic}/{one.partition}"
    await middle.send(one)
    await middle.settle()
    offset, sequence = runtime.writer.head.marks[place]
    runtime.writer.head.marks[place] = (offset + 2, sequence)  # it had read two more, now lost
    await until("it is noticed", lambda: place in runtime.faults().get("log", ""))

    assert runtime.intake is not None
    looked = runtime.intake
    await until("it is no new leader", lambda: looked.cut_looks >= CUT_LOOKS)
    await middle.send(one, one)
    seen = looked.cut_looks
    await until("it was looked at again", lambda: looked.cut_looks > seen + 1)
    assert place in runtime.faults()["log"], "the log is as long as before, but not the same"
    assert runtime.writer.head.marks[place] == (offset + 2, sequence)


async def test_a_few_refusals_do_not_trip_the_breaker(live: Callable[..., Any]) -> None:
    """One case that many events queue behind is one refusal, not many."""
    middle: Live = await live(MIDDLE_SERVICE)
    (runtime,) = middle.runtimes["middle"]
    queued = [wire(withdrawal("ax")) for _ in range(100)]
    await middle.send(wire(application("x", "refuse me")), *queued, wire(application(1)))
    await middle.settle()

    assert len(await middle.letters("middle")) == 101
    assert runtime.faults() == {}


async def test_one_of_several_bootstrap_addresses_is_enough(
    broker: str, store: Callable[[], str]
) -> None:
    """A cluster is given as a list; what reads and what sends finds it while one of the list answers."""
    addresses = f"127.0.0.1:1,{broker},127.0.0.1:2"
    async with Live(addresses, store, [MIDDLE_SERVICE]) as middle:
        await middle.send(wire(application(1)))
        await middle.settle()

        assert len(await middle.rows(Seen)) == 1


@pytest.mark.parametrize(("replica", "kept"), [("1", 1), ("", 0)])
async def test_a_named_replica_finds_its_partitions_kept(
    live: Callable[..., Any], replica: str, kept: int
) -> None:
    """Whoever comes back under its name need not wait until the group takes the old one for dead."""
    name = f"middle-kept-{kept}"  # a group that no other test has to wait for
    middle: Live = await live(dataclasses.replace(MIDDLE_SERVICE, name=name), replica=replica)
    (runtime,) = middle.runtimes[name]
    await middle.remove(runtime)

    assert await members(middle, name) == kept
    await middle.add(name)
    assert await members(middle, name) == 1


async def test_a_named_replica_that_reads_other_topics_gets_them(live: Callable[..., Any]) -> None:
    """To Kafka a member that returns under its name is the one it was, whatever the new release reads."""
    name = "middle-reads-on"
    world: Live = await live(dataclasses.replace(MIDDLE_SERVICE, name=name), replica="1")
    await world.remove(world.runtimes[name][0])
    world.services[name] = dataclasses.replace(SINK_SERVICE, name=name)
    await world.add(name)

    verdict = EligibilityAssessed(
        application_id="y", call_id="call", applicant_id="o-y", assessment_no=1, verdict="eligible",
        failed_rules=(), open_rules=(), assessment={}, evidence={}, assessed_at=NOW,
    )  # fmt: skip
    await world.send(wire(verdict))
    await until("it is applied", lambda: applied(world, name))


async def applied(world: Live, name: str) -> bool:
    """Whether the sink's table holds anything."""
    return bool(await world.fetch(name, "select * from heard"))


async def members(world: Live, group: str) -> int:
    """How many the broker counts in a group."""
    admin = AIOKafkaAdminClient(bootstrap_servers=world.bootstrap)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([group])
    finally:
        await admin.close()
    return len(answer.groups[0][5])


async def test_a_cold_or_small_cache_gives_the_same_rows(
    broker: str, store: Callable[[], str]
) -> None:
    """Rows loaded for every batch, evicted after each, or always held: the store is the same."""
    stores = [await fill(broker, store, rows_max) for rows_max in (0, 1, 300_000)]

    assert len(stores[0]["Case"]) == 25
    assert stores[0] == stores[1] == stores[2]


async def fill(broker: str, store: Callable[[], str], rows_max: int) -> dict[str, list[Any]]:
    """Every row of three stores after the same commands, with so many rows kept in memory."""
    tables = (Case, Tally, Note, Seen, Verdict, Verdicts, Heard, HeardTally)
    settings: dict[str, Any] = {"cache_rows_max": rows_max, "batch_records_max": 7}
    async with Live(broker, store, **settings) as world:
        for start in range(0, 40, 10):
            bodies: list[Any] = [Submit(f"a{n}", f"o{n % 25}") for n in range(start, start + 10)]
            bodies += [Withdraw(f"a{n}") for n in range(start, start + 10, 3)]
            bodies += [Append(f"n{n % 4}", f"{n},") for n in range(start, start + 10)]
            for body in bodies:
                await world.ask_all("source", [command(body)])
        await world.settle()
        return {t.__name__: await world.rows(t) for t in tables}


async def test_a_full_cache_is_emptied(live: Callable[..., Any]) -> None:
    """Memory stays bounded while the store grows."""
    source: Live = await live(SOURCE_SERVICE, cache_rows_max=10, batch_records_max=5)
    (runtime,) = source.runtimes["source"]
    await source.ask_all("source", [command(Submit(f"a{n}", f"o{n}")) for n in range(200)])

    assert runtime.writer.cache.size <= 10
    assert not runtime.writer.cache.complete
    assert len(await source.rows(Case)) == 200


async def test_a_job_is_done_by_one_replica_and_taken_over(live: Callable[..., Any]) -> None:
    """While one works the other waits; when it is gone the other one works."""
    source: Live = await live(SOURCE_SERVICE)
    done: list[Runtime] = []
    together: list[int] = []
    at_work = 0

    async def work(runtime: Runtime) -> int:
        nonlocal at_work
        at_work += 1
        together.append(at_work)
        done.append(runtime)
        try:
            await asyncio.sleep(0.005)
        finally:
            at_work -= 1
        return 1

    job = Job("source.count", 0.01, work)
    replicas = [await source.add("source", [job]) for _ in range(2)]
    await until("the job runs", lambda: len(done) >= 20)
    first = done[0]
    assert set(done) == {first}
    await source.remove(first)
    (second,) = (replica for replica in replicas if replica is not first)
    await until("the other one takes over", lambda: second in done)
    assert set(together) == {1}


async def test_a_job_that_fails_is_tried_again(live: Callable[..., Any]) -> None:
    """One bad row must not end a job for ever."""
    source: Live = await live(SOURCE_SERVICE)
    tries = 0

    async def work(_: Runtime) -> int:
        nonlocal tries
        tries += 1
        raise ZeroDivisionError

    await source.add("source", [Job("source.fail", 0.01, work)])
    await until("it is tried again", lambda: tries >= 2)
