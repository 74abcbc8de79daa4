"""How records come out of aiokafka: whatever their headers are named, and with either of its readers."""

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import (
    DefaultRecordBatch,
    _DefaultRecordBatchBuilderPy,
    _DefaultRecordBatchPy,
)

from services.chassis.reading import _Batch

READERS = pytest.mark.parametrize("reader", [DefaultRecordBatch, _DefaultRecordBatchPy])
NAME = "a-name"


def batch(reader: type, data: bytes) -> _Batch:
    """A batch as a fetch would bring it."""
    return _Batch(reader(data), memoryview(data))


def built(name: bytes) -> bytes:
    """A plain batch of one record, whose one header has this name of six bytes."""
    builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 2**16)
    builder.append(0, 0, b"key", b"value", [(NAME, b"1")])
    return bytes(builder.build()).replace(NAME.encode(), name)


@READERS
def test_a_name_that_is_no_text_is_read_escaped(reader: type) -> None:
    """With aiokafka's reader in C and with the one in Python, which wraps its error."""
    (record,) = batch(reader, built(b"\xff-name"))

    assert record.headers == [("\\xff-name", b"1")]
    assert (record.key, record.value) == (b"key", b"value")


@READERS
def test_a_batch_that_is_damaged_is_still_refused(reader: type) -> None:
    """Escaping is for names only."""
    data = built(NAME.encode())
    with pytest.raises(CorruptRecordException):
        list(batch(reader, data[:-6]))
