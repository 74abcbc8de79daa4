"""What ops keeps: one header-only row per record of every topic, and how far it has read."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from services.chassis.tables import Row, Tables

TABLES = Tables("ops")


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


async def story(session: AsyncSession, case: str) -> list[Any]:
    """Everything with this correlation id or key, once per event, in time order."""
    table = Seen.Table
    wanted = select(table).where(
        (col(table.correlation_id) == case) | (col(table.event_key) == case)
    )
    found: dict[str, Any] = {}
    for row in await session.scalars(
        wanted.order_by(col(table.time), col(table.logged_at), col(table.position))
    ):
        found.setdefault(row.event_id, row)
    return list(found.values())


async def ends(session: AsyncSession) -> dict[str, int]:
    """The next position to read, per `topic/partition`."""
    table = Seen.Table
    query = select(table.topic, table.partition, func.max(col(table.position)) + 1).group_by(
        table.topic, table.partition
    )
    return {f"{t}/{p}": n for t, p, n in (await session.execute(query)).all()}


async def types(session: AsyncSession) -> list[dict[str, Any]]:
    """How many events of every type and version are in the log: contract versions in flight."""
    table = Seen.Table
    query = (
        select(table.topic, table.event_type, table.version, func.count(), func.max(table.time))
        .group_by(table.topic, table.event_type, table.version)
        .order_by(table.topic, table.event_type, table.version)
    )
    rows = (await session.execute(query)).all()
    return [
        {"topic": t, "type": e, "version": v, "events": n, "latest": at} for t, e, v, n, at in rows
    ]
