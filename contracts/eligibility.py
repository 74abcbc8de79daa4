"""What eligibility publishes: facts about applicants, assessments with evidence, questions."""

from typing import ClassVar, Literal

from contracts.event import Contract, Event
from contracts.values import Document, Id, Instant, Text


class FactRecorded(Event):
    """A dated, sourced statement on an applicant. `fact` has the shape of eligibility's rules."""

    TYPE: ClassVar[str] = "eligibility.fact_recorded"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "applicant_id"

    applicant_id: Id
    fact_id: Id
    kind: str
    fact: Document
    recorded_by: Id
    recorded_at: Instant


class FactRetracted(Event):
    """A fact turned out wrong. It stays in the record; it no longer counts."""

    TYPE: ClassVar[str] = "eligibility.fact_retracted"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "applicant_id"

    applicant_id: Id
    fact_id: Id
    reason: str
    retracted_by: Id
    retracted_at: Instant


class EligibilityAssessed(Event):
    """A verdict on one application, with every rule, fact and date it rests on.

    `evidence` holds every input; running the rule pack on it gives `assessment` again, byte for
    byte.
    """

    TYPE: ClassVar[str] = "eligibility.eligibility_assessed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    applicant_id: Id
    assessment_no: int
    verdict: Literal["eligible", "barred", "undetermined"]
    failed_rules: tuple[str, ...]
    open_rules: tuple[str, ...]
    assessment: Document
    evidence: Document
    assessed_at: Instant


class QuestionOpened(Event):
    """A rule could not decide; a person has to."""

    TYPE: ClassVar[str] = "eligibility.question_opened"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    question_id: Id
    rule: str
    question: Text
    roles: tuple[str, ...]
    opened_at: Instant


class QuestionAnswered(Event):
    """A person answered a question, with a reason."""

    TYPE: ClassVar[str] = "eligibility.question_answered"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    question_id: Id
    rule: str
    answer: Literal["yes", "no"]
    reason: str
    answered_by: Id
    answered_at: Instant


ELIGIBILITY = Contract(
    publisher="eligibility",
    topic="eligibility.events",
    events=(FactRecorded, FactRetracted, EligibilityAssessed, QuestionOpened, QuestionAnswered),
    correlates=("application_id", "applicant_id"),
)
