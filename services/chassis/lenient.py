"""Header names that are no text: aiokafka fails the whole batch for ever, we read them escaped.

One such record would otherwise stop every service that reads its topic.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


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
        except UnicodeDecodeError:
            return iter(list(_SlowBatch(self._data)))


class LenientRecords(_MemoryRecordsPy):  # type: ignore[misc]
    """What a fetch brought for one partition."""

    def next_batch(self, *_: Any) -> Any:
        """The next batch, or None."""
        data = self._next_slice
        batch = super().next_batch()
        return None if batch is None else _Batch(batch, data)


def read_any_header_name() -> None:
    """Let every consumer of this process read so."""
    fetcher.MemoryRecords = LenientRecords
