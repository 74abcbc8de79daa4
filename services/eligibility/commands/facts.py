"""Commands about facts: recorded with a source, retracted with a reason; cases are judged again."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from contracts.eligibility import FactRecorded, FactRetracted
from contracts.event import Event
from services.chassis.errors import Conflict, NotFound
from services.chassis.ids import derived
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.eligibility.commands.assessing import assessed
from services.eligibility.commands.reading import read_fact
from services.eligibility.rules import fact_to_json
from services.eligibility.store import CallCriteria, Case, CaseAssessment, FactRecord, Question


@dataclass(frozen=True, slots=True)
class RecordFact:
    """Put a dated, sourced fact about an applicant on record.

    `fact`: kind, detail, dates, source. `reference`: the caller's own id of it, if there is one.
    """

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
        Conflict: the reference names another fact, or the fact was retracted.
    """
    read = read_fact(command.applicant_id, command.fact, now)
    content = _content(fact_to_json(read))
    fact_id = derived(command.applicant_id, command.reference or content)
    facts = rows.of(FactRecord, applicant_id=command.applicant_id)
    answer = Answer(201, {"applicant_id": command.applicant_id, "fact_id": fact_id})
    before = next((f for f in facts if f.fact_id == fact_id), None)
    if before is not None:
        _same(before, content)
        return answer
    event = FactRecorded(
        applicant_id=command.applicant_id,
        fact_id=fact_id,
        kind=read.kind,
        fact=fact_to_json(replace(read, id=fact_id)),
        recorded_by=command.by,
        recorded_at=now,
    )
    yield event
    yield from _judged_again(rows, [*facts, FactRecord(**event.model_dump())], command, now)
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
        applicant_id=command.applicant_id,
        fact_id=command.fact_id,
        reason=command.reason,
        retracted_by=command.by,
        retracted_at=now,
    )
    left = [f for f in facts if f.fact_id != command.fact_id]
    yield from _judged_again(rows, left, command, now)
    return answer


def _judged_again(
    rows: NamedRows, facts: Iterable[FactRecord], command: RecordFact | RetractFact, now: str
) -> Iterator[Event]:
    held = list(facts)
    for case in rows.of(Case, applicant_id=command.applicant_id):
        criteria = rows.get(CallCriteria, case.call_id, case.call_version)
        if criteria is not None and case.status == "submitted":
            questions = rows.of(Question, application_id=case.application_id)
            before = rows.get(CaseAssessment, case.application_id)
            yield from assessed(case, criteria, held, questions, before, now)


def _content(fact: dict[str, Any]) -> str:
    """What a fact says, in one spelling, whoever recorded it and when."""
    said = {name: fact[name] for name in ("kind", "detail", "dates", "source")}
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def _same(before: FactRecord, content: str) -> None:
    if _content(before.fact) != content:
        raise Conflict(
            "reference_reused",
            f"This reference names another fact, recorded on {before.recorded_at}; "
            "retract that one, or take a new reference.",
            f"该编号已用于 {before.recorded_at} 登记的另一事实，请撤销原事实或更换编号。",
            fact_id=before.fact_id,
        )
    if before.retracted_at is not None:
        raise Conflict(
            "fact_retracted",
            f"This fact was retracted on {before.retracted_at}: {before.retraction_reason}. "
            "If it holds after all, record it with a new reference.",
            f"该事实已于 {before.retracted_at} 撤销：{before.retraction_reason}。"
            "如确属实，请以新的编号重新登记。",
            fact_id=before.fact_id,
        )
