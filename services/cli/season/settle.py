"""Waiting until every event has reached everybody: asked of the stores themselves."""

import asyncio
import json
import time

import asyncpg

from contracts.catalog import CATALOG
from services.chassis.log import end_of
from services.cli.definitions import definition
from services.cli.stack import SERVICES, Stack

SECONDS_MAX = 120
PAUSE_SECONDS = 0.05


class NotSettled(Exception):
    """Somebody never caught up; says who, where and by how much."""


async def settle(stack: Stack, seconds_max: float = SECONDS_MAX) -> None:
    """Wait until every outbox is in the log and every service has applied all of the log.

    Raises:
        NotSettled: it did not happen in time.
    """
    deadline = time.monotonic() + seconds_max
    while True:
        waiting = await unsettled(stack)
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise NotSettled("; ".join(f"{who}: {what}" for who, what in waiting.items()))
        await asyncio.sleep(PAUSE_SECONDS)


async def unsettled(stack: Stack) -> dict[str, str]:
    """Who still waits for what; empty when all is quiet."""
    try:
        ends = await end_of(stack.bootstrap, CATALOG.topics)
        found = await asyncio.gather(*(_waiting(stack, name, ends) for name in SERVICES))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as away:
        return {"system": f"{type(away).__name__}: {away}"}
    return {name: what for name, what in zip(SERVICES, found, strict=True) if what}


async def _waiting(stack: Stack, name: str, ends: dict[str, int]) -> str:
    service = definition(name)
    connection = await asyncpg.connect(stack.postgres.url(name))
    try:
        (head,) = await connection.fetch("select marks, sequences from head")
        sent = await connection.fetchval("select coalesce(sum(sent + 1), 0)::bigint from relay")
    finally:
        await connection.close()
    marks, sequences = json.loads(head["marks"]), json.loads(head["sequences"])
    unsent = sum(sequences.values()) - sent
    unread = sum(
        end - marks.get(p, [0])[0]
        for p, end in ends.items()
        if p.rpartition("/")[0] in service.consumes
    )
    return f"{unsent} events unsent, {unread} records unread" if unsent or unread else ""
