"""Notification's tables and the only queries on them."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from services.chassis.tables import Row, Tables, json_field

TABLES = Tables("notification")


@TABLES.folded(topic="submission.events", key="call_id")
class CallNote(Row):
    """How letters name a version of a call, and when its window ends."""

    call_id: str = Field(primary_key=True)
    call_version: int = Field(primary_key=True)
    title: dict[str, str] = json_field()
    closes_before: str


@TABLES.folded(topic="submission.events", key="application_id", sets=(("call_id",),))
class Addressee(Row):
    """The applicant of an application and where to write to."""

    application_id: str = Field(primary_key=True)
    call_id: str
    call_version: int
    applicant_name: str
    email: str
    title: str
    requested_fen: int
    form_sha256: str
    submitted_at: str
    withdrawn_at: str | None = None


@TABLES.folded(
    topic="submission.events",
    key="application_id",
    sets=(("standing_application_id",), ("call_id",)),
)
class Refusal(Row):
    """A refused second application; the first one stands."""

    application_id: str = Field(primary_key=True)
    call_id: str
    standing_application_id: str
    refused_at: str


@TABLES.folded(topic="eligibility.events", key="application_id", sets=(("application_id",),))
class Screening(Row):
    """One eligibility assessment; all are kept, so that letters do not depend on reading order."""

    application_id: str = Field(primary_key=True)
    assessment_no: int = Field(primary_key=True)
    verdict: str
    reasons: list[dict[str, str]] = json_field()
    assessed_at: str


@TABLES.folded(topic="document.events", key="application_id", sets=(("application_id",),))
class FormalCheck(Row):
    """One assessment of the papers."""

    application_id: str = Field(primary_key=True)
    assessment_no: int = Field(primary_key=True)
    verdict: str
    timely: str
    reasons: list[dict[str, str]] = json_field()
    assessed_at: str


@TABLES.folded(topic="document.events", key="application_id", sets=(("application_id",),))
class Correction(Row):
    """The applicant may mend the papers."""

    application_id: str = Field(primary_key=True)
    due_on: str = Field(primary_key=True)
    reasons: list[dict[str, str]] = json_field()
    requested_at: str


@TABLES.folded(topic="review.events", key="application_id", sets=(("application_id",),))
class Award(Row):
    """One decision of each kind; the first of its kind is the one told."""

    application_id: str = Field(primary_key=True)
    decision: str = Field(primary_key=True)
    amount_fen: int
    reasons: list[dict[str, str]] = json_field()
    decided_at: str


@TABLES.folded(topic="finance.events", key="application_id", sets=(("application_id",),))
class Payment(Row):
    """An instalment that a bank line proves."""

    application_id: str = Field(primary_key=True)
    payment_id: str = Field(primary_key=True)
    tranche_no: int
    amount_fen: int
    booked_on: str
    confirmed_at: str


@TABLES.folded(topic="notification.events", key="message_id", sets=(("about",), ("state",)))
class Message(Row):
    """A message and how it fares. States: `queued`, `sent`, `failed`."""

    message_id: str = Field(primary_key=True)
    about: str
    recipient: str
    template: str
    languages: list[str] = json_field()
    content: dict[str, Any] = json_field()
    queued_at: str
    queued_ms: int
    """The same instant in milliseconds since 1970, to order by."""
    state: str = "queued"
    due_ms: int = 0
    """Not to be tried before; 0 is at once."""
    failures: int = 0
    reason: str = ""
    """What the last failure said."""
    settled_at: str | None = None
    mail_sha256: str = ""


@TABLES.workspace()
class Attempt(Row):
    """How often sending a message was begun. A begun one without a result was cut off."""

    message_id: str = Field(primary_key=True)
    begun: int
    begun_at: str


async def due_messages(session: AsyncSession, now_ms: int, limit: int) -> list[Any]:
    """Messages to send now, in the order they were queued."""
    table = Message.Table
    wanted = select(table).where(col(table.state) == "queued", col(table.due_ms) <= now_ms)
    ordered = wanted.order_by(col(table.queued_ms), col(table.message_id)).limit(limit)
    return list(await session.scalars(ordered))


async def message_of(session: AsyncSession, message_id: str) -> Any | None:
    """One message."""
    return await session.get(Message.Table, (message_id,))


async def messages_after(
    session: AsyncSession, filters: dict[str, str], after: tuple[int, str], limit: int
) -> list[Any]:
    """The next messages in the order they were queued; `filters` name a column and its value."""
    table = Message.Table
    wanted = select(table).where(_beyond(table, after))
    for name, value in filters.items():
        wanted = wanted.where(col(getattr(table, name)) == value)
    ordered = wanted.order_by(col(table.queued_ms), col(table.message_id)).limit(limit)
    return list(await session.scalars(ordered))


def _beyond(table: Any, after: tuple[int, str]) -> ColumnElement[bool]:
    queued, message = col(table.queued_ms), col(table.message_id)
    beyond: ColumnElement[bool] = (queued > after[0]) | (
        (queued == after[0]) & (message > after[1])
    )
    return beyond
