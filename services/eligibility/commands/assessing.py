"""From rows to the rules and back: one application assessed on what is on record now."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from contracts.eligibility import EligibilityAssessed, QuestionOpened
from contracts.event import Event
from contracts.values import Text
from services.chassis.ids import derived
from services.eligibility.rules import (
    Answer,
    Assessment,
    CallDates,
    Context,
    Truth,
    assess,
    assessment_to_json,
    criteria_from_pack,
    evidence_from_json,
    evidence_to_json,
    fact_from_json,
)
from services.eligibility.store import CallCriteria, Case, CaseAssessment, FactRecord, Question


def assessed(
    case: Case,
    criteria: CallCriteria,
    facts: Iterable[FactRecord],
    questions: Iterable[Question],
    before: CaseAssessment | None,
    now: str,
) -> Iterator[Event]:
    """The assessment of one application, and a question for every rule that is newly open."""
    known = {q.rule: q for q in questions}
    assessment = assess(
        [fact_from_json(f.fact) for f in facts],
        criteria_from_pack(criteria.rule_pack),
        _context(case, criteria, now),
        [_answer(q) for q in known.values() if q.status == "answered"],
    )
    yield _event(case, assessment, before.assessment_no + 1 if before else 1, now)
    for finding in assessment.findings:
        if finding.rule in assessment.open_rules and finding.rule not in known:
            yield _question(case, finding, now)


def _context(case: Case, criteria: CallCriteria, now: str) -> Context:
    return Context(
        applicant=case.applicant_id,
        dates=CallDates(
            date.fromisoformat(criteria.published_on), datetime.fromisoformat(criteria.closes_before)
        ),
        submitted_at=datetime.fromisoformat(case.submitted_at),
        screened_at=datetime.fromisoformat(now),
        declared_member_class=case.member_class,
    )


def _answer(question: Question) -> Answer:
    return Answer(
        rule=question.rule,
        value=Truth(question.answer),
        by=question.answered_by or "",
        reason=question.reason or "",
        answered_at=datetime.fromisoformat(question.answered_at or ""),
    )


def _event(case: Case, assessment: Assessment, number: int, now: str) -> EligibilityAssessed:
    return EligibilityAssessed(
        application_id=case.application_id,
        call_id=case.call_id,
        applicant_id=case.applicant_id,
        assessment_no=number,
        verdict=assessment.verdict.value,
        failed_rules=tuple(assessment.failed_rules),
        open_rules=tuple(assessment.open_rules),
        assessment=assessment_to_json(assessment),
        evidence=evidence_to_json(assessment.evidence),
        assessed_at=now,
    )


def _question(case: Case, finding: Any, now: str) -> QuestionOpened:
    return QuestionOpened(
        application_id=case.application_id,
        call_id=case.call_id,
        question_id=derived(case.application_id, finding.rule),
        rule=finding.rule,
        question=Text(zh=finding.question.text.zh, en=finding.question.text.en),
        roles=tuple(finding.question.roles),
        opened_at=now,
    )


def rederived(event: EligibilityAssessed) -> dict[str, Any]:
    """The verdict and every finding again, from the event's own evidence alone (law 3)."""
    evidence = evidence_from_json(event.evidence)
    again = assess(evidence.facts, evidence.criteria, evidence.context, evidence.answers)
    return {
        "verdict": again.verdict.value,
        "failed_rules": list(again.failed_rules),
        "open_rules": list(again.open_rules),
        "assessment": assessment_to_json(again),
        "evidence": evidence_to_json(again.evidence),
    }
