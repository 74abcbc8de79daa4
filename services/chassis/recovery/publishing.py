"""Putting records back on the log: given partitions, in order, nothing added and nothing dropped."""

from collections.abc import Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaProducer

from contracts.event import Headers
from services.chassis.causes import EVENT_BYTES_MAX

BATCH_BYTES = 256 * 1024


class Sealed(NamedTuple):
    """A record as it was on the log. `logged_at`: milliseconds since 1970; None: now."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    logged_at: int | None = None


class Publisher:
    """An idempotent producer that sends whole batches and waits for every one."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=True,
            compression_type="lz4", max_batch_size=EVENT_BYTES_MAX,
            max_request_size=2 * EVENT_BYTES_MAX, linger_ms=0,
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        await self._producer.stop()

    async def send(self, topic: str, partition: int, records: Iterable[Sealed]) -> int:
        """Send in order and return how many, when the broker has them all.

        Raises:
            KafkaError: it has not; what was sent so far stays.
        """
        sent, builder = 0, self._producer.create_batch()
        for record in records:
            if builder.size() >= BATCH_BYTES or not _append(builder, record):
                await self._flush(builder, topic, partition)
                builder = self._producer.create_batch()
                _append(builder, record)
            sent += 1
        if builder.record_count():
            await self._flush(builder, topic, partition)
        return sent

    async def _flush(self, builder: Any, topic: str, partition: int) -> None:
        await (await self._producer.send_batch(builder, topic, partition=partition))


def _append(builder: Any, record: Sealed) -> bool:
    return builder.append(
        key=record.key, value=record.value, timestamp=record.logged_at, headers=record.headers
    ) is not None  # fmt: skip
