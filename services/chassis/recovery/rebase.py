"""Offsets after a recovered log: found again by the producer's sequence, which never changes."""

from collections.abc import AsyncIterator
from typing import Any, Self

import asyncpg
import orjson

from contracts.catalog import CATALOG
from services.chassis.causes import Record, letter_record, sequence_of
from services.chassis.log import end_of, read
from services.chassis.recovery.stores import write_head


class Offsets:
    """Per place, where each producer sequence stands first on the log."""

    def __init__(self) -> None:
        self._at: dict[str, list[int]] = {}

    @classmethod
    async def of(cls, bootstrap: str) -> Self:
        """Read the whole log as it stands."""
        found = cls()
        async for batch in read(bootstrap, await end_of(bootstrap, CATALOG.topics)):
            for record in batch:
                found.note(record)
        return found

    def note(self, record: Record) -> None:
        """Remember the offset of a sequence seen for the first time."""
        at = self._at.setdefault(record.place, [])
        if sequence_of(record) == len(at):
            at.append(record.offset)

    def last(self, place: str) -> int:
        """The last sequence without a gap before it; -1 when there is none."""
        return len(self._at.get(place, ())) - 1

    def after(self, place: str, sequence: int) -> int:
        """The offset to read on from when everything up to this sequence was applied."""
        at = self._at.get(place, [])
        known = min(sequence, len(at) - 1)
        return at[known] + 1 if known >= 0 else 0

    def of_sequence(self, place: str, sequence: int) -> int | None:
        """Where a sequence stands, or None."""
        at = self._at.get(place, [])
        return at[sequence] if 0 <= sequence < len(at) else None


async def rebase(connection: asyncpg.Connection, offsets: Offsets) -> None:
    """Point a store's positions and dead letters to where their records stand now."""
    (head,) = await connection.fetch("select marks, sequences from head where id = 1")
    marks = {
        place: (offsets.after(place, last), last)
        for place, (_, last) in orjson.loads(head["marks"]).items()
    }
    sequences = {int(p): n for p, n in orjson.loads(head["sequences"]).items()}
    moved = [move async for move in _moved_letters(connection, offsets)]
    statement = (
        "update dead_letter set position = $4 where topic = $1 and partition = $2 and position = $3"
    )
    # Out of the way first: a new position may still be another letter's old one.
    await connection.executemany(statement, [(t, p, old, -new - 1) for t, p, old, new in moved])
    await connection.executemany(statement, [(t, p, -new - 1, new) for t, p, _, new in moved])
    await write_head(connection, marks, sequences)


async def _moved_letters(
    connection: asyncpg.Connection, offsets: Offsets
) -> AsyncIterator[tuple[str, int, int, int]]:
    for row in await connection.fetch("select * from dead_letter"):
        new = offsets.of_sequence(f"{row['topic']}/{row['partition']}", _sequence(row))
        if new is not None and new != row["position"]:
            yield row["topic"], row["partition"], row["position"], new


def _sequence(row: Any) -> int:
    return sequence_of(letter_record(row))
