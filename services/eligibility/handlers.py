"""Reactions of eligibility: an application is screened as soon as it and its call are known."""

from collections.abc import Iterator

from contracts.event import Event
from contracts.submission import ApplicationSubmitted, CallAmended, CallPublished
from services.chassis.model import Need, reaction
from services.chassis.views import NamedRows
from services.eligibility.commands import assessed
from services.eligibility.store import CallCriteria, Case, CaseAssessment, FactRecord, Question


def _case_needs(event: ApplicationSubmitted) -> list[Need]:
    return [
        Case.key(event.application_id),
        CallCriteria.key(event.call_id, event.call_version),
        FactRecord.of(applicant_id=event.applicant.id),
        Question.of(application_id=event.application_id),
        CaseAssessment.key(event.application_id),
    ]


@reaction(ApplicationSubmitted, needs=_case_needs)
def screen(event: ApplicationSubmitted, rows: NamedRows, now: str) -> Iterator[Event]:
    """Assess the application once; when its call is not known yet, the call's own reaction will."""
    case = rows.get(Case, event.application_id)
    criteria = rows.get(CallCriteria, event.call_id, event.call_version)
    if case is not None and criteria is not None:
        yield from _first_assessment(case, criteria, rows, now)


def _call_needs(event: CallPublished | CallAmended) -> list[Need]:
    return [CallCriteria.key(event.call_id, event.call_version), Case.of(call_id=event.call_id)]


def _waiting_needs(event: CallPublished | CallAmended, rows: NamedRows) -> list[Need]:
    needs: list[Need] = []
    for case in rows.of(Case, call_id=event.call_id):
        needs += [
            FactRecord.of(applicant_id=case.applicant_id),
            Question.of(application_id=case.application_id),
            CaseAssessment.key(case.application_id),
        ]
    return needs


@reaction(CallPublished, needs=_call_needs, then=_waiting_needs)
def screen_waiting(event: CallPublished, rows: NamedRows, now: str) -> Iterator[Event]:
    """Assess what came before its call: topics and partitions keep no order between each other."""
    yield from _screen_waiting(event, rows, now)


@reaction(CallAmended, needs=_call_needs, then=_waiting_needs)
def screen_waiting_for_version(event: CallAmended, rows: NamedRows, now: str) -> Iterator[Event]:
    """Assess what was submitted under this version before we heard of it."""
    yield from _screen_waiting(event, rows, now)


def _screen_waiting(
    event: CallPublished | CallAmended, rows: NamedRows, now: str
) -> Iterator[Event]:
    """As of its submission, so also what was withdrawn since: no order may change what is said."""
    criteria = rows.get(CallCriteria, event.call_id, event.call_version)
    for case in rows.of(Case, call_id=event.call_id):
        if criteria is not None and case.call_version == event.call_version:
            yield from _first_assessment(case, criteria, rows, now)


def _first_assessment(
    case: Case, criteria: CallCriteria, rows: NamedRows, now: str
) -> Iterator[Event]:
    if rows.get(CaseAssessment, case.application_id) is None:
        facts = rows.of(FactRecord, applicant_id=case.applicant_id)
        questions = rows.of(Question, application_id=case.application_id)
        yield from assessed(case, criteria, facts, questions, None, now)


HANDLERS = (screen, screen_waiting, screen_waiting_for_version)
