"""A long log written straight to the broker: no service, no store, nothing but what replays read."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer

from tests.bench.story import Story, Told

BATCH_BYTES = 192 * 1024
REQUEST_BYTES_MAX = 16 * 2**20
Part = tuple[str, int]


@dataclass
class LongLog:
    """Gathers events per partition, each with the next sequence of its producer, and sends them."""

    producer: AIOKafkaProducer
    events: int = 0
    _next: dict[Part, int] = field(default_factory=lambda: defaultdict(int))
    _building: dict[Part, Any] = field(default_factory=dict)
    _bytes: dict[Part, int] = field(default_factory=lambda: defaultdict(int))
    _sent: dict[Part, Any] = field(default_factory=dict)

    async def add(self, told: Told) -> None:
        """Put one event at the end of its partition."""
        part = told.topic, told.partition
        builder = self._building.get(part)
        if builder is None:
            builder = self._building[part] = self.producer.create_batch()
        headers = told.headers(self._next[part])
        if builder.append(key=told.key, value=told.value, timestamp=None, headers=headers) is None:
            await self._send(part)
            await self.add(told)
            return
        self._next[part] += 1
        self.events += 1
        self._bytes[part] += len(told.value)
        if self._bytes[part] >= BATCH_BYTES:
            await self._send(part)

    async def _send(self, part: Part) -> None:
        """Send what was gathered; the batch before it is waited for, so that order holds."""
        if before := self._sent.pop(part, None):
            await before
        builder = self._building.pop(part)
        self._bytes[part] = 0
        self._sent[part] = await self.producer.send_batch(builder, part[0], partition=part[1])

    async def flush(self) -> None:
        """Send the rest and wait until the broker has everything."""
        for part in list(self._building):
            await self._send(part)
        sent, self._sent = self._sent, {}
        await asyncio.gather(*sent.values())


@asynccontextmanager
async def connected(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer set as the relay's is."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=0,
        compression_type="lz4", max_batch_size=REQUEST_BYTES_MAX, max_request_size=REQUEST_BYTES_MAX,
    )  # fmt: skip
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def write_log(bootstrap: str, story: Story, cases: int, also: Iterable[Told] = ()) -> int:
    """Tell the story of so many applications, then whatever else there is; how many events."""
    async with connected(bootstrap) as producer:
        log = LongLog(producer)
        for number in range(cases):
            for told in story.tell(number):
                await log.add(told)
        for told in also:
            await log.add(told)
        await log.flush()
    return log.events
