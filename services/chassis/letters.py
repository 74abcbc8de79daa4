"""What an operator looks at: dead letters, grouped by what went wrong, and the keys that wait."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.chassis.store import Audit, DeadLetter, Proposal

LETTERS = DeadLetter.Table
WAITING = ("parked", "queued")


async def letters(session: AsyncSession, wanted: dict[str, str], limit: int) -> list[Any]:
    """Records that were not applied, newest first; `wanted` names columns and their values."""
    query = select(LETTERS).order_by(col(LETTERS.seen_at).desc(), col(LETTERS.position).desc())
    for column, value in wanted.items():
        if value:
            query = query.where(getattr(LETTERS, column) == value)
    return [row.model_dump() for row in await session.scalars(query.limit(limit))]


async def totals(session: AsyncSession) -> list[dict[str, Any]]:
    """How many letters there are of each state and code."""
    query = select(LETTERS.state, LETTERS.code, func.count()).group_by(LETTERS.state, LETTERS.code)
    rows = (await session.execute(query.order_by(LETTERS.state, LETTERS.code))).all()
    return [{"state": s, "code": c, "count": n} for s, c, n in rows]


async def groups(session: AsyncSession, state: str = "") -> list[dict[str, Any]]:
    """Letters that went wrong the same way: how many, where, when first and last, one example."""
    columns = (LETTERS.fingerprint, LETTERS.topic, LETTERS.event_type, LETTERS.state, LETTERS.code)
    query = select(
        *columns, func.count(), func.count(func.distinct(LETTERS.event_key)), func.min(LETTERS.reason),
        func.min(LETTERS.seen_at), func.max(LETTERS.seen_at), func.max(LETTERS.attempts),
    ).group_by(*columns)  # fmt: skip
    if state:
        query = query.where(col(LETTERS.state) == state)
    rows = (await session.execute(query.order_by(func.count().desc(), *columns))).all()
    names = (
        "fingerprint", "topic", "event_type", "state", "code", "count", "keys", "reason",
        "first_seen_at", "last_seen_at", "attempts",
    )  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in rows]


async def parked_keys(session: AsyncSession, limit: int) -> list[dict[str, Any]]:
    """Keys that wait, longest first: what they wait for, and how many records queue behind it."""
    waits = select(
        LETTERS.topic, LETTERS.event_key, func.count().label("records"),
        func.min(LETTERS.seen_at).label("since"),
    ).where(col(LETTERS.state).in_(WAITING)).group_by(LETTERS.topic, LETTERS.event_key)  # fmt: skip
    keys = (await session.execute(waits.order_by("since").limit(limit))).all()
    heads = select(LETTERS).where(col(LETTERS.state) == "parked")
    head = {(r.topic, r.event_key): r for r in await session.scalars(heads)}
    return [_parked_key(row, head.get((row[0], row[1]))) for row in keys]


def _parked_key(row: Any, head: Any) -> dict[str, Any]:
    topic, key, records, since = row
    found = {"topic": topic, "key": key, "queued": records - 1, "since": since}
    if head is not None:
        found |= {
            "code": head.code, "reason": head.reason, "fingerprint": head.fingerprint,
            "event_type": head.event_type, "attempts": head.attempts,
        }  # fmt: skip
    return found


async def parked_count(session: AsyncSession) -> int:
    """How many keys wait."""
    keys = (
        select(LETTERS.topic, LETTERS.event_key).where(col(LETTERS.state).in_(WAITING)).distinct()
    )
    return int(
        (await session.execute(select(func.count()).select_from(keys.subquery()))).scalar_one()
    )


async def audits(session: AsyncSession, limit: int) -> list[Any]:
    """What operators did to the machinery, newest first."""
    table = Audit.Table
    query = select(table).order_by(col(table.done_at).desc(), col(table.id)).limit(limit)
    return [row.model_dump() for row in await session.scalars(query)]


async def proposals(session: AsyncSession, state: str, limit: int) -> list[Any]:
    """Acts proposed, newest first."""
    table = Proposal.Table
    query = select(table).order_by(col(table.proposed_at).desc(), col(table.id)).limit(limit)
    if state:
        query = query.where(col(table.state) == state)
    return [row.model_dump() for row in await session.scalars(query)]
