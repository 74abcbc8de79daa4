"""Document's tables and the only queries on them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from services.chassis.tables import Row, Tables, json_field

TABLES = Tables("document")


@TABLES.folded(topic="submission.events", key="call_id")
class CallTerms(Row):
    """What one version of a call asks for; `requirements` has the shape of the rules' evidence."""

    call_id: str = Field(primary_key=True)
    call_version: int = Field(primary_key=True)
    requirements: dict[str, Any] = json_field()


@TABLES.folded(topic="submission.events", key="application_id", sets=(("call_id",),))
class Case(Row):
    """An application as submitted, and what the applicant said about the parcel."""

    application_id: str = Field(primary_key=True)
    call_id: str
    call_version: int
    applicant_id: str
    submitted_at: str
    status: str = "submitted"
    declared: list[dict[str, Any]] = json_field(default_factory=list)
    """Declared dispatches: carrier, waybill, dispatched_on. A note, never proof of a day."""


@TABLES.folded(topic="document.events", key="application_id", sets=(("application_id",),))
class File(Row):
    """An electronic file; its bytes lie in the blob store under the digest."""

    application_id: str = Field(primary_key=True)
    file_id: str = Field(primary_key=True)
    sha256: str
    size_bytes: int
    media_type: str
    name: str
    kind: str
    channel: str
    received_at: str
    received_from: str


@TABLES.folded(topic="document.events", key="application_id", sets=(("application_id",),))
class Parcel(Row):
    """The paper register: one delivery as last counted."""

    application_id: str = Field(primary_key=True)
    parcel_id: str = Field(primary_key=True)
    channel: str
    carrier: str
    waybill: str
    dispatched_on: str | None
    arrived_at: str
    copies: int
    originals: int
    sealed: int
    opinion_signed: bool
    vetted: bool
    received_by: str
    opinion_written: bool | None = None
    opinion_dated: bool | None = None
    signatory: str = ""
    matches_electronic: bool | None = None
    recount_reason: str = ""


@TABLES.folded(topic="document.events", key="application_id")
class Check(Row):
    """The latest assessment of an application's papers."""

    application_id: str = Field(primary_key=True)
    call_id: str
    assessment_no: int
    verdict: str
    timely: str
    reasons: list[dict[str, Any]] = json_field()
    findings: list[dict[str, Any]] = json_field()
    electronic_file_id: str
    evidence: dict[str, Any] = json_field()
    assessed_at: str


@TABLES.folded(topic="document.events", key="application_id", sets=(("application_id",),))
class Correction(Row):
    """The applicant was asked to mend what is missing."""

    application_id: str = Field(primary_key=True)
    requested_at: str = Field(primary_key=True)
    due_on: str
    reasons: list[dict[str, Any]] = json_field()
    requested_by: str


async def case_of(session: AsyncSession, application_id: str) -> Any | None:
    """One application, or None while submission's event has not arrived."""
    return await session.get(Case.Table, (application_id,))


async def check_of(session: AsyncSession, application_id: str) -> Any | None:
    """The latest assessment of an application."""
    return await session.get(Check.Table, (application_id,))


async def files_of(session: AsyncSession, application_id: str) -> list[Any]:
    """Every file of an application, in the order received."""
    table = File.Table
    wanted = select(table).where(col(table.application_id) == application_id)
    return list(await session.scalars(wanted.order_by(table.received_at, table.file_id)))


async def parcels_of(session: AsyncSession, application_id: str) -> list[Any]:
    """Every parcel of an application, in the order of arrival."""
    table = Parcel.Table
    wanted = select(table).where(col(table.application_id) == application_id)
    return list(await session.scalars(wanted.order_by(table.arrived_at, table.parcel_id)))


async def corrections_of(session: AsyncSession, application_id: str) -> list[Any]:
    """Every correction asked of an application, oldest first."""
    table = Correction.Table
    wanted = select(table).where(col(table.application_id) == application_id)
    return list(await session.scalars(wanted.order_by(table.requested_at)))


async def register_of(
    session: AsyncSession, call_id: str, after: tuple[str, str], limit: int
) -> list[Any]:
    """The next parcels of a call's applications, by application and parcel id."""
    parcel, case = Parcel.Table, Case.Table
    place = (col(parcel.application_id), col(parcel.parcel_id))
    wanted = (
        select(parcel)
        .join(case, col(case.application_id) == col(parcel.application_id))
        .where(col(case.call_id) == call_id, _beyond(place, after))
        .order_by(*place)
        .limit(limit)
    )
    return list(await session.scalars(wanted))


def _beyond(place: tuple[Any, Any], after: tuple[str, str]) -> Any:
    first, second = place
    return (first > after[0]) | ((first == after[0]) & (second > after[1]))
