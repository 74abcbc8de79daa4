"""Who leads which partition of the log, and whether every copy has all of it."""

import asyncio
from random import Random
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from contracts.catalog import CATALOG
from services.chassis.log import end_of
from tests.faults.machine import Machine

IN_STEP_SECONDS_MAX = 90
PAUSE_SECONDS = 0.2


async def all_in_step(machine: Machine) -> None:
    """Wait until every copy of every partition has all that was written: the next fault may come."""
    async with asyncio.timeout(IN_STEP_SECONDS_MAX):
        while not await _in_step(machine):  # noqa: ASYNC110 (brokers wake nobody)
            await asyncio.sleep(PAUSE_SECONDS)


async def _in_step(machine: Machine) -> bool:
    try:
        parts = await partitions(machine)
    except (KafkaError, OSError, TimeoutError):
        return False
    return all(len(p["isr"]) == machine.kafka.copies and p["leader"] > 0 for _, p in parts)


async def partitions(machine: Machine) -> list[tuple[str, dict[str, Any]]]:
    """Every partition of every topic with its leader and its copies."""
    admin = AIOKafkaAdminClient(bootstrap_servers=machine.bootstrap, request_timeout_ms=5_000)
    try:
        await admin.start()
        topics = await admin.describe_topics()
    finally:
        await admin.close()
    return [(topic["topic"], part) for topic in topics for part in topic["partitions"]]


async def leader_of(machine: Machine, topic: str, partition: int) -> int:
    """The node that leads a partition now."""
    parts = await partitions(machine)
    return next(
        int(p["leader"]) for name, p in parts if (name, p["partition"]) == (topic, partition)
    )


async def busy_place(machine: Machine, random: Random) -> tuple[str, int]:
    """A partition that has just been written to, or the one with the longest log."""
    before = await end_of(machine.bootstrap, CATALOG.topics)
    await asyncio.sleep(1)
    now = await end_of(machine.bootstrap, CATALOG.topics)
    grown = sorted(now, key=lambda place: (now[place] - before[place], now[place], place))
    topic, _, partition = random.choice(grown[-3:]).rpartition("/")
    return topic, int(partition)
