"""Log repair: what the broker lost is published again from the outboxes that still hold it."""

from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson

from services.chassis.model import Service
from services.chassis.recovery.publishing import Publisher, Sealed
from services.chassis.recovery.rebase import Offsets, rebase
from services.chassis.recovery.stores import stopped, write_checkpoints

RUN_EVENTS_MAX = 2_000


@dataclass(slots=True)
class Lost:
    """One event that an outbox has and the log has not."""

    seq: int
    event_id: str
    cause_id: str


@dataclass
class Line:
    """What one own partition of one service lacks on the log, in order."""

    connection: asyncpg.Connection
    topic: str
    part: int
    events: deque[Lost] = field(default_factory=deque)


async def repair(
    services: dict[str, Service], urls: dict[str, str], bootstrap: str, *, dry_run: bool = False
) -> dict[str, Any]:
    """Publish what the log lacks, causes before effects, then set every store's positions anew.

    The services must be stopped. Returns per topic how many events were missing (and are back).

    Raises:
        StoreBusy: a service runs.
    """
    async with AsyncExitStack() as stack:
        stores = {
            name: await stack.enter_async_context(stopped(service, urls[name]))
            for name, service in services.items()
        }
        offsets = await Offsets.of(bootstrap)
        lines = [
            line
            for name, service in services.items()
            for line in await _lines(service, stores[name], offsets)
        ]
        missing = {line.topic: 0 for line in lines}
        for line in lines:
            missing[line.topic] += len(line.events)
        if not dry_run:
            await _publish(bootstrap, [line for line in lines if line.events])
            await _settle(services, stores, bootstrap)
    return {
        "dry_run": dry_run,
        "missing": missing,
        "published": 0 if dry_run else sum(missing.values()),
    }


async def _lines(service: Service, connection: asyncpg.Connection, offsets: Offsets) -> list[Line]:
    contract = service.publishes
    if contract is None:
        return []
    lines = []
    for part in range(contract.partitions):
        line = Line(connection, contract.topic, part)
        rows = await connection.fetch(
            "select seq, headers from outbox where part = $1 and seq > $2 order by seq",
            part, offsets.last(f"{contract.topic}/{part}"),
        )  # fmt: skip
        for row in rows:
            said = dict(orjson.loads(row["headers"]))
            line.events.append(Lost(row["seq"], said["ce_id"], said.get("ce_causationid", "")))
        lines.append(line)
    return lines


async def _publish(bootstrap: str, lines: list[Line]) -> None:
    """Round after round, as far down each partition as every cause is on the log already."""
    waiting = {event.event_id for line in lines for event in line.events}
    async with Publisher(bootstrap) as publisher:
        while any(line.events for line in lines):
            moved = 0
            for line in lines:
                moved += await _advance(publisher, line, waiting)
            if not moved:  # no order satisfies all causes: an outbox was edited; send what is there
                waiting.clear()


async def _advance(publisher: Publisher, line: Line, waiting: set[str]) -> int:
    run: list[Lost] = []
    held = set[str]()
    while line.events and len(run) < RUN_EVENTS_MAX:
        event = line.events[0]
        if event.cause_id in waiting and event.cause_id not in held:
            break
        run.append(line.events.popleft())
        held.add(event.event_id)
    if run:
        rows = await line.connection.fetch(
            "select event_key, headers, body from outbox where part = $1 and seq between $2 and $3 "
            "order by seq",
            line.part, run[0].seq, run[-1].seq,
        )  # fmt: skip
        await publisher.send(line.topic, line.part, [_sealed(row) for row in rows])
        waiting -= held
    return len(run)


def _sealed(row: Any) -> Sealed:
    headers = [(name, value.encode()) for name, value in orjson.loads(row["headers"])]
    return Sealed(row["event_key"].encode(), row["body"].encode(), headers)


async def _settle(
    services: dict[str, Service], stores: dict[str, asyncpg.Connection], bootstrap: str
) -> None:
    """Positions and checkpoints by producer sequence: offsets may have moved."""
    offsets = await Offsets.of(bootstrap)
    for name, service in services.items():
        connection = stores[name]
        async with connection.transaction():
            await rebase(connection, offsets)
            if (contract := service.publishes) is not None:
                sent = {
                    part: offsets.last(f"{contract.topic}/{part}")
                    for part in range(contract.partitions)
                }
                await write_checkpoints(connection, sent)
