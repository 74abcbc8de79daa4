"""Commands about panels: assigned by proof, sealed by an officer, mended when somebody declines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from contracts.event import Event
from contracts.review import AssignmentDeclined, PanelAssigned
from services.chassis.errors import Conflict, NotFound
from services.chassis.ids import derived
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.review.commands.guards import (
    application_of,
    closed_call,
    declared,
    known_case,
    refused,
    reviewer_of,
)
from services.review.rules.assignment import assign, replace
from services.review.rules.evidence import sha256_of, to_json
from services.review.rules.panels import Assignment, AssignmentPolicy, Infeasible, Load, Panel
from services.review.rules.parties import Pair
from services.review.rules.problems import InvalidInput
from services.review.rules.readiness import Readiness, Standing, readiness
from services.review.store import (
    CallTerms,
    Case,
    DeclaredConflict,
    Eligibility,
    Expert,
    Papers,
    ScoreSheet,
    Seat,
)


@dataclass(frozen=True, slots=True)
class AssignPanels:
    """Give every ready application its panel. `leave_out_waiting`: go on though some still wait."""

    call_id: str
    seed: str
    leave_out_waiting: bool
    dry_run: bool
    by: str


@dataclass(frozen=True, slots=True)
class DeclineAssignment:
    """A reviewer cannot review this application."""

    application_id: str
    reviewer_id: str
    reason: str


def panel_needs(call_id: str) -> list[Need]:
    """Everything an assignment depends on."""
    tables = (Case, Eligibility, Papers, Expert, DeclaredConflict, Seat, ScoreSheet)
    return [CallTerms.key(call_id), *(table.of(call_id=call_id) for table in tables)]


def standings(rows: NamedRows, call_id: str) -> list[tuple[Case, Readiness]]:
    """Every application of a call with where it stands before review."""
    verdicts = {e.application_id: e.verdict for e in rows.of(Eligibility, call_id=call_id)}
    papers = {p.application_id: p.verdict for p in rows.of(Papers, call_id=call_id)}
    return [
        (
            case,
            readiness(
                verdicts.get(case.application_id),
                papers.get(case.application_id),
                case.status == "withdrawn",
            ),
        )
        for case in rows.of(Case, call_id=call_id)
    ]


@decision(AssignPanels, needs=lambda c: panel_needs(c.call_id))
def assign_panels(command: AssignPanels, rows: NamedRows, now: str) -> Outcome:
    """The best panels under the hard rules, the same for the same inputs and seed.

    Raises:
        Conflict: the call is open, applications still wait, panels exist, or no assignment is possible.
    """
    terms = closed_call(rows.get(CallTerms, command.call_id), command.call_id)
    standing = standings(rows, command.call_id)
    if not command.leave_out_waiting:
        _nobody_waits(standing)
    cases = [case for case, at in standing if at.standing is Standing.READY]
    made = _assigned(command, terms, cases, rows)
    run_id = derived(command.call_id, made.inputs_sha256)
    seats = rows.of(Seat, call_id=command.call_id)
    if any(seat.run_id != run_id for seat in seats):
        raise Conflict(
            "panels_exist",
            f"Call {command.call_id} has its panels; change single seats by declines or conflicts.",
            f"申报通知 {command.call_id} 已完成评审分配；如需调整请登记回避或谢绝。",
        )
    if not seats and not command.dry_run:
        yield from _panels(command.call_id, made, made.panels, run_id, command.by, now)
    return Answer(200 if command.dry_run else 201, _report(made, run_id))


@decision(
    DeclineAssignment,
    needs=lambda c: [
        Case.key(c.application_id),
        Seat.key(c.application_id, c.reviewer_id),
        ScoreSheet.key(c.application_id, c.reviewer_id),
    ],
    then=lambda c, rows: _call_of(c, rows),
)
def decline(command: DeclineAssignment, rows: NamedRows, now: str) -> Outcome:
    """Free the seat and fill it again, moving as few others as can be."""
    case = known_case(rows.get(Case, command.application_id), command.application_id)
    seat = rows.get(Seat, command.application_id, command.reviewer_id)
    if seat is None or rows.get(ScoreSheet, command.application_id, command.reviewer_id):
        raise NotFound(
            "seat_unknown",
            f"{command.reviewer_id} has no seat to decline on {command.application_id}.",
            f"{command.reviewer_id} 在申报 {command.application_id} 上没有可谢绝的评审任务。",
        )
    answer = Answer(201, {"application_id": case.application_id, "status": "declined"})
    if seat.status != "seated":
        return answer
    yield AssignmentDeclined(
        application_id=case.application_id, call_id=case.call_id,
        reviewer_id=command.reviewer_id, reason=command.reason, declined_at=now,
    )  # fmt: skip
    gone = (command.application_id, command.reviewer_id)
    yield from replaced(case.call_id, rows, now, command.reviewer_id, gone=gone)
    return answer


def _call_of(command: DeclineAssignment, rows: NamedRows) -> list[Need]:
    case = rows.get(Case, command.application_id)
    return panel_needs(case.call_id) if case else []


def replaced(
    call_id: str, rows: NamedRows, now: str, by: str, gone: tuple[str, str]
) -> Iterator[Event]:
    """New panels where a seat came free; every other pair stays put.

    Raises:
        Conflict: nobody is left who may take the seat; the reasons say who is short of whom.
    """
    seats = rows.of(Seat, call_id=call_id)
    previous = _previous(rows, call_id, seats)
    cases = [c for c in rows.of(Case, call_id=call_id) if c.application_id in {p.application_id for p in previous.panels}]
    done = {(s.application_id, s.reviewer_id) for s in rows.of(ScoreSheet, call_id=call_id)}
    made = _or_refuse(
        lambda: replace(
            previous,
            [Pair(*gone)],
            [application_of(c) for c in cases],
            [reviewer_of(e) for e in rows.of(Expert, call_id=call_id)],
            declared(rows.of(DeclaredConflict, call_id=call_id)),
            started=[Pair(*pair) for pair in sorted(done)],
        )
    )
    before = {p.application_id: p.reviewer_ids for p in previous.panels}
    changed = [p for p in made.panels if p.reviewer_ids != before[p.application_id]]
    yield from _panels(call_id, made, changed, seats[0].run_id, by, now)


def _previous(rows: NamedRows, call_id: str, seats: Iterable[Seat]) -> Assignment:
    terms = closed_call(rows.get(CallTerms, call_id), call_id)
    members: dict[str, list[str]] = {}
    out: list[Pair] = []
    for seat in seats:
        if seat.status == "seated":
            members.setdefault(seat.application_id, []).append(seat.reviewer_id)
        if seat.status == "declined":
            out.append(Pair(seat.application_id, seat.reviewer_id))
    panels = tuple(Panel(a, tuple(sorted(r)), 0, 0) for a, r in sorted(members.items()))
    policy = AssignmentPolicy(terms.review["panel_size"])
    loads: tuple[Load, ...] = ()
    return Assignment(policy, call_id, panels, loads, (), 1, tuple(sorted(out)), "")


def _nobody_waits(standing: list[tuple[Case, Readiness]]) -> None:
    waiting = [
        {"application_id": case.application_id, "reasons": list(at.reasons)}
        for case, at in standing
        if at.standing is Standing.WAITING
    ]
    if waiting:
        raise Conflict(
            "applications_wait",
            f"{len(waiting)} applications still wait for a verdict; answer the questions or leave them out.",
            f"仍有 {len(waiting)} 件申报等待审查结论，请先处理，或选择暂不纳入。",
            waiting=waiting,
        )


def _assigned(
    command: AssignPanels, terms: CallTerms, cases: list[Case], rows: NamedRows
) -> Assignment:
    return _or_refuse(
        lambda: assign(
            [application_of(c) for c in cases],
            [reviewer_of(e) for e in rows.of(Expert, call_id=command.call_id)],
            declared(rows.of(DeclaredConflict, call_id=command.call_id)),
            AssignmentPolicy(terms.review["panel_size"]),
            command.seed,
        )
    )


def _or_refuse(made: Any) -> Assignment:
    try:
        result = made()
    except InvalidInput as invalid:
        raise refused(invalid) from invalid
    if isinstance(result, Infeasible):
        raise Conflict(
            "assignment_infeasible",
            result.text.en,
            result.text.zh,
            seats_short=result.seats_short,
            shortages=to_json(result.shortages),
        )
    assert isinstance(result, Assignment)
    return result


def _panels(
    call_id: str, made: Assignment, panels: Iterable[Panel], run_id: str, by: str, now: str
) -> Iterator[Event]:
    run_sha256 = sha256_of(made)
    for panel in panels:
        yield PanelAssigned(
            application_id=panel.application_id, call_id=call_id,
            reviewer_ids=panel.reviewer_ids, affinity=panel.affinity, run_id=run_id,
            run_sha256=run_sha256, assigned_by=by, assigned_at=now,
        )  # fmt: skip


def _report(made: Assignment, run_id: str) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "run_sha256": sha256_of(made),
        "applications": len(made.panels),
        "seats": len(made.pairs),
        "certificate": to_json(made.levels),
        "panels": to_json(made.panels),
        "loads": to_json(made.loads),
    }
