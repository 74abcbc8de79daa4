"""What others say: terms of calls, applications, verdicts, money held, objections."""

from typing import Any

from sqlmodel import Field

from services.chassis.tables import Row, json_field
from services.review.store.tables import TABLES

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
    closes_before: str
    closed_at: str | None = None
    notice_ends_on: str | None = None
    noticed: list[str] = json_field(default_factory=list)
    """Applications whose award the public notice proposes."""


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
