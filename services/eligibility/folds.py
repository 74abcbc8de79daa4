"""Events into rows: the only writer of eligibility's folded tables."""

from contracts.eligibility import (
    EligibilityAssessed,
    FactRecorded,
    FactRetracted,
    QuestionAnswered,
    QuestionOpened,
)
from contracts.submission import (
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CallAmended,
    CallPublished,
)
from services.chassis.model import fold
from services.chassis.views import FoldRows
from services.eligibility.commands.answers import answered
from services.eligibility.commands.calls import criteria_of
from services.eligibility.store import (
    CallCriteria,
    CallTally,
    Case,
    CaseAssessment,
    FactRecord,
    Question,
)


@fold(CallPublished, into=[CallCriteria])
def call_published(event: CallPublished, rows: FoldRows) -> None:
    rows.put(criteria_of(event))


@fold(CallAmended, into=[CallCriteria])
def call_amended(event: CallAmended, rows: FoldRows) -> None:
    """A further version; applications keep being judged by the one they were submitted under."""
    rows.put(criteria_of(event))


@fold(ApplicationSubmitted, into=[Case])
def application_submitted(event: ApplicationSubmitted, rows: FoldRows) -> None:
    rows.put(
        Case(
            application_id=event.application_id,
            call_id=event.call_id,
            call_version=event.call_version,
            applicant_id=event.applicant.id,
            applicant_name=event.applicant.name,
            member_class=event.applicant.member_class,
            submitted_at=event.submitted_at,
            status="submitted",
        )
    )


@fold(ApplicationWithdrawn, into=[Case])
def application_withdrawn(event: ApplicationWithdrawn, rows: FoldRows) -> None:
    case = rows.get(Case, event.application_id)
    if case is not None:
        rows.put(case.but(status="withdrawn"))


@fold(FactRecorded, into=[FactRecord])
def fact_recorded(event: FactRecorded, rows: FoldRows) -> None:
    rows.put(
        FactRecord(
            applicant_id=event.applicant_id,
            fact_id=event.fact_id,
            kind=event.kind,
            fact=event.fact,
            recorded_by=event.recorded_by,
            recorded_at=event.recorded_at,
        )
    )


@fold(FactRetracted, into=[FactRecord])
def fact_retracted(event: FactRetracted, rows: FoldRows) -> None:
    fact = rows.get(FactRecord, event.applicant_id, event.fact_id)
    if fact is not None:
        retracted = {**fact.fact, "retracted_at": event.retracted_at}
        rows.put(
            fact.but(
                fact=retracted, retracted_at=event.retracted_at, retraction_reason=event.reason
            )
        )


@fold(EligibilityAssessed, into=[CaseAssessment, Question], counts=[CallTally])
def eligibility_assessed(event: EligibilityAssessed, rows: FoldRows) -> None:
    """A question that the facts have settled waits for nobody; it waits again when they do not."""
    for question in rows.of(Question, application_id=event.application_id):
        wanted = "open" if question.rule in event.open_rules else "settled"
        if question.status not in ("answered", wanted):
            rows.put(question.but(status=wanted))
    rows.put(
        CaseAssessment(
            application_id=event.application_id,
            call_id=event.call_id,
            applicant_id=event.applicant_id,
            assessment_no=event.assessment_no,
            verdict=event.verdict,
            failed_rules=list(event.failed_rules),
            open_rules=list(event.open_rules),
            assessment=event.assessment,
            assessed_at=event.assessed_at,
        )
    )
    rows.add(CallTally, event.call_id, assessments=1)


@fold(QuestionOpened, into=[Question], counts=[CallTally])
def question_opened(event: QuestionOpened, rows: FoldRows) -> None:
    rows.put(
        Question(
            application_id=event.application_id,
            rule=event.rule,
            question_id=event.question_id,
            call_id=event.call_id,
            text_zh=event.question.zh,
            text_en=event.question.en,
            roles=list(event.roles),
            status="open",
            opened_at=event.opened_at,
        )
    )
    rows.add(CallTally, event.call_id, questions_opened=1)


@fold(QuestionAnswered, into=[Question], counts=[CallTally])
def question_answered(event: QuestionAnswered, rows: FoldRows) -> None:
    question = rows.get(Question, event.application_id, event.rule)
    if question is not None:
        rows.put(answered(question, event))
    rows.add(CallTally, event.call_id, questions_answered=1)


FOLDS = (
    call_published,
    call_amended,
    application_submitted,
    application_withdrawn,
    fact_recorded,
    fact_retracted,
    eligibility_assessed,
    question_opened,
    question_answered,
)
