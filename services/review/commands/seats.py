"""Commands that empty a seat: a reviewer declines, or a conflict comes to light."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.event import Event
from contracts.review import AssignmentDeclined, ConflictDeclared
from services.chassis.errors import Conflict, NotFound
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.review.commands.board import board, panel_needs
from services.review.commands.guards import known_case
from services.review.commands.panels import first_run
from services.review.commands.runs import replacement_inputs, sealed, solved
from services.review.rules.conflicts import Conflict as ConflictOfInterest
from services.review.rules.conflicts import ConflictKind, Party
from services.review.rules.panels import Assignment
from services.review.rules.parties import Pair
from services.review.store import Case, DeclaredConflict, Expert, ScoreSheet, SealedRanking, Seat


@dataclass(frozen=True, slots=True)
class DeclineAssignment:
    """A reviewer cannot review this application."""

    application_id: str
    reviewer_id: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class DeclareConflict:
    """State a tie between a reviewer and an application. `said_as`: reviewer or officer."""

    application_id: str
    reviewer_id: str
    kind: str
    statement: str
    by: str
    said_as: Party


def _needs(command: DeclineAssignment | DeclareConflict) -> list[Need]:
    pair = command.application_id, command.reviewer_id
    return [
        Case.key(command.application_id),
        DeclaredConflict.key(*pair),
        Seat.key(*pair),
        ScoreSheet.key(*pair),
    ]


def _then(command: DeclineAssignment | DeclareConflict, rows: NamedRows) -> list[Need]:
    case = rows.get(Case, command.application_id)
    if case is None:
        return []
    return [Expert.key(command.reviewer_id, case.call_id), *panel_needs(case.call_id)]


@decision(DeclineAssignment, needs=_needs, then=_then)
def decline(command: DeclineAssignment, rows: NamedRows, now: str) -> Outcome:
    """Free the seat; it is filled again at once if anybody may take it, and else stays empty.

    Raises:
        NotFound: no such seat. Conflict: the sheet is in.
    """
    case = known_case(rows.get(Case, command.application_id), command.application_id)
    seat = rows.get(Seat, command.application_id, command.reviewer_id)
    answer = Answer(201, {"application_id": case.application_id, "status": "declined"})
    if seat is not None and seat.status == "declined":
        return answer
    _may_decline(command, rows, seat)
    event = AssignmentDeclined(
        application_id=case.application_id,
        call_id=case.call_id,
        reviewer_id=command.reviewer_id,
        reason=command.reason,
        declined_at=now,
        declined_by=command.by,
    )
    yield event
    yield from _filled(rows, event)
    return answer


def _may_decline(command: DeclineAssignment, rows: NamedRows, seat: Seat | None) -> None:
    if seat is None or seat.status != "seated":
        raise NotFound(
            "seat_unknown",
            f"{command.reviewer_id} has no seat to decline on {command.application_id}.",
            f"{command.reviewer_id} 在申报 {command.application_id} 上没有可谢绝的评审任务。",
        )
    sheet = rows.get(ScoreSheet, command.application_id, command.reviewer_id)
    if sheet is not None:
        raise Conflict(
            "already_scored",
            f"{command.reviewer_id} handed in a sheet on {sheet.submitted_at}; "
            "declare a conflict if it must not count.",
            f"{command.reviewer_id} 已于 {sheet.submitted_at} 提交评分表；"
            "如评分不应计入，请登记回避。",
        )


@decision(DeclareConflict, needs=_needs, then=_then)
def declare_conflict(command: DeclareConflict, rows: NamedRows, now: str) -> Outcome:
    """Keep the two apart from now on, sheet or no sheet; declared again, answered the same.

    A tie is recorded even when nobody can take the seat, and after the ranking is sealed: then it
    changes no panel, and whoever decides the awards can see it.
    """
    case = known_case(rows.get(Case, command.application_id), command.application_id)
    if rows.get(Expert, command.reviewer_id, case.call_id) is None:
        raise NotFound(
            "reviewer_unknown",
            f"No reviewer {command.reviewer_id} is enrolled under call {case.call_id}.",
            f"申报通知 {case.call_id} 没有登记评审专家 {command.reviewer_id}。",
        )
    answer = Answer(
        201, {"application_id": command.application_id, "reviewer_id": command.reviewer_id}
    )
    if rows.get(DeclaredConflict, command.application_id, command.reviewer_id) is not None:
        return answer
    event = ConflictDeclared(
        application_id=command.application_id,
        call_id=case.call_id,
        reviewer_id=command.reviewer_id,
        kind=command.kind,
        statement=command.statement,
        declared_by=command.by,
        declared_at=now,
        declared_as="reviewer" if command.said_as is Party.REVIEWER else "officer",
    )
    yield event
    seat = rows.get(Seat, command.application_id, command.reviewer_id)
    if seat is not None and seat.status == "seated":
        yield from _filled(rows, event)
    return answer


def _filled(rows: NamedRows, event: AssignmentDeclined | ConflictDeclared) -> Iterator[Event]:
    """Somebody else for the empty seat; nothing when nobody may take it, or it is not needed."""
    pair, call_id = Pair(event.application_id, event.reviewer_id), event.call_id
    run = first_run(rows, call_id)
    panels = board(rows, call_id).without(pair)
    settled = rows.get(SealedRanking, call_id) is not None
    if run is None or settled or event.application_id not in panels.cases:
        return
    if isinstance(event, ConflictDeclared):
        conflicts, declined, by, now = [_conflict(event)], [], event.declared_by, event.declared_at
    else:
        conflicts, declined, by, now = [], [pair], event.declined_by, event.declined_at
    wanted = [event.application_id]
    inputs = replacement_inputs(rows, run, panels, wanted, conflicts, declined)
    made = solved(inputs)
    if isinstance(made, Assignment):
        yield from sealed(call_id, inputs, made, panels, by, now)


def _conflict(event: ConflictDeclared) -> ConflictOfInterest:
    return ConflictOfInterest(
        event.application_id,
        event.reviewer_id,
        ConflictKind(event.kind),
        Party(event.declared_as),
        f"declaration:{event.declared_by}:{event.declared_at}",
    )
