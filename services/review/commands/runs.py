"""Runs of the assignment: inputs from rows, solved by the rules, sealed with all they rest on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from contracts.event import Event
from contracts.review import AssignmentSealed, PanelAssigned
from services.chassis.ids import derived
from services.chassis.views import NamedRows
from services.review.commands.board import Board
from services.review.commands.guards import refused
from services.review.commands.reading import application_of, declared, reviewer_of
from services.review.rules.assignment import assign, replace
from services.review.rules.conflicts import Conflict as ConflictOfInterest
from services.review.rules.evidence import from_json, sha256_of, to_json
from services.review.rules.panels import Assignment, AssignmentPolicy, Infeasible, Panel
from services.review.rules.parties import Application, Pair, Reviewer
from services.review.rules.problems import InvalidInput
from services.review.store import AssignmentRun, DeclaredConflict, Expert


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a run depends on: what its event carries as evidence.

    previous: the panels as they stood before a replacement; None for the first panels of a call.
    """

    applications: tuple[Application, ...]
    reviewers: tuple[Reviewer, ...]
    conflicts: tuple[ConflictOfInterest, ...]
    policy: AssignmentPolicy
    seed: str
    previous: Assignment | None = None
    declined: tuple[Pair, ...] = ()
    started: tuple[Pair, ...] = ()


def solved(inputs: Inputs) -> Assignment | Infeasible:
    """The one assignment these inputs have, on any day, or why there is none.

    Raises:
        Invalid: the inputs contradict themselves.
    """
    try:
        if inputs.previous is None:
            return assign(
                inputs.applications, inputs.reviewers, inputs.conflicts, inputs.policy, inputs.seed
            )
        return replace(
            inputs.previous,
            inputs.declined,
            inputs.applications,
            inputs.reviewers,
            inputs.conflicts,
            inputs.started,
        )
    except InvalidInput as invalid:
        raise refused(invalid) from None


def first_inputs(
    rows: NamedRows, call_id: str, panels: Board, policy: AssignmentPolicy, seed: str
) -> Inputs:
    """The inputs of a call's first panels."""
    return Inputs(
        tuple(application_of(case) for case in panels.cases.values()),
        tuple(reviewer_of(e) for e in rows.of(Expert, call_id=call_id)),
        tuple(sorted(declared(rows.of(DeclaredConflict, call_id=call_id)))),
        policy,
        seed,
    )


def replacement_inputs(
    rows: NamedRows,
    run: AssignmentRun,
    panels: Board,
    wanted: Iterable[str],
    conflicts: Iterable[ConflictOfInterest] = (),
    declined: Iterable[Pair] = (),
) -> Inputs:
    """The inputs that fill the empty seats of the wanted applications.

    Other applications that lack a seat stay as they are: one that nobody can fill must not keep
    all others from being filled. What their reviewers carry there counts against load_max. A
    load_min was a promise of the first run; giving a seat back must not take one from a colleague.
    """
    lacking = set(panels.vacant()).difference(wanted)
    taking = [a for a in panels.cases if a not in lacking]
    carried = [pair.reviewer_id for pair in panels.pairs(lacking)]
    policy = from_json(AssignmentPolicy, run.assignment["policy"])
    before = tuple(
        Panel(a, tuple(sorted(panels.seated[a])), 0, 0) for a in taking if panels.seated[a]
    )
    pairs = frozenset(panels.pairs(taking))
    return Inputs(
        tuple(application_of(panels.cases[a]) for a in taking),
        tuple(_with_room(e, carried) for e in rows.of(Expert, call_id=run.call_id)),
        tuple(
            sorted({*declared(rows.of(DeclaredConflict, call_id=run.call_id)), *conflicts}),
        ),
        policy,
        run.assignment["seed"],
        Assignment(policy, run.assignment["seed"], before, (), (), 1, (), ""),
        tuple(sorted({*panels.declined, *declined})),
        tuple(sorted(panels.sheets & pairs)),
    )


def _with_room(expert: Expert, carried: list[str]) -> Reviewer:
    room = max(expert.load_max - carried.count(expert.reviewer_id), 0)
    return reviewer_of(expert.but(load_min=0, load_max=room))


def sealed(
    call_id: str, inputs: Inputs, made: Assignment, panels: Board, by: str, now: str
) -> Iterator[Event]:
    """The run, and every panel it changed."""
    event = AssignmentSealed(
        call_id=call_id,
        run_id=derived(call_id, made.inputs_sha256),
        kind="whole" if inputs.previous is None else "replacement",
        assignment=document(made),
        evidence=document(inputs),
        run_sha256=sha256_of(made),
        sealed_by=by,
        sealed_at=now,
    )
    yield event
    for panel in made.panels:
        if panels.seated[panel.application_id] != frozenset(panel.reviewer_ids):
            yield PanelAssigned(
                application_id=panel.application_id,
                call_id=call_id,
                reviewer_ids=panel.reviewer_ids,
                affinity=panel.affinity,
                run_id=event.run_id,
                run_sha256=event.run_sha256,
                assigned_by=by,
                assigned_at=now,
            )


def rederived(event: AssignmentSealed) -> dict[str, Any]:
    """The run again, from the event's own evidence alone (law 3)."""
    inputs = from_json(Inputs, event.evidence)
    made = solved(inputs)
    assert isinstance(made, Assignment), made.text.en
    return {
        "run_id": derived(event.call_id, made.inputs_sha256),
        "assignment": to_json(made),
        "evidence": to_json(inputs),
        "run_sha256": sha256_of(made),
    }


def document(value: object) -> dict[str, Any]:
    """A value of the rules as a JSON object."""
    plain = to_json(value)
    assert isinstance(plain, dict)
    return plain
