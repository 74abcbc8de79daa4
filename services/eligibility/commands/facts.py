"""Commands about facts: recorded with a source, retracted with a reason; every case is judged again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from contracts.eligibility import FactRecorded, FactRetracted
from contracts.event import Event
from services.chassis.errors import Invalid, NotFound
from services.chassis.ids import derived
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.eligibility.commands.assessing import assessed
from services.eligibility.rules import Fact, Problem, Unreadable, fact_from_json, fact_to_json
from services.eligibility.store import CallCriteria, Case, CaseAssessment, FactRecord, Question


@dataclass(frozen=True, slots=True)
class RecordFact:
    """Put a dated, sourced fact about an applicant on record. `fact`: kind, detail, dates, source."""

    applicant_id: str
    fact: dict[str, Any]
    reference: str
    by: str


@dataclass(frozen=True, slots=True)
class RetractFact:
    """Take a wrong fact out of account; it stays on record."""

    applicant_id: str
    fact_id: str
    reason: str
    by: str


def cases_of(command: RecordFact | RetractFact) -> list[Need]:
    """The applicant's cases and facts."""
    applicant = command.applicant_id
    return [Case.of(applicant_id=applicant), FactRecord.of(applicant_id=applicant)]


def what_each_case_needs(command: RecordFact | RetractFact, rows: NamedRows) -> list[Need]:
    """Criteria, questions and the assessment so far of every case of the applicant."""
    needs: list[Need] = []
    for case in rows.of(Case, applicant_id=command.applicant_id):
        needs += [
            CallCriteria.key(case.call_id, case.call_version),
            Question.of(application_id=case.application_id),
            CaseAssessment.key(case.application_id),
        ]
    return needs


@decision(RecordFact, needs=cases_of, then=what_each_case_needs)
def record_fact(command: RecordFact, rows: NamedRows, now: str) -> Outcome:
    """The same fact again is answered the same and recorded once.

    Raises:
        Invalid: the fact cannot be read; every problem is listed.
    """
    fact_id = derived(command.applicant_id, command.reference or repr(sorted(command.fact.items())))
    facts = rows.of(FactRecord, applicant_id=command.applicant_id)
    answer = Answer(201, {"applicant_id": command.applicant_id, "fact_id": fact_id})
    if any(f.fact_id == fact_id for f in facts):
        return answer
    fact = _read({**command.fact, "id": fact_id, "subject": command.applicant_id, "recorded_at": now})
    event = FactRecorded(
        applicant_id=command.applicant_id,
        fact_id=fact_id,
        kind=fact.kind,
        fact=fact_to_json(fact),
        recorded_by=command.by,
        recorded_at=now,
    )
    yield event
    recorded = FactRecord(
        applicant_id=command.applicant_id, fact_id=fact_id, kind=fact.kind, fact=event.fact,
        recorded_by=command.by, recorded_at=now,
    )  # fmt: skip
    yield from _judged_again(command.applicant_id, [*facts, recorded], rows, now)
    return answer


@decision(RetractFact, needs=cases_of, then=what_each_case_needs)
def retract_fact(command: RetractFact, rows: NamedRows, now: str) -> Outcome:
    """Raises NotFound when there is no such fact; retracting twice is answered the same."""
    facts = rows.of(FactRecord, applicant_id=command.applicant_id)
    found = next((f for f in facts if f.fact_id == command.fact_id), None)
    if found is None:
        raise NotFound(
            "fact_unknown",
            f"No fact {command.fact_id} is on record for {command.applicant_id}; list them first.",
            f"申报单位 {command.applicant_id} 没有编号为 {command.fact_id} 的事实，请先查询列表。",
        )
    answer = Answer(200, {"applicant_id": command.applicant_id, "fact_id": command.fact_id})
    if found.retracted_at is not None:
        return answer
    yield FactRetracted(
        applicant_id=command.applicant_id, fact_id=command.fact_id, reason=command.reason,
        retracted_by=command.by, retracted_at=now,
    )  # fmt: skip
    left = [f for f in facts if f.fact_id != command.fact_id]
    yield from _judged_again(command.applicant_id, left, rows, now)
    return answer


def _judged_again(
    applicant_id: str, facts: Iterable[FactRecord], rows: NamedRows, now: str
) -> Iterator[Event]:
    held = list(facts)
    for case in rows.of(Case, applicant_id=applicant_id):
        criteria = rows.get(CallCriteria, case.call_id, case.call_version)
        if criteria is not None and case.status == "submitted":
            questions = rows.of(Question, application_id=case.application_id)
            before = rows.get(CaseAssessment, case.application_id)
            yield from assessed(case, criteria, held, questions, before, now)


def _read(document: dict[str, Any]) -> Fact:
    try:
        return fact_from_json(document)
    except Unreadable as unreadable:
        problems = [_plain(p) for p in unreadable.problems]
        raise Invalid(
            "fact_unreadable",
            "The fact cannot be read; mend what problems lists and send it again.",
            "事实记录无法识别，请按 problems 逐项更正后重新提交。",
            problems=problems,
        ) from unreadable


def _plain(problem: Problem) -> dict[str, str]:
    return {
        "code": problem.code, "where": problem.where,
        "what": problem.what.en, "what_zh": problem.what.zh,
        "mend": problem.mend.en if problem.mend else "", "mend_zh": problem.mend.zh if problem.mend else "",
    }  # fmt: skip
