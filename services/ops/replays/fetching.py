"""Reading a handful of records out of a long log: by place, several partitions at a time."""

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.chassis.causes import Record
from services.chassis.reading import read_records

FETCH_BYTES_MAX = 32 * 1024
"""Little at a time: of what the broker sends, one record is wanted."""
SECONDS_MAX = 20
Place = tuple[str, int, int]


class Fetcher:
    """A consumer without a group that stays connected and goes where it is told."""

    def __init__(self, bootstrap: str) -> None:
        read_records()
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False,
            auto_offset_reset="earliest", fetch_max_wait_ms=50,
            max_partition_fetch_bytes=FETCH_BYTES_MAX,
        )  # fmt: skip
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        await self._consumer.stop()

    async def fetch(self, places: Iterable[Place]) -> list[Record]:
        """The records at these places; what retention took is left out.

        Raises:
            TimeoutError: the log ends before a place, or the broker is away.
        """
        wanted: dict[TopicPartition, list[int]] = {}
        for topic, partition, offset in sorted(places):
            wanted.setdefault(TopicPartition(topic, partition), []).append(offset)
        async with self._one_at_a_time, asyncio.timeout(SECONDS_MAX):
            found = await self._walk(wanted)
        return sorted(found, key=lambda r: (r.topic, r.partition, r.offset))

    async def _walk(self, wanted: dict[TopicPartition, list[int]]) -> list[Record]:
        found: list[Record] = []
        left = {part: offsets[::-1] for part, offsets in wanted.items()}
        if not left:
            return found
        self._consumer.assign(list(left))
        for part, offsets in left.items():
            self._consumer.seek(part, offsets[-1])
        while left:
            polled = await self._consumer.getmany(timeout_ms=100)
            for part, records in polled.items():
                found += self._take(part, records, left)
        return found

    def _take(
        self, part: TopicPartition, records: list[Record], left: dict[TopicPartition, list[int]]
    ) -> list[Record]:
        """What of a poll is wanted; then on to the next wanted place of this partition."""
        offsets, found, at = left.get(part, []), [], -1
        for r in records:
            at = r.offset
            while offsets and offsets[-1] < at:
                offsets.pop()
            if offsets and offsets[-1] == at:
                offsets.pop()
                found.append(r)
        if not offsets:
            left.pop(part, None)
            self._consumer.pause(part)
        elif offsets[-1] > at + 1:
            self._consumer.seek(part, offsets[-1])
        return found
