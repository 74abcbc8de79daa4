"""Reading the log without being part of it: bounded, without a group, nothing committed."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.chassis.causes import Record
from services.chassis.reading import read_records

POLL_RECORDS_MAX = 5_000
QUIET_SECONDS_MAX = 30
"""After so long without a record that was asked for, the log does not have it."""


async def end_of(bootstrap: str, topics: Iterable[str]) -> dict[str, int]:
    """The next offset of every partition, per `topic/partition`, as the log stands now."""
    async with _reader(bootstrap) as consumer:
        parts = await _partitions(consumer, topics)
        ends = await consumer.end_offsets(parts)
    return {f"{p.topic}/{p.partition}": end for p, end in ends.items()}


async def read(
    bootstrap: str, until: Mapping[str, int], since: Mapping[str, int] | None = None
) -> AsyncIterator[list[Record]]:
    """Every record before the given offsets, in batches; order is kept within a partition.

    `until`: per `topic/partition` the first offset not to read; `since`: the first one to read, the
    beginning by default.

    Raises:
        TimeoutError: the log ends before the offsets that were asked for.
    """
    since = since or {}
    left = {place: end for place, end in until.items() if end > since.get(place, 0)}
    if not left:
        return
    async with _reader(bootstrap) as consumer:
        parts = [_part(place) for place in left]
        consumer.assign(parts)
        for place, part in zip(left, parts, strict=True):
            consumer.seek(part, since.get(place, 0))
        while left:
            async with asyncio.timeout(QUIET_SECONDS_MAX):
                batch = await _poll(consumer, left)
            yield batch


async def _poll(consumer: AIOKafkaConsumer, left: dict[str, int]) -> list[Record]:
    polled = None
    while not polled:
        polled = await consumer.getmany(timeout_ms=1_000, max_records=POLL_RECORDS_MAX)
    batch: list[Record] = []
    for part, records in polled.items():
        place = f"{part.topic}/{part.partition}"
        end = left.get(place, 0)
        batch += records if records[-1].offset < end else [r for r in records if r.offset < end]
        if records[-1].offset + 1 >= end and place in left:
            del left[place]
            consumer.pause(part)
    return batch


@asynccontextmanager
async def _reader(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A reader that is put away even when no broker was there to read from."""
    read_records()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 2**20, fetch_max_wait_ms=100,
    )  # fmt: skip
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    parts: list[TopicPartition] = []
    for topic in topics:
        consumer.subscribe([topic])
        await consumer._client.force_metadata_update()
        parts += [
            TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.unsubscribe()
    return parts


def _part(place: str) -> TopicPartition:
    topic, _, partition = place.rpartition("/")
    return TopicPartition(topic, int(partition))
