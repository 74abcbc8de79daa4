"""From rows to the rules and back: one application assessed on what is on record now."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import orjson

from contracts.eligibility import EligibilityAssessed, QuestionOpened
from contracts.event import Event
from contracts.values import Text
from services.chassis.ids import derived
from services.eligibility.rules import (
    Answer,
    Assessment,
    CallDates,
    Context,
    Criteria,
    Finding,
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
    """The assessment of one application, and a question for every rule that is newly open.

    An answer counts for the facts it was asked about. When others leave the same rule open, nobody
    has looked at those, and the rule is asked about again.
    """
    at = _later(now, case.submitted_at)
    held = [fact_from_json(fact.fact) for fact in facts]
    pack, context = _pack(orjson.dumps(criteria.rule_pack)), _context(case, criteria, at)
    by_facts = assess(held, pack, context)
    about = {f.rule: _question_id(case, f) for f in by_facts.findings if f.question}
    known = {question.rule: question for question in questions}
    answers = [
        _answer(question)
        for question in known.values()
        if question.status == "answered" and question.question_id == about.get(question.rule)
    ]
    assessment = assess(held, pack, context, answers) if answers else by_facts
    yield _event(case, assessment, before.assessment_no + 1 if before else 1, at)
    yield from _questions(case, assessment, about, known, at)


@lru_cache(maxsize=64)
def _pack(text: bytes) -> Criteria:
    """A rule pack read once, not for every application: what it is read into never changes."""
    return criteria_from_pack(orjson.loads(text))


def _later(now: str, submitted_at: str) -> str:
    """An application that came before its call is judged as of its submission, not of the call's."""
    return max(now, submitted_at, key=datetime.fromisoformat)


def _context(case: Case, criteria: CallCriteria, at: str) -> Context:
    return Context(
        applicant=case.applicant_id,
        dates=CallDates(
            date.fromisoformat(criteria.published_on),
            datetime.fromisoformat(criteria.closes_before),
        ),
        submitted_at=datetime.fromisoformat(case.submitted_at),
        screened_at=datetime.fromisoformat(at),
        declared_member_class=case.member_class,
    )


def _question_id(case: Case, finding: Finding) -> str:
    """Names the rule and the facts that leave it open."""
    open_steps = [s for s in finding.steps if s.weighed.holds is Truth.UNDETERMINED]
    facts = sorted({fact for step in open_steps for fact in step.facts})
    return derived(case.application_id, "|".join((finding.rule, *facts)))


def _answer(question: Question) -> Answer:
    return Answer(
        rule=question.rule,
        value=Truth(question.answer or ""),
        by=question.answered_by or "",
        reason=question.reason or "",
        answered_at=datetime.fromisoformat(question.answered_at or ""),
    )


def _event(case: Case, assessment: Assessment, number: int, at: str) -> EligibilityAssessed:
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
        assessed_at=at,
    )


def _questions(
    case: Case,
    assessment: Assessment,
    about: Mapping[str, str],
    known: Mapping[str, Question],
    at: str,
) -> Iterator[QuestionOpened]:
    for finding in assessment.findings:
        asked = known.get(finding.rule)
        if finding.rule not in assessment.open_rules or finding.question is None:
            continue
        if asked is None or asked.question_id != about[finding.rule]:
            yield QuestionOpened(
                application_id=case.application_id,
                call_id=case.call_id,
                question_id=about[finding.rule],
                rule=finding.rule,
                question=Text(zh=finding.question.text.zh, en=finding.question.text.en),
                roles=tuple(finding.question.roles),
                opened_at=at,
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
