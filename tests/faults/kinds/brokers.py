"""Faults that only a cluster can have: a leader lost, a controller lost, too many lost."""

import asyncio
import time
from random import Random

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.cli.definitions import definition
from tests.faults.kinds.copies import all_in_step, busy_place, leader_of
from tests.faults.kinds.servers import broker_started
from tests.faults.load import caught_up, passed
from tests.faults.machine import Machine, WiredKafka

FROZEN_SECONDS_MAX = 75
UNHEARD_SECONDS = 4
NOBODY_READS = b"\xff\x00"


async def leader_killed(machine: Machine, random: Random) -> float:
    """Kill -9 of the leader of a busy partition; seconds until its events flow again without it."""
    topic, partition = await busy_place(machine, random)
    machine.nodes[await leader_of(machine, topic, partition) - 1].kill()
    took = await flows_again(machine, topic, partition)
    await broker_started(machine)
    return took


async def controller_killed(machine: Machine, random: Random) -> float:
    """Kill -9 of the active controller; seconds until events flow again without it."""
    place = await busy_place(machine, random)
    _controller(machine).kill()
    took = await flows_again(machine, *place)
    await broker_started(machine)
    return took


async def leader_frozen(machine: Machine, random: Random) -> float:
    """A leader stands still until events flow without it; then it goes on and believes it leads still."""
    topic, partition = await busy_place(machine, random)
    node = machine.nodes[await leader_of(machine, topic, partition) - 1]
    node.pause()
    flowing = asyncio.create_task(flows_again(machine, topic, partition))
    try:
        await asyncio.wait({flowing}, timeout=FROZEN_SECONDS_MAX)
    finally:
        node.resume()
    took = await flowing
    await all_in_step(machine)
    return took


async def one_by_one(machine: Machine, random: Random) -> None:
    """Every broker stops and starts, each when the one before has caught up: an upgrade."""
    for node in random.sample(machine.nodes, len(machine.nodes)):
        await asyncio.to_thread(node.stop)
        await broker_started(machine)


async def two_away(machine: Machine, random: Random) -> float:
    """One of three is left: it must acknowledge nothing; when they are back everything goes on."""
    place = await busy_place(machine, random)
    for node in random.sample(machine.nodes, 2):
        node.kill()
    assert not await is_taken(machine, *place), "one broker of three acknowledged a write"
    began = time.monotonic()
    await asyncio.to_thread(machine.kafka.start, detached=True)
    await flows_again(machine, *place)
    took = time.monotonic() - began
    await all_in_step(machine)
    return took


async def all_killed(machine: Machine, random: Random) -> float:
    """Nobody is left for a while."""
    machine.kafka.kill()
    await asyncio.sleep(random.choice((0, 1, 3)))
    return await broker_started(machine)


def _controller(machine: Machine) -> WiredKafka:
    controller = machine.controller
    assert controller is not None, "one broker alone has nobody to lose its office to"
    return controller


async def flows_again(machine: Machine, topic: str, partition: int) -> float:
    """Seconds until a record comes through this partition, and all that was committed by then everywhere."""
    began = time.monotonic()
    offset = await _sent(machine, topic, partition)
    readers = [name for name in machine.services if topic in definition(name).consumes]
    await passed(machine, readers, {f"{topic}/{partition}": offset + 1})
    await caught_up(machine, machine.services)
    return time.monotonic() - began


async def _sent(machine: Machine, topic: str, partition: int) -> int:
    """Send what nobody can read, until it is taken; its offset."""
    while True:
        try:
            return await _once(machine, topic, partition)
        except (KafkaError, TimeoutError):
            await asyncio.sleep(0.2)


async def is_taken(machine: Machine, topic: str, partition: int) -> bool:
    """Whether a record is acknowledged here, asked once."""
    try:
        await _once(machine, topic, partition)
    except (KafkaError, TimeoutError):
        return False
    return True


async def _once(machine: Machine, topic: str, partition: int) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=machine.bootstrap, acks="all", request_timeout_ms=UNHEARD_SECONDS * 1_000
    )
    try:
        async with asyncio.timeout(2 * UNHEARD_SECONDS):
            await producer.start()
            sent = await producer.send_and_wait(
                topic, NOBODY_READS, b"a probe", partition=partition
            )
    finally:
        await producer.stop()
    return int(sent.offset)
