"""What ops keeps: one header-only row per record of every topic, how far it read, and what is there."""

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from services.chassis.tables import Row, Tables

TABLES = Tables("ops")
STORY_EVENTS_MAX = 10_000
# `offset 0` keeps the planner to one look into the index per event: before its statistics are in, it
# would rather read the whole table.
STORY = text("""
with recursive tree as (
    select * from seen where correlation_id = :case or event_key = :case
    union
    select s.* from tree t cross join lateral
    (select * from seen where causation_id = t.event_id offset 0) s
)
select * from tree order by logged_at, topic, partition, position limit :most
""")


@TABLES.workspace(sets=(("correlation_id",), ("event_key",), ("event_id",), ("causation_id",)))
class Seen(Row):
    """One record of the log, without its body."""

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    event_id: str
    event_type: str
    version: int
    source: str
    time: str
    event_key: str
    correlation_id: str
    causation_id: str
    sequence: int
    logged_at: int
    """When the broker took it: milliseconds since 1970, UTC."""


@TABLES.workspace()
class Place(Row):
    """How far one partition was read, and when the broker took the last record."""

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    next: int
    logged_at: int


@TABLES.workspace()
class Kind(Row):
    """How many records of one event type and version a topic holds."""

    topic: str = Field(primary_key=True)
    event_type: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    events: int
    logged_at: int


async def story(session: AsyncSession, case: str) -> list[dict[str, Any]]:
    """Everything with this correlation id or key and all it led to, once per event, causes first."""
    rows = await session.execute(STORY, {"case": case, "most": STORY_EVENTS_MAX})
    found: dict[str, dict[str, Any]] = {}
    for row in rows.mappings():
        found.setdefault(row["event_id"], dict(row))
    return in_causal_order(found)


def in_causal_order(found: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """By time; at one time causes before effects. Each event gets its depth below its first cause."""
    for event in found.values():
        depth, cause = 0, event["causation_id"]
        while cause in found and depth < len(found):
            depth, cause = depth + 1, found[cause]["causation_id"]
        event["depth"] = depth
    return sorted(
        found.values(),
        key=lambda e: (e["logged_at"] if e["logged_at"] else 0, e["depth"], e["topic"], e["position"]),
    )  # fmt: skip


async def ends(session: AsyncSession) -> dict[str, int]:
    """The next position to read, per `topic/partition`."""
    rows = await session.scalars(select(Place.Table))
    return {f"{row.topic}/{row.partition}": row.next for row in rows}


async def kinds(session: AsyncSession) -> list[dict[str, Any]]:
    """How many events of every type and version are in the log: contract versions in flight."""
    table = Kind.Table
    query = select(table).order_by(
        col(table.topic), col(table.event_type), col(table.version)
    )  # fmt: skip
    return [row.model_dump() for row in await session.scalars(query)]


async def logged_at(session: AsyncSession, places: dict[str, int]) -> dict[str, int]:
    """When the broker took the records at these positions; what is not there yet is left out."""
    if not places:
        return {}
    split = [(place.rpartition("/"), at) for place, at in places.items()]
    rows = await session.execute(
        text(
            "select s.topic, s.partition, s.logged_at from seen s join unnest("
            "cast(:topics as text[]), cast(:partitions as bigint[]), cast(:positions as bigint[])) "
            "as at(topic, partition, position) using (topic, partition, position)"
        ),
        {
            "topics": [topic for (topic, _, _), _ in split],
            "partitions": [int(part) for (_, _, part), _ in split],
            "positions": [at for _, at in split],
        },
    )
    return {f"{topic}/{part}": at for topic, part, at in rows.all()}
