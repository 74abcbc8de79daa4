"""What review keeps: cases ready or not, reviewers, conflicts, seats, sheets, ranking, awards."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col, select

from services.chassis.tables import Row, Tables, json_field

TABLES = Tables("review")
OWN = "review.events"
SUBMISSIONS = "submission.events"


@TABLES.folded(topic=SUBMISSIONS, key="call_id")
class CallTerms(Row):
    """What a call says about review and awards, in its latest version."""

    call_id: str = Field(primary_key=True)
    call_version: int
    review: dict[str, Any] = json_field(default_factory=dict)
    quota: dict[str, Any] = json_field(default_factory=dict)
    amount: dict[str, Any] = json_field(default_factory=dict)
    budget_fen: int
    closed_at: str | None = None
    notice_ends_on: str | None = None


@TABLES.folded(topic=SUBMISSIONS, key="application_id", sets=(("call_id",),))
class Case(Row):
    """An application as far as review cares. `status`: submitted or withdrawn."""

    application_id: str = Field(primary_key=True)
    call_id: str
    applicant_id: str
    applicant_name: str
    title: str
    items: list[str] = json_field(default_factory=list)
    requested_fen: int
    status: str


@TABLES.folded(topic=SUBMISSIONS, key="application_id", sets=(("call_id",),))
class Objection(Row):
    """An objection to a posted result. `status`: open, upheld or dismissed."""

    objection_id: str = Field(primary_key=True)
    application_id: str
    call_id: str
    status: str


@TABLES.folded(topic="eligibility.events", key="application_id", sets=(("call_id",),))
class Eligibility(Row):
    """What eligibility last said."""

    application_id: str = Field(primary_key=True)
    call_id: str
    verdict: str
    failed_rules: list[str] = json_field(default_factory=list)


@TABLES.folded(topic="document.events", key="application_id", sets=(("call_id",),))
class Papers(Row):
    """What document last said."""

    application_id: str = Field(primary_key=True)
    call_id: str
    verdict: str
    timely: str
    reasons: list[dict[str, Any]] = json_field(default_factory=list)


@TABLES.folded(topic="finance.events", key="application_id", sets=(("call_id",),))
class Reservation(Row):
    """Whether finance holds the money of a recommended award. `status`: held, refused or released."""

    application_id: str = Field(primary_key=True)
    call_id: str
    status: str
    amount_fen: int
    reasons: list[dict[str, Any]] = json_field(default_factory=list)


@TABLES.folded(topic=OWN, key="reviewer_id", sets=(("call_id",),))
class Expert(Row):
    """A person who may be asked to review under a call."""

    reviewer_id: str = Field(primary_key=True)
    call_id: str
    name: str
    organisation_id: str
    organisation_name: str
    email: str
    items: list[str] = json_field(default_factory=list)
    load_min: int
    load_max: int


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id",), ("application_id",)))
class DeclaredConflict(Row):
    """A tie that somebody declared."""

    application_id: str = Field(primary_key=True)
    reviewer_id: str = Field(primary_key=True)
    call_id: str
    kind: str
    statement: str
    declared_by: str
    declared_at: str


@TABLES.folded(
    topic=OWN, key="application_id", sets=(("call_id",), ("application_id",), ("reviewer_id",))
)
class Seat(Row):
    """One reviewer on one panel. `status`: seated, declined or replaced."""

    application_id: str = Field(primary_key=True)
    reviewer_id: str = Field(primary_key=True)
    call_id: str
    run_id: str
    status: str
    changed_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id",), ("application_id",)))
class ScoreSheet(Row):
    """One reviewer's points for one application."""

    application_id: str = Field(primary_key=True)
    reviewer_id: str = Field(primary_key=True)
    call_id: str
    points: dict[str, int] = json_field(default_factory=dict)
    comment: str
    submitted_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id",),))
class Completed(Row):
    """An application whose sheets are all in, with its exact score as numerator/denominator."""

    application_id: str = Field(primary_key=True)
    call_id: str
    sheets: int
    score: str
    completed_at: str


@TABLES.folded(topic=OWN, key="call_id")
class SealedRanking(Row):
    """The ranking of a call, sealed once."""

    call_id: str = Field(primary_key=True)
    ranking: dict[str, Any] = json_field(default_factory=dict)
    selection: dict[str, Any] = json_field(default_factory=dict)
    ranking_sha256: str
    sealed_by: str
    sealed_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id",),))
class Award(Row):
    """What became of an application. `state`: recommended, awarded, reserve or not_awarded."""

    application_id: str = Field(primary_key=True)
    call_id: str
    state: str
    amount_fen: int
    rank: int
    reasons: list[dict[str, Any]] = json_field(default_factory=list)
    changed_at: str


@TABLES.counted(topic=OWN)
class CallTally(Row):
    """How far review has come with a call."""

    call_id: str = Field(primary_key=True)
    reviewers: int = 0
    conflicts: int = 0
    panels: int = 0
    sheets: int = 0
    completed: int = 0
    recommended: int = 0
    decided: int = 0


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
