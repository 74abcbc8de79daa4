"""A process that puts events on the log as a publisher would, without a store, as fast as they are taken.

`python -m tests.bench.feeder BOOTSTRAP`
"""

import asyncio
import sys

import asyncpg
import orjson
import uvloop
from aiokafka import AIOKafkaProducer

from contracts.event import Envelope, partition_of
from contracts.submission import ApplicationSubmitted
from services.chassis import logs
from services.chassis.garbage import collect_rarely
from tests.bench.chain import STAGE_1, submitted
from tests.bench.line import serve
from tests.bench.longlog import LongLog, connected
from tests.bench.story import Told

NOW = "2021-07-05T10:00:00.000000+08:00"
CHUNK = 2_000
PAUSE_SECONDS = 0.02
TOKEN = "the-case-of-the-bench"


class Feeder:
    """Sends on until told to end, and stays a little ahead of the store that takes it in."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self.log = LongLog(producer)
        self._body = submitted(TOKEN, NOW).to_json()
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def begin(self, url: str, ahead: int) -> None:
        """Start sending, at most so many events ahead of what the store at the address has taken."""
        self._ending.clear()
        self._task = asyncio.create_task(self._flow(url, ahead))

    async def end(self) -> int:
        """Stop; how many events the log has been given in all."""
        self._ending.set()
        if self._task is not None:
            await self._task
        return self.log.events

    async def _flow(self, url: str, ahead: int) -> None:
        connection = await asyncpg.connect(url)
        while not self._ending.is_set():
            if self.log.events - await taken(connection) > ahead:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            for _ in range(CHUNK):
                await self.log.add(self._told(self.log.events))
            await self.log.flush()
        await connection.close()

    def _told(self, number: int) -> Told:
        case = f"case-{number:09d}"
        envelope = Envelope(
            id=f"{number:08x}-0000-5000-8000-000000000000", type=ApplicationSubmitted.TYPE,
            version=ApplicationSubmitted.VERSION, source="mingjing/bench", time=NOW, key=case,
            correlation_id=case, causation_id=f"submit-{number}",
        )  # fmt: skip
        assert STAGE_1.publishes is not None
        value = self._body.replace(TOKEN.encode(), case.encode())
        return Told(STAGE_1.publishes.topic, partition_of(case), case.encode(), envelope, value)


async def taken(connection: asyncpg.Connection) -> int:
    """How many records of the log a store has taken in: the sum of its positions."""
    marks = await connection.fetchval("select marks from head where id = 1")
    return sum(position for position, _ in orjson.loads(marks).values())


async def stands_at(url: str) -> int:
    """As `taken`, with a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        return await taken(connection)
    finally:
        await connection.close()


async def _run(bootstrap: str) -> None:
    async with connected(bootstrap) as producer:
        feeder = Feeder(producer)
        await serve({"begin": feeder.begin, "end": feeder.end})


if __name__ == "__main__":
    logs.configure("feeder", "WARNING")
    collect_rarely()
    uvloop.run(_run(sys.argv[1]))
