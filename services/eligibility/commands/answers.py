"""The command that answers a question: a person with the right role says yes or no, and why."""

from dataclasses import dataclass
from typing import Literal

from contracts.eligibility import QuestionAnswered
from services.chassis.errors import Conflict, Forbidden, NotFound
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.eligibility.commands.assessing import assessed
from services.eligibility.store import CallCriteria, Case, CaseAssessment, FactRecord, Question


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """Whether an open rule bars the applicant, with a reason."""

    application_id: str
    rule: str
    answer: Literal["yes", "no"]
    reason: str
    by: str
    roles: frozenset[str]


def _needs(command: AnswerQuestion) -> list[Need]:
    return [
        Case.key(command.application_id),
        CaseAssessment.key(command.application_id),
        Question.of(application_id=command.application_id),
    ]


def _then(command: AnswerQuestion, rows: NamedRows) -> list[Need]:
    case = rows.get(Case, command.application_id)
    if case is None:
        return []
    return [
        CallCriteria.key(case.call_id, case.call_version),
        FactRecord.of(applicant_id=case.applicant_id),
    ]


@decision(AnswerQuestion, needs=_needs, then=_then)
def answer_question(command: AnswerQuestion, rows: NamedRows, now: str) -> Outcome:
    """Answer and judge again.

    Raises:
        NotFound: no such question. Forbidden: not one of the roles the rule names.
        Conflict: it was answered otherwise before.
    """
    questions = rows.of(Question, application_id=command.application_id)
    question = next((q for q in questions if q.rule == command.rule), None)
    case = rows.get(Case, command.application_id)
    if question is None or case is None:
        raise NotFound(
            "question_unknown",
            f"No question on rule {command.rule} is open for application {command.application_id}.",
            f"申报 {command.application_id} 没有关于规则 {command.rule} 的待答问题。",
        )
    _check(command, question)
    answer = Answer(201, {"application_id": case.application_id, "rule": command.rule, "answer": command.answer})
    if question.status == "answered":
        return answer
    answered = question.but(
        status="answered", answer=command.answer, reason=command.reason,
        answered_by=command.by, answered_at=now,
    )  # fmt: skip
    yield QuestionAnswered(
        application_id=case.application_id, call_id=case.call_id, question_id=question.question_id,
        rule=command.rule, answer=command.answer, reason=command.reason,
        answered_by=command.by, answered_at=now,
    )  # fmt: skip
    criteria = rows.get(CallCriteria, case.call_id, case.call_version)
    if criteria is not None and case.status == "submitted":
        others = [q for q in questions if q.rule != command.rule]
        facts = rows.of(FactRecord, applicant_id=case.applicant_id)
        before = rows.get(CaseAssessment, case.application_id)
        yield from assessed(case, criteria, facts, [*others, answered], before, now)
    return answer


def _check(command: AnswerQuestion, question: Question) -> None:
    if not command.roles.intersection(question.roles):
        raise Forbidden(
            "may_not_answer",
            f"Only {', '.join(question.roles)} may answer the question on {question.rule}.",
            f"只有 {'、'.join(question.roles)} 可以回答关于 {question.rule} 的问题。",
        )
    if question.status == "answered" and question.answer != command.answer:
        raise Conflict(
            "already_answered",
            f"{question.answered_by} answered {question.answer} on {question.answered_at}: {question.reason}",
            f"{question.answered_by} 已于 {question.answered_at} 回答 {question.answer}：{question.reason}",
        )
