"""How records come out of aiokafka: as ours at once, and whatever their headers are named.

A header name that is no text makes aiokafka fail its whole batch for ever; one such record would stop
every service that reads the topic. We read it escaped.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

from services.chassis.causes import Record


class _AnyText(bytearray):
    """Bytes whose parts decode whatever they are; what is no UTF-8 is written as a backslash, x and two digits."""

    def __getitem__(self, at: Any) -> Any:
        got = super().__getitem__(at)
        return _AnyText(got) if isinstance(at, slice) else got

    def decode(self, *_: Any, **__: Any) -> str:
        return super().decode("utf-8", "backslashreplace")


class _SlowBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    """aiokafka's own reader in Python, over such bytes."""

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _AnyText(self._buffer)


class _Batch:
    """A batch as aiokafka reads it, fast; read again slowly when it cannot be read so."""

    def __init__(self, batch: Any, data: memoryview) -> None:
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except (
            UnicodeDecodeError,
            CorruptRecordException,
        ):  # what is damaged is refused there, too
            return iter(list(_SlowBatch(self._data)))


class LenientRecords(_MemoryRecordsPy):  # type: ignore[misc]
    """What a fetch brought for one partition."""

    def next_batch(self, *_: Any) -> Any:
        """The next batch, or None."""
        data = self._next_slice
        batch = super().next_batch()
        return None if batch is None else _Batch(batch, data)


class _Records(fetcher.PartitionRecords):  # type: ignore[misc]
    """The records of one partition, each made once and not twice."""

    def _consumer_record(self, tp: TopicPartition, r: Any) -> Record:
        return Record(
            tp.topic, tp.partition, r.offset, r.key, list(r.headers), r.value or b"",
            logged_at=r.timestamp,
        )  # fmt: skip


def read_records() -> None:
    """Let every consumer of this process read so: `getmany` gives records of ours."""
    fetcher.MemoryRecords = LenientRecords
    fetcher.PartitionRecords = _Records
