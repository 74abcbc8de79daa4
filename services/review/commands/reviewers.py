"""Commands about reviewers: enrolled by an officer, kept apart from whoever they are tied to."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.event import Event
from contracts.review import ConflictDeclared, ReviewerEnrolled
from services.chassis.errors import Conflict, NotFound
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.review.commands.guards import known_call, known_case
from services.review.commands.panels import panel_needs, replaced
from services.review.store import CallTerms, Case, DeclaredConflict, Expert, ScoreSheet, Seat


@dataclass(frozen=True, slots=True)
class EnrolReviewer:
    """Let a person be asked to review under a call."""

    reviewer_id: str
    call_id: str
    name: str
    organisation_id: str
    organisation_name: str
    email: str
    items: tuple[str, ...]
    load_min: int
    load_max: int
    by: str


@dataclass(frozen=True, slots=True)
class DeclareConflict:
    """State a tie between a reviewer and an application."""

    application_id: str
    reviewer_id: str
    kind: str
    statement: str
    by: str


@decision(EnrolReviewer, needs=lambda c: [CallTerms.key(c.call_id), Expert.key(c.reviewer_id)])
def enrol(command: EnrolReviewer, rows: NamedRows, now: str) -> Outcome:
    """The same person enrolled again with the same particulars is answered the same."""
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    event = ReviewerEnrolled(
        reviewer_id=command.reviewer_id, call_id=command.call_id, name=command.name,
        organisation_id=command.organisation_id, organisation_name=command.organisation_name,
        email=command.email, items=command.items, load_min=command.load_min,
        load_max=command.load_max, enrolled_by=command.by, enrolled_at=now,
    )  # fmt: skip
    answer = Answer(201, {"reviewer_id": command.reviewer_id, "call_id": command.call_id})
    before = rows.get(Expert, command.reviewer_id)
    if before is None:
        yield event
        return answer
    said = (event.name, event.organisation_id, list(event.items), event.load_max, event.call_id)
    held = (before.name, before.organisation_id, before.items, before.load_max, before.call_id)
    if said != held:
        raise Conflict(
            "reviewer_known",
            f"Reviewer {command.reviewer_id} is enrolled with other particulars; take another id.",
            f"评审专家 {command.reviewer_id} 已登记且信息不同，请使用其他编号。",
        )
    return answer


def _needs(command: DeclareConflict) -> list[Need]:
    return [
        Case.key(command.application_id),
        Expert.key(command.reviewer_id),
        DeclaredConflict.key(command.application_id, command.reviewer_id),
        Seat.key(command.application_id, command.reviewer_id),
        ScoreSheet.key(command.application_id, command.reviewer_id),
    ]


def _then(command: DeclareConflict, rows: NamedRows) -> list[Need]:
    case = rows.get(Case, command.application_id)
    return panel_needs(case.call_id) if case else []


@decision(DeclareConflict, needs=_needs, then=_then)
def declare_conflict(command: DeclareConflict, rows: NamedRows, now: str) -> Outcome:
    """Keep the two apart from now on; a seat already given is filled by somebody else."""
    case = known_case(rows.get(Case, command.application_id), command.application_id)
    if rows.get(Expert, command.reviewer_id) is None:
        raise NotFound(
            "reviewer_unknown",
            f"No reviewer {command.reviewer_id} is enrolled.",
            f"没有登记评审专家 {command.reviewer_id}。",
        )
    answer = Answer(
        201, {"application_id": command.application_id, "reviewer_id": command.reviewer_id}
    )
    if rows.get(DeclaredConflict, command.application_id, command.reviewer_id) is not None:
        return answer
    event = ConflictDeclared(
        application_id=command.application_id, call_id=case.call_id,
        reviewer_id=command.reviewer_id, kind=command.kind, statement=command.statement,
        declared_by=command.by, declared_at=now,
    )  # fmt: skip
    yield event
    yield from _vacated(command, event, rows, now)
    return answer


def _vacated(
    command: DeclareConflict, event: ConflictDeclared, rows: NamedRows, now: str
) -> Iterator[Event]:
    """Fill the seat again, unless its sheet is in: then the conflict voids the sheet."""
    seat = rows.get(Seat, command.application_id, command.reviewer_id)
    scored = rows.get(ScoreSheet, command.application_id, command.reviewer_id)
    if seat is not None and seat.status == "seated" and scored is None:
        yield from replaced(
            event.call_id, rows, now, command.by,
            gone=(command.application_id, command.reviewer_id),
        )  # fmt: skip
