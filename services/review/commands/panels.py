"""Commands about panels: assigned by proof, sealed by an officer, filled again where seats are empty."""

from dataclasses import dataclass
from typing import Any

from services.chassis.errors import Conflict
from services.chassis.model import Answer, Outcome, decision
from services.chassis.views import NamedRows
from services.review.commands.board import board, panel_needs, standings
from services.review.commands.guards import closed_call, known_call, not_sealed
from services.review.commands.reading import panel_policy_of
from services.review.commands.runs import (
    document,
    first_inputs,
    replacement_inputs,
    sealed,
    solved,
)
from services.review.rules.evidence import sha256_of, to_json
from services.review.rules.panels import Assignment, Infeasible
from services.review.rules.readiness import Readiness, Standing
from services.review.store import AssignmentRun, CallTerms, Case, SealedRanking


@dataclass(frozen=True, slots=True)
class AssignPanels:
    """Give every ready application its panel. `leave_out_waiting`: go on though some still wait."""

    call_id: str
    seed: str
    leave_out_waiting: bool
    dry_run: bool
    by: str


@dataclass(frozen=True, slots=True)
class FillSeats:
    """Fill every empty seat of a call, and give a panel to what has become ready since."""

    call_id: str
    by: str


@decision(AssignPanels, needs=lambda c: panel_needs(c.call_id))
def assign_panels(command: AssignPanels, rows: NamedRows, now: str) -> Outcome:
    """The best panels under the hard rules; asked again with the same seed, the same answer.

    Raises:
        Conflict: the call is open, applications still wait, other panels are sealed, or no
            assignment is possible.
    """
    status = 200 if command.dry_run else 201
    if (first := first_run(rows, command.call_id)) is not None:
        return Answer(status, _known(command, first))
    terms = closed_call(rows.get(CallTerms, command.call_id), command.call_id)
    not_sealed(rows.get(SealedRanking, command.call_id), command.call_id)
    if not command.leave_out_waiting:
        _nobody_waits(standings(rows, command.call_id))
    panels = board(rows, command.call_id)
    policy = panel_policy_of(terms)
    inputs = first_inputs(rows, command.call_id, panels, policy, command.seed)
    made = feasible(solved(inputs))
    events = list(sealed(command.call_id, inputs, made, panels, command.by, now))
    if not command.dry_run:
        yield from events
    return Answer(status, report(document(made), sha256_of(made)))


@decision(FillSeats, needs=lambda c: panel_needs(c.call_id))
def fill_seats(command: FillSeats, rows: NamedRows, now: str) -> Outcome:
    """Fill what is empty and move as few others as can be; with nothing empty, nothing happens.

    Raises:
        Conflict: there are no panels yet, the ranking is sealed, or nobody may take the seats.
    """
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    run = first_run(rows, command.call_id)
    if run is None:
        raise no_panels(command.call_id)
    not_sealed(rows.get(SealedRanking, command.call_id), command.call_id)
    panels = board(rows, command.call_id)
    wanted = panels.vacant()
    answer = Answer(201, {"call_id": command.call_id, "filled": wanted})
    if wanted:
        inputs = replacement_inputs(rows, run, panels, wanted)
        made = feasible(solved(inputs))
        yield from sealed(command.call_id, inputs, made, panels, command.by, now)
    return answer


def first_run(rows: NamedRows, call_id: str) -> AssignmentRun | None:
    """The run that made a call's panels, once there is one."""
    runs = rows.of(AssignmentRun, call_id=call_id)
    return next((run for run in runs if run.kind == "whole"), None)


def no_panels(call_id: str) -> Conflict:
    """The refusal of whatever needs panels first."""
    return Conflict(
        "no_panels",
        f"Call {call_id} has no panels yet; assign them first.",
        f"申报通知 {call_id} 尚未分配评审，请先分配。",
    )


def feasible(made: Assignment | Infeasible) -> Assignment:
    """The assignment.

    Raises:
        Conflict: there is none; says who is short of whom. For an officer's eyes only.
    """
    if isinstance(made, Assignment):
        return made
    raise Conflict(
        "assignment_infeasible",
        made.text.en,
        made.text.zh,
        seats_short=made.seats_short,
        shortages=to_json(made.shortages),
    )


def report(assignment: dict[str, Any], run_sha256: str) -> dict[str, Any]:
    """A run as an officer reads it."""
    panels = assignment["panels"]
    return {
        "run_sha256": run_sha256,
        "seed": assignment["seed"],
        "applications": len(panels),
        "seats": sum(len(panel["reviewer_ids"]) for panel in panels),
        "certificate": assignment["levels"],
        "panels": panels,
        "loads": assignment["loads"],
    }


def _known(command: AssignPanels, first: AssignmentRun) -> dict[str, Any]:
    if first.assignment["seed"] != command.seed:
        raise Conflict(
            "panels_exist",
            f"The panels of {command.call_id} were sealed on {first.sealed_at} with another seed; "
            "single seats change by declines, conflicts and filling.",
            f"申报通知 {command.call_id} 的评审分配已于 {first.sealed_at} 以其他种子封存；"
            "如需调整请登记回避、谢绝或补充席位。",
        )
    return report(first.assignment, first.run_sha256)


def _nobody_waits(standing: list[tuple[Case, Readiness]]) -> None:
    waiting = [
        {"application_id": case.application_id, "reasons": list(at.reasons)}
        for case, at in standing
        if at.standing is Standing.WAITING
    ]
    if waiting:
        raise Conflict(
            "applications_wait",
            f"{len(waiting)} applications still wait for a verdict; "
            "answer the questions or leave them out.",
            f"仍有 {len(waiting)} 件申报等待审查结论，请先处理，或选择暂不纳入。",
            waiting=waiting,
        )
