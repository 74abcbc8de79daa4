"""What submission keeps: calls, drafts, applications, notices, and what others decided on them."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from services.chassis.tables import Row, Tables, json_field

TABLES = Tables("submission")
OWN = "submission.events"


@TABLES.folded(topic=OWN, key="call_id")
class Call(Row):
    """A call as it is in force now. `call` is the whole call document."""

    call_id: str = Field(primary_key=True)
    call_version: int
    status: str
    """`open` or `closed`."""
    call: dict[str, Any] = json_field(default_factory=dict)
    call_sha256: str
    published_at: str
    in_force_from: str
    closed_at: str | None = None


@TABLES.folded(topic=OWN, key="call_id")
class CallVersion(Row):
    """Every version a call ever had: a receipt's `call_version` can be read on any later day."""

    call_id: str = Field(primary_key=True)
    call_version: int = Field(primary_key=True)
    call: dict[str, Any] = json_field(default_factory=dict)
    call_sha256: str
    reason: str
    in_force_from: str


@TABLES.workspace(sets=(("call_id", "applicant_id"),))
class Draft(Row):
    """An application being written. Not a fold: what is never sent leaves no trace in the log."""

    application_id: str = Field(primary_key=True)
    call_id: str
    applicant_id: str
    applicant: dict[str, Any] = json_field(default_factory=dict)
    content: dict[str, Any] = json_field(default_factory=dict)
    version: int
    saved_by: str
    saved_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id", "applicant_id"),))
class Application(Row):
    """An application that was sent: what its receipt says, and whether it still stands."""

    application_id: str = Field(primary_key=True)
    call_id: str
    call_version: int
    applicant_id: str
    applicant_name: str
    title: str
    items: list[str] = json_field(default_factory=list)
    requested_fen: int
    form_sha256: str
    submitted_by: str
    submitted_at: str
    withdrawn_at: str | None = None
    withdrawn_reason: str | None = None


@TABLES.folded(topic=OWN, key="application_id")
class SubmittedForm(Row):
    """The form as it was sent; apart from the application, which is read far more often."""

    application_id: str = Field(primary_key=True)
    form: dict[str, Any] = json_field(default_factory=dict)


@TABLES.folded(topic=OWN, key="application_id")
class DuplicateRefusal(Row):
    """A second application that was refused, and the one that stood in its way."""

    application_id: str = Field(primary_key=True)
    call_id: str
    applicant_id: str
    standing_application_id: str
    refused_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("application_id",),))
class Dispatch(Row):
    """A parcel with paper copies that the applicant says is under way."""

    application_id: str = Field(primary_key=True)
    waybill: str = Field(primary_key=True)
    carrier: str
    dispatched_on: str
    declared_at: str


@TABLES.folded(topic=OWN, key="call_id")
class ResultNotice(Row):
    """The proposed awards as posted, and the days of the notice."""

    call_id: str = Field(primary_key=True)
    awards: list[dict[str, Any]] = json_field(default_factory=list)
    working_days: int
    posted_on: str
    ends_on: str
    published_by: str
    published_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("application_id",),))
class Objection(Row):
    """An objection and its answer. `status`: open, upheld or dismissed."""

    objection_id: str = Field(primary_key=True)
    application_id: str
    call_id: str
    raised_by: str
    statement: str
    evidence_sha256: str
    raised_at: str
    status: str = "open"
    reason: str | None = None
    resolved_by: str | None = None
    resolved_at: str | None = None


@TABLES.workspace()
class ObjectionContact(Row):
    """How to reach whoever objected. Not in the log: it may have to be erased."""

    objection_id: str = Field(primary_key=True)
    contact: str


@TABLES.counted(topic=OWN)
class CallTally(Row):
    """The public counters of a call."""

    call_id: str = Field(primary_key=True)
    received: int = 0
    withdrawn: int = 0
    duplicates: int = 0
    dispatches: int = 0
    objections: int = 0


@TABLES.folded(topic="eligibility.events", key="application_id")
class EligibilityState(Row):
    """What eligibility last said of an application."""

    application_id: str = Field(primary_key=True)
    verdict: str
    failed_rules: list[str] = json_field(default_factory=list)
    open_rules: list[str] = json_field(default_factory=list)
    assessed_at: str


