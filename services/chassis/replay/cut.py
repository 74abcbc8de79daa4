"""A cut: the moment of the live store that a replay reproduces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

SKIPPED = ("parked", "queued", "dead", "discarded")
NOT_COUNTED = ("sequence_gap", "headers_unreadable")
"""Codes of letters whose sequence the live store's watermark did not take in."""
Place = tuple[str, int, int]
"""Topic, partition and offset of a record."""


@dataclass(frozen=True)
class Cut:
    """Where the live store stood at one version of its head.

    `until`: per `topic/partition` the first foreign offset not to fold; `sequences`: per own
    partition the first sequence not to fold; `skipped`: records the store did not apply either, with
    why.
    """

    version: int
    until: dict[str, int]
    sequences: dict[int, int]
    skipped: dict[Place, str]

    @property
    def records(self) -> int:
        """How many records lie before it."""
        return sum(self.until.values()) + sum(self.sequences.values())

    def share(self, number: int, of: int) -> "Cut":
        """The part of the cut in every `of`-th partition, from `number` on."""
        return Cut(
            self.version,
            shared_out(self.until, number, of),
            {part: at for part, at in self.sequences.items() if part % of == number},
            {place: code for place, code in self.skipped.items() if place[1] % of == number},
        )


def shared_out(places: Mapping[str, int], number: int, of: int) -> dict[str, int]:
    """Every `of`-th partition of each topic, from `number` on: so each share holds whole keys."""
    return {p: at for p, at in places.items() if int(p.rpartition("/")[2]) % of == number}


async def read_cut(connection: asyncpg.Connection, *, lock: bool = False) -> Cut:
    """The cut as it stands; with `lock` nobody commits until this transaction ends."""
    for_update = " for update" if lock else ""
    (head,) = await connection.fetch(
        f"select version, marks, sequences from head where id = 1{for_update}"
    )
    letters = await connection.fetch(
        "select topic, partition, position, code from dead_letter where state = any($1)", SKIPPED
    )
    return Cut(
        version=head["version"],
        until={place: at[0] for place, at in orjson.loads(head["marks"]).items()},
        sequences={int(p): n for p, n in orjson.loads(head["sequences"]).items()},
        skipped={_place(r): r["code"] for r in letters},
    )


def _place(row: Any) -> Place:
    return row["topic"], row["partition"], row["position"]
