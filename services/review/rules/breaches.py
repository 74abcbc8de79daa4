"""Checking an assignment against the hard rules by counting, without any solver."""

from collections import Counter
from collections.abc import Iterable

from services.review.rules.conflicts import Conflict, conflicts_among
from services.review.rules.panels import Assignment
from services.review.rules.parties import Application, Reviewer
from services.review.rules.problems import Problem, Text


def assignment_breaches(
    assignment: Assignment,
    applications: Iterable[Application],
    reviewers: Iterable[Reviewer],
    conflicts: Iterable[Conflict],
) -> tuple[Problem, ...]:
    """Every hard rule the assignment breaks, counted without any solver."""
    cases, pool = tuple(applications), {r.id: r for r in reviewers}
    found = {*conflicts, *conflicts_among(pool.values(), cases)}
    barred = {*(c.pair for c in found), *assignment.declined}
    panels = {panel.application_id: panel.reviewer_ids for panel in assignment.panels}
    loads = Counter(pair.reviewer_id for pair in assignment.pairs)
    wrong = [
        *(("panel", a.id) for a in cases if not _full(assignment, panels.get(a.id, ()))),
        *(("unknown", p) for p in panels if p not in {a.id for a in cases}),
        *(("unknown", r) for r in loads if r not in pool),
        *(
            ("barred", f"{p.application_id}/{p.reviewer_id}")
            for p in assignment.pairs
            if p in barred
        ),
        *(("load", r.id) for r in pool.values() if not r.load_min <= loads[r.id] <= r.load_max),
    ]
    return tuple(Problem(f"breach_{rule}", where, BREACHES[rule]) for rule, where in wrong)


BREACHES = {
    "panel": Text("评审专家数与规定不符。", "The panel does not have the required size."),
    "unknown": Text(
        "名单之外的申请或专家。", "An application or a reviewer that is not in the call."
    ),
    "barred": Text(
        "应回避或已谢绝的专家被指派。", "A reviewer who must not or will not judge this."
    ),
    "load": Text("评审件数超出上下限。", "The load is outside the reviewer's limits."),
}


def _full(assignment: Assignment, reviewer_ids: tuple[str, ...]) -> bool:
    return len(set(reviewer_ids)) == len(reviewer_ids) == assignment.policy.panel_size
