"""Records handed over as a reader of the log would."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import orjson

from services.chassis.causes import Record


async def batches(records: Iterable[Record], size: int = 500) -> AsyncIterator[list[Record]]:
    """The records in batches, not yet read by anybody."""
    held = [unread(record) for record in records]
    for start in range(0, len(held), size):
        yield held[start : start + size]


def unread(record: Record) -> Record:
    """The same bytes, not yet read."""
    return replace(record, envelope=None, event=None)


def edited(record: Record, **fields: object) -> Record:
    """The record with other fields in its body: what a forger would leave."""
    body = {**orjson.loads(record.value), **fields}
    return replace(record, value=orjson.dumps(body), envelope=None, event=None)


def of_type(records: Iterable[Record], event_type: str) -> list[Record]:
    """The records of one type."""
    return [r for r in records if r.read_envelope().type == event_type]
