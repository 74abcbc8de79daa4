"""The only queries on review's tables."""

from typing import Any

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from services.chassis.tables import Row
from services.review.store.outside import Case
from services.review.store.own import Award, Expert, Panel, ScoreSheet, Seat


async def rows_of(session: AsyncSession, table: type[Row], **values: Any) -> list[Any]:
    """Rows of a table that share these values, in primary key order."""
    wanted = select(table.Table)
    for column, value in values.items():
        wanted = wanted.where(col(getattr(table.Table, column)) == value)
    order = [col(getattr(table.Table, c)) for c in table.spec.primary]
    return list(await session.scalars(wanted.order_by(*order)))


async def one(session: AsyncSession, table: type[Row], *pk: Any) -> Any:
    """A row by its primary key, or None."""
    return await session.get(table.Table, pk)


async def experts_after(session: AsyncSession, call_id: str, after: str, limit: int) -> list[Any]:
    """The next reviewers of a call by id, each with how many seats they hold."""
    expert, seat = Expert.Table, Seat.Table
    seats = (
        select(func.count())
        .where(
            col(seat.reviewer_id) == col(expert.reviewer_id),
            col(seat.call_id) == col(expert.call_id),
            col(seat.status) == "seated",
        )
        .scalar_subquery()
    )
    wanted = (
        select(expert, seats)
        .where(col(expert.call_id) == call_id, col(expert.reviewer_id) > after)
        .order_by(col(expert.reviewer_id))
        .limit(limit)
    )
    return list(await session.execute(wanted))


async def assignments_after(
    session: AsyncSession, reviewer_id: str, after: str, limit: int
) -> list[Any]:
    """The next seats of a reviewer: the case, and when they handed in their own sheet."""
    seat, case, sheet = Seat.Table, Case.Table, ScoreSheet.Table
    own = (col(sheet.application_id) == col(seat.application_id)) & (
        col(sheet.reviewer_id) == col(seat.reviewer_id)
    )
    wanted = (
        select(case, col(sheet.submitted_at))
        .join(seat, col(seat.application_id) == col(case.application_id))
        .outerjoin(sheet, own)
        .where(
            col(seat.reviewer_id) == reviewer_id,
            col(seat.status) == "seated",
            col(case.status) == "submitted",
            col(case.application_id) > after,
        )
        .order_by(col(case.application_id))
        .limit(limit)
    )
    return list(await session.execute(wanted))


async def awards_after(session: AsyncSession, call_id: str, after: str, limit: int) -> list[Any]:
    """The next awards and refusals of a call, by application id."""
    table = Award.Table
    wanted = select(table).where(col(table.call_id) == call_id, col(table.application_id) > after)
    return list(await session.scalars(wanted.order_by(col(table.application_id)).limit(limit)))


async def vacancies(session: AsyncSession, call_id: str) -> dict[str, int]:
    """How many seats are empty, per application that still stands and has some."""
    panel, case, seat = Panel.Table, Case.Table, Seat.Table
    seated = (
        select(func.count())
        .where(col(seat.application_id) == col(panel.application_id), col(seat.status) == "seated")
        .scalar_subquery()
    )
    wanted = (
        select(col(panel.application_id), col(panel.size) - seated)
        .join(case, col(case.application_id) == col(panel.application_id))
        .where(
            col(panel.call_id) == call_id,
            col(case.status) == "submitted",
            col(panel.size) > seated,
        )
        .order_by(col(panel.application_id))
    )
    return {row[0]: row[1] for row in await session.execute(wanted)}