@TABLES.folded(topic="document.events", key="application_id")
class DocumentsState(Row):
    """What document last said of an application's papers."""

    application_id: str = Field(primary_key=True)
    verdict: str
    timely: str
    reasons: list[dict[str, Any]] = json_field(default_factory=list)
    assessed_at: str


@TABLES.folded(topic="document.events", key="application_id")
class Correction(Row):
    """What the applicant was last asked to mend, and until when."""

    application_id: str = Field(primary_key=True)
    reasons: list[dict[str, Any]] = json_field(default_factory=list)
    due_on: str


@TABLES.folded(topic="review.events", key="call_id")
class SealedRanking(Row):
    """Which ranking of a call is the sealed one: only what it recommends may be posted."""

    call_id: str = Field(primary_key=True)
    ranking_sha256: str


@TABLES.folded(topic="review.events", key="application_id", sets=(("call_id",),))
class Recommendation(Row):
    """An award that review proposes."""

    application_id: str = Field(primary_key=True)
    call_id: str
    applicant_name: str
    title: str
    amount_fen: int
    rank: int
    ranking_sha256: str


@TABLES.folded(topic="review.events", key="application_id")
class AwardState(Row):
    """The owner's final word on an application."""

    application_id: str = Field(primary_key=True)
    decision: str
    amount_fen: int
    reasons: list[dict[str, Any]] = json_field(default_factory=list)
    decided_at: str


async def one(session: AsyncSession, table: type[Row], *pk: Any) -> Any:
    """A row by its primary key, or None."""
    return await session.get(table.Table, pk)


async def calls_after(session: AsyncSession, after: str, limit: int) -> list[Any]:
    """The next calls in order of their id."""
    wanted = select(Call.Table).where(col(Call.Table.call_id) > after)
    return list(await session.scalars(wanted.order_by(col(Call.Table.call_id)).limit(limit)))


async def applications_after(
    session: AsyncSession, after: str, limit: int, call_id: str = "", applicant_id: str = ""
) -> list[Any]:
    """The next sent applications by id, of one call or applicant where one is named."""
    table = Application.Table
    wanted = select(table).where(col(table.application_id) > after)
    if call_id:
        wanted = wanted.where(col(table.call_id) == call_id)
    if applicant_id:
        wanted = wanted.where(col(table.applicant_id) == applicant_id)
    return list(await session.scalars(wanted.order_by(col(table.application_id)).limit(limit)))


async def drafts_of(session: AsyncSession, applicant_id: str, after: str, limit: int) -> list[Any]:
    """The next applications an applicant began and did not send, in order of their id."""
    table, sent = Draft.Table, Application.Table
    known = select(sent.application_id).where(col(sent.application_id) == col(table.application_id))
    wanted = select(table).where(
        col(table.applicant_id) == applicant_id, col(table.application_id) > after, ~known.exists()
    )
    return list(await session.scalars(wanted.order_by(col(table.application_id)).limit(limit)))


async def dispatches_of(session: AsyncSession, application_id: str) -> list[Any]:
    """The parcels of an application, by waybill."""
    table = Dispatch.Table
    wanted = select(table).where(col(table.application_id) == application_id)
    return list(await session.scalars(wanted.order_by(col(table.waybill))))


async def objections_of(session: AsyncSession, application_id: str) -> list[Any]:
    """Each objection to an application with the contact of whoever raised it, oldest first."""
    table, contact = Objection.Table, ObjectionContact.Table
    wanted = (
        select(table, contact.contact)
        .outerjoin(contact, col(contact.objection_id) == col(table.objection_id))
        .where(col(table.application_id) == application_id)
        .order_by(col(table.raised_at), col(table.objection_id))
    )
    return list(await session.execute(wanted))


async def open_objections(session: AsyncSession, call_id: str) -> int:
    """How many objections under a call nobody has answered."""
    table = Objection.Table
    wanted = select(func.count()).where(col(table.call_id) == call_id, col(table.status) == "open")
    return int(await session.scalar(wanted) or 0)
