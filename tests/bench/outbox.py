"""A process that fills an outbox, and then carries it to the log: the relay on its own.

`python -m tests.bench.outbox DATABASE_URL BOOTSTRAP`
"""

import asyncio
import sys

import uvloop

from services.chassis import logs
from services.chassis.database import Database
from services.chassis.engine import Engine
from services.chassis.garbage import collect_rarely
from services.chassis.ids import fresh
from services.chassis.metrics import Metrics
from services.chassis.relay import Relay
from services.chassis.rows import Cache
from tests.bench.chain import STAGE_1, start
from tests.bench.line import serve, until

BATCH = 2_000
NOW = "2021-07-05T10:00:00.000000+08:00"


async def _run(url: str, bootstrap: str) -> None:
    database = Database(STAGE_1, url)
    await database.connect()

    async def fill(count: int) -> int:
        """Commit the events of `count` cases through the engine; nobody sends them yet."""
        engine, cache = Engine(STAGE_1), Cache(STAGE_1.tables, complete=True)
        head, _ = await database.read_head()
        for first in range(0, count, BATCH):
            asks = [start(n, NOW, "outbox") for n in range(first, min(first + BATCH, count))]
            batch = engine.run(cache, head, asks, {})
            await database.commit(head, batch, fresh(), NOW)
            cache.settle()
            head, _ = await database.read_head()
        return sum(head.sequences.values())

    async def relay() -> float:
        """Seconds from the relay's first look at the outbox until the broker has all of it."""
        assert STAGE_1.publishes is not None
        head, _ = await database.read_head()
        carrier = Relay(STAGE_1.publishes, url, bootstrap, Metrics("bench"))
        task = asyncio.create_task(carrier.run())
        began = await until(lambda: carrier.active)
        ends = head.sequences.items()
        ended = await until(lambda: all(carrier.acked[p] + 1 >= end for p, end in ends))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return ended - began

    await serve({"fill": fill, "relay": relay})
    await database.close()


if __name__ == "__main__":
    logs.configure("outbox", "WARNING")
    collect_rarely()
    uvloop.run(_run(*sys.argv[1:3]))
