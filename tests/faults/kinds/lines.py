"""Faults of the lines between processes, and of what comes down them."""

import asyncio
from random import Random

from aiokafka import AIOKafkaProducer

from contracts.catalog import CATALOG
from contracts.event import PARTITIONS
from services.chassis.ids import derived
from services.chassis.log import end_of, read
from services.cli.stack import SERVICES
from tests.faults.machine import Machine
from tests.faults.wire import Wire

OVERSIZED = 3 * 2**20
COMMIT = b"ce_specversion"
"""What goes over the wire when a transaction writes events: asyncpg names its statements by number."""


def _database(machine: Machine, random: Random) -> Wire:
    return machine.wires[random.choice(SERVICES)]


def _broker(machine: Machine, random: Random) -> Wire:
    return random.choice(machine.nodes).wire


async def reply_lost(machine: Machine, random: Random) -> None:
    """The database commits, and its word never arrives."""
    wire = _database(machine, random)
    wire.lose_reply_to = COMMIT
    await asyncio.sleep(random.uniform(1, 3))
    wire.lose_reply_to = b""


async def request_lost(machine: Machine, random: Random) -> None:
    """A commit is sent and never arrives."""
    wire = _database(machine, random)
    wire.lose_request = COMMIT
    await asyncio.sleep(random.uniform(1, 3))
    wire.lose_request = b""


async def database_slow(machine: Machine, random: Random) -> None:
    """Every word to and from the database takes its time."""
    wire = _database(machine, random)
    wire.delay_s = random.uniform(0.02, 0.3)
    await asyncio.sleep(4)
    wire.heal()


async def database_cut(machine: Machine, random: Random) -> None:
    """All connections of a service to its database are reset, and nobody new gets through for a moment."""
    wire = _database(machine, random)
    wire.closed = True
    wire.cut()
    await asyncio.sleep(random.uniform(0, 3))
    wire.heal()


async def database_half_open(machine: Machine, random: Random) -> None:
    """The service is heard and hears nothing."""
    wire = _database(machine, random)
    wire.deaf = True
    await asyncio.sleep(random.uniform(1, 6))
    wire.heal()


async def broker_slow(machine: Machine, random: Random) -> None:
    """Every word to and from the broker takes its time."""
    wire = _broker(machine, random)
    wire.delay_s = random.uniform(0.02, 0.2)
    await asyncio.sleep(4)
    wire.heal()


async def broker_thin(machine: Machine, random: Random) -> None:
    """Few bytes a second get through to the broker and back."""
    wire = _broker(machine, random)
    wire.bytes_per_s = random.choice((50_000, 200_000))
    await asyncio.sleep(4)
    wire.heal()


async def broker_cut(machine: Machine, random: Random) -> None:
    """Every connection to the broker is reset, some times over."""
    wire = _broker(machine, random)
    for _ in range(random.randint(1, 4)):
        wire.cut()
        await asyncio.sleep(random.uniform(0.1, 1.5))


async def broker_half_open(machine: Machine, random: Random) -> None:
    """Requests arrive, answers do not; or the other way round."""
    wire = _broker(machine, random)
    wire.deaf, wire.mute = random.choice(((True, False), (False, True)))
    await asyncio.sleep(random.uniform(2, 8))
    wire.heal()
    await machine.ready(SERVICES)


async def mail_cut(machine: Machine, random: Random) -> None:
    """The line to the mail server breaks after a mail was handed over, before it is acknowledged."""
    assert machine.mail_wire is not None
    machine.mail_wire.lose_reply_to = b"\r\n.\r\n"
    await asyncio.sleep(random.uniform(1, 4))
    machine.mail_wire.heal()


async def old_records_again(machine: Machine, random: Random, topic: str = "") -> None:
    """A producer's network repeats records of long ago, one by one and out of turn."""
    ends = await end_of(machine.bootstrap, [topic or random.choice(list(CATALOG.topics))])
    log = [r async for batch in read(machine.bootstrap, ends) for r in batch]
    old = [r for r in log if r.offset >= machine.starts.get(r.place, 0)]
    async with AIOKafkaProducer(bootstrap_servers=machine.bootstrap, acks="all") as producer:
        for r in random.sample(old, min(12, len(old))):
            await producer.send_and_wait(
                r.topic, r.value, r.key, partition=r.partition, headers=list(r.headers)
            )


async def poison(machine: Machine, random: Random) -> None:
    """Bytes nobody can read, a version of the future, and a record of three megabytes."""
    topic = random.choice(list(CATALOG.topics))
    key = f"poison {random.getrandbits(32)}".encode()
    future = [
        ("ce_id", derived(key.decode(), "future").encode()), ("ce_type", b"submission.application_withdrawn"),
        ("ce_source", b"a fault"), ("ce_time", b"2021-07-05T10:00:00+08:00"), ("ce_dataversion", b"99"),
    ]  # fmt: skip
    async with AIOKafkaProducer(
        bootstrap_servers=machine.bootstrap, acks="all", max_request_size=2 * OVERSIZED
    ) as producer:
        for value, headers in ((b"\xff\x00", []), (b"{}", future), (b"x" * OVERSIZED, [])):
            partition = random.randrange(PARTITIONS)
            await producer.send_and_wait(topic, value, key, partition=partition, headers=headers)
