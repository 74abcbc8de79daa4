"""The command that answers a question: a person with the right role says yes or no, and why."""

from dataclasses import dataclass
from typing import Literal

from contracts.eligibility import QuestionAnswered
from services.chassis.errors import Conflict, Forbidden, NotFound, Stale
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.eligibility.commands.assessing import assessed
from services.eligibility.store import CallCriteria, Case, CaseAssessment, FactRecord, Question


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """Whether an open rule bars the applicant, with a reason.

    `question_id`: the question that was read; "" takes whichever stands.
    """

    application_id: str
    rule: str
    answer: Literal["yes", "no"]
    reason: str
    question_id: str
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
    """Answer and judge again; the same answer again is answered the same.

    Raises:
        NotFound: no such question. Forbidden: not one of the roles the rule names.
        Stale: another question stands by now. Conflict: it was answered otherwise, the facts have
            settled it, or the application was withdrawn.
    """
    questions = rows.of(Question, application_id=command.application_id)
    question = next((q for q in questions if q.rule == command.rule), None)
    case = rows.get(Case, command.application_id)
    criteria = rows.get(CallCriteria, case.call_id, case.call_version) if case else None
    if question is None or case is None or criteria is None:
        raise NotFound(
            "question_unknown",
            f"No question on rule {command.rule} was asked about {command.application_id}.",
            f"申报 {command.application_id} 没有关于规则 {command.rule} 的待答问题。",
        )
    said = {"application_id": case.application_id, "rule": command.rule, "answer": command.answer}
    _may_answer(command, question)
    if question.status == "answered":
        return Answer(201, said)
    _waits(question, case)
    event = QuestionAnswered(
        application_id=case.application_id,
        call_id=case.call_id,
        question_id=question.question_id,
        rule=command.rule,
        answer=command.answer,
        reason=command.reason,
        answered_by=command.by,
        answered_at=now,
    )
    yield event
    others = [q for q in questions if q.rule != command.rule]
    facts = rows.of(FactRecord, applicant_id=case.applicant_id)
    before = rows.get(CaseAssessment, case.application_id)
    yield from assessed(case, criteria, facts, [*others, answered(question, event)], before, now)
    return Answer(201, said)


def answered(question: Question, event: QuestionAnswered) -> Question:
    """A question with its answer."""
    return question.but(
        status="answered",
        answer=event.answer,
        reason=event.reason,
        answered_by=event.answered_by,
        answered_at=event.answered_at,
    )


def _may_answer(command: AnswerQuestion, question: Question) -> None:
    if not command.roles.intersection(question.roles):
        raise Forbidden(
            "may_not_answer",
            f"Only {', '.join(question.roles)} may answer the question on {question.rule}.",
            f"只有 {'、'.join(question.roles)} 可以回答关于 {question.rule} 的问题。",
        )
    if command.question_id not in ("", question.question_id):
        raise Stale(
            "question_changed",
            f"Another question on {question.rule} stands since {question.opened_at}: "
            "facts came in. Read it and answer that.",
            f"关于 {question.rule} 的问题已因新的事实于 {question.opened_at} 更新，请重新阅读后回答。",
            question_id=question.question_id,
        )
    same = (question.answer, question.reason) == (command.answer, command.reason)
    if question.status == "answered" and not same:
        raise Conflict(
            "already_answered",
            f"{question.answered_by} answered {question.answer} on {question.answered_at}: "
            f"{question.reason}",
            f"{question.answered_by} 已于 {question.answered_at} 回答 {question.answer}："
            f"{question.reason}",
        )


def _waits(question: Question, case: Case) -> None:
    if case.status == "withdrawn":
        raise Conflict(
            "withdrawn",
            f"Application {case.application_id} was withdrawn; nothing is to be answered.",
            f"申报 {case.application_id} 已撤回，无需回答。",
        )
    if question.status == "settled":
        raise Conflict(
            "question_settled",
            f"The facts on record settle {question.rule} by now; an answer would not count. "
            "Record or retract a fact instead.",
            f"在案事实已能判定 {question.rule}，回答不再起作用；如有不符请登记或撤销事实。",
        )
