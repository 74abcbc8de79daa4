"""What eligibility keeps: criteria of calls, cases, facts, assessments, questions to people."""

from typing import Any

from sqlalchemy import tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col, select

from services.chassis.tables import Row, Tables, json_field

TABLES = Tables("eligibility")
OWN = "eligibility.events"
SUBMISSIONS = "submission.events"


@TABLES.folded(topic=SUBMISSIONS, key="call_id", sets=(("call_id",),))
class CallCriteria(Row):
    """The rule pack and the dates of one version of a call, as published."""

    call_id: str = Field(primary_key=True)
    call_version: int = Field(primary_key=True)
    published_on: str
    closes_before: str
    rule_pack: dict[str, Any] = json_field(default_factory=dict)


@TABLES.folded(topic=SUBMISSIONS, key="application_id", sets=(("applicant_id",), ("call_id",)))
class Case(Row):
    """An application as far as eligibility cares. `status`: submitted or withdrawn."""

    application_id: str = Field(primary_key=True)
    call_id: str
    call_version: int
    applicant_id: str
    applicant_name: str
    member_class: str
    submitted_at: str
    status: str


@TABLES.folded(topic=OWN, key="applicant_id", sets=(("applicant_id",),))
class FactRecord(Row):
    """A fact about an applicant, for ever; a retracted one says when it stopped counting."""

    applicant_id: str = Field(primary_key=True)
    fact_id: str = Field(primary_key=True)
    kind: str
    fact: dict[str, Any] = json_field(default_factory=dict)
    recorded_by: str
    recorded_at: str
    retracted_at: str | None = None
    retraction_reason: str | None = None


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id",),))
class CaseAssessment(Row):
    """The latest assessment of an application; earlier ones are in the log."""

    application_id: str = Field(primary_key=True)
    call_id: str
    applicant_id: str
    assessment_no: int
    verdict: str
    failed_rules: list[str] = json_field(default_factory=list)
    open_rules: list[str] = json_field(default_factory=list)
    assessment: dict[str, Any] = json_field(default_factory=dict)
    assessed_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("application_id",),))
class Question(Row):
    """What a rule could not decide. `status`: open, answered, or settled by facts that came later.

    `question_id` names the rule and the facts it is open about: an answer counts for those only.
    """

    application_id: str = Field(primary_key=True)
    rule: str = Field(primary_key=True)
    question_id: str
    call_id: str
    text_zh: str
    text_en: str
    roles: list[str] = json_field(default_factory=list)
    status: str
    opened_at: str
    answer: str | None = None
    reason: str | None = None
    answered_by: str | None = None
    answered_at: str | None = None


@TABLES.counted(topic=OWN)
class CallTally(Row):
    """How much eligibility has said about a call."""

    call_id: str = Field(primary_key=True)
    assessments: int = 0
    questions_opened: int = 0
    questions_answered: int = 0


async def assessment_of(session: AsyncSession, application_id: str) -> Any:
    """The latest assessment of an application, or None."""
    return await session.get(CaseAssessment.Table, application_id)


async def assessments_after(
    session: AsyncSession, call_id: str, verdict: str, after: str, limit: int
) -> list[Any]:
    """Assessments of a call in order of application id, of one verdict where it is named."""
    table = CaseAssessment.Table
    wanted = select(table).where(col(table.call_id) == call_id, col(table.application_id) > after)
    if verdict:
        wanted = wanted.where(col(table.verdict) == verdict)
    return list(await session.scalars(wanted.order_by(col(table.application_id)).limit(limit)))


async def questions_of(session: AsyncSession, application_id: str) -> list[Any]:
    """Every question about an application, by rule."""
    table = Question.Table
    wanted = select(table).where(col(table.application_id) == application_id)
    return list(await session.scalars(wanted.order_by(col(table.rule))))


async def open_questions(
    session: AsyncSession, call_id: str, after: tuple[str, str], limit: int
) -> list[Any]:
    """The next questions of a call that wait for a person, by application and rule."""
    table, case = Question.Table, Case.Table
    place = tuple_(col(table.application_id), col(table.rule))
    wanted = (
        select(table)
        .join(case, col(case.application_id) == col(table.application_id))
        .where(
            col(table.call_id) == call_id,
            col(table.status) == "open",
            col(case.status) == "submitted",
            place > tuple_(*after),
        )
        .order_by(col(table.application_id), col(table.rule))
        .limit(limit)
    )
    return list(await session.scalars(wanted))


async def facts_of(session: AsyncSession, applicant_id: str) -> list[Any]:
    """Everything ever recorded about an applicant, retracted or not, oldest first."""
    table = FactRecord.Table
    wanted = select(table).where(col(table.applicant_id) == applicant_id)
    return list(await session.scalars(wanted.order_by(col(table.recorded_at), col(table.fact_id))))
