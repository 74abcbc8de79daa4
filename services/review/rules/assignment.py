"""Who reviews what: exactly so many reviewers each, no conflict ever, and the best panels within.

The aims, in strict order (each is proved optimal among the optima of those before it):

1. expertise_floor: as few applications as possible whose whole panel knows none of their items,
   then as few as possible with only one reviewer who does, and so on. So the worst-served
   application is served as well as it can be, then the next worst.
2. affinity: the highest total affinity (expertise.py).
3. balance: the lowest sum of squared loads.
4. lot: the lowest sum of lot numbers, a draw among equals that the seed alone settles.

The lot makes the answer unique, so neither the order of the inputs nor the solver can matter.
After a decline two aims go before all others: started reviews stay, then as many pairs as
possible stay.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from services.review.rules.conflicts import Conflict, conflicts_among
from services.review.rules.evidence import sha256_of
from services.review.rules.expertise import affinity, affinity_scale
from services.review.rules.flow import Integers, Optimum, lexicographic_minimum
from services.review.rules.infeasibility import infeasible, started_lost
from services.review.rules.panel_network import (
    Case,
    Seats,
    aim_costs,
    lot_costs,
    pair_costs,
    seats,
)
from services.review.rules.panels import (
    Assignment,
    AssignmentPolicy,
    Infeasible,
    Level,
    Load,
    Panel,
    policy_problems,
)
from services.review.rules.parties import Application, Pair, Reviewer, party_problems
from services.review.rules.problems import Problem, Text, refuse

# Costs times nodes must stay inside 64 bits; 16 content items need 720,720.
AFFINITY_SCALE_MAX = 10**12


def assign(
    applications: Iterable[Application],
    reviewers: Iterable[Reviewer],
    conflicts: Iterable[Conflict],
    policy: AssignmentPolicy,
    seed: str,
) -> Assignment | Infeasible:
    """The best panels under the hard rules, or the reasons why there are none.

    Source: N1, N2 (silent in the notice): panel size, loads and conflicts are hard. Unit: seats.
    Boundary: a reviewer at load_max takes no more; conflicts that the data shows are added to
    those given, so that none can be forgotten.

    Raises:
        InvalidInput: ids repeat, or limits contradict themselves.
    """
    applications, reviewers, conflicts = tuple(applications), tuple(reviewers), tuple(conflicts)
    case = _case(applications, reviewers, conflicts, policy, seed)
    digest = sha256_of(case.applications, case.reviewers, sorted(set(conflicts)), policy, seed)
    return _solve(case, digest, declined=(), started=(), kept=())


def replace(
    previous: Assignment,
    declined: Iterable[Pair],
    applications: Iterable[Application],
    reviewers: Iterable[Reviewer],
    conflicts: Iterable[Conflict],
    started: Iterable[Pair] = (),
) -> Assignment | Infeasible:
    """Fill the seats that came free and move as few other pairs as can be.

    Source: an expert who declines is replaced (NSFC regulations). Unit: seats. Boundary: a pair
    declined once never comes back; a started review stays unless a conflict or a departure ends it.
    Policy and seed are those of the previous assignment; kept pairs count before any other aim.
    """
    applications, reviewers, conflicts = tuple(applications), tuple(reviewers), tuple(conflicts)
    gone = frozenset({*previous.declined, *declined})
    case = _case(applications, reviewers, conflicts, previous.policy, previous.seed, gone)
    begun = frozenset(started) - gone
    evidence = (sorted(set(conflicts)), sorted(gone), sorted(begun), sorted(previous.pairs))
    digest = sha256_of(
        case.applications, case.reviewers, *evidence, previous.policy, previous.seed
    )
    return _solve(case, digest, tuple(sorted(gone)), begun, previous.pairs)


def breaches(
    assignment: Assignment,
    applications: Iterable[Application],
    reviewers: Iterable[Reviewer],
    conflicts: Iterable[Conflict],
) -> tuple[Problem, ...]:
    """Every hard rule the assignment breaks, counted without any solver; an honest one breaks none."""
    applications, reviewers = tuple(applications), {r.id: r for r in reviewers}
    found = {*conflicts, *conflicts_among(reviewers.values(), applications)}
    barred = {*(c.pair for c in found), *assignment.declined}
    panels = {panel.application_id: panel.reviewer_ids for panel in assignment.panels}
    loads = Counter(pair.reviewer_id for pair in assignment.pairs)
    wrong = [
        *(("panel", a.id) for a in applications if not _full(assignment, panels.get(a.id, ()))),
        *(("unknown", p) for p in panels if p not in {a.id for a in applications}),
        *(("unknown", r) for r in loads if r not in reviewers),
        *(("barred", f"{p.application_id}/{p.reviewer_id}") for p in assignment.pairs if p in barred),
        *(("load", r.id) for r in reviewers.values() if not r.load_min <= loads[r.id] <= r.load_max),
    ]
    return tuple(Problem(f"breach_{rule}", where, BREACHES[rule]) for rule, where in wrong)


BREACHES = {
    "panel": Text("评审专家数与规定不符。", "The panel does not have the required size."),
    "unknown": Text("名单之外的申请或专家。", "An application or a reviewer that is not in the call."),
    "barred": Text("应回避或已谢绝的专家被指派。", "A reviewer who must not or will not judge this."),
    "load": Text("评审件数超出上下限。", "The load is outside the reviewer's limits."),
}


def _full(assignment: Assignment, reviewer_ids: tuple[str, ...]) -> bool:
    return len(set(reviewer_ids)) == len(reviewer_ids) == assignment.policy.panel_size


def _case(
    applications: tuple[Application, ...],
    reviewers: tuple[Reviewer, ...],
    conflicts: tuple[Conflict, ...],
    policy: AssignmentPolicy,
    seed: str,
    declined: frozenset[Pair] = frozenset(),
) -> Case:
    """The inputs in one order, checked, with every conflict the data shows added to those given."""
    refuse(party_problems(applications, reviewers) + policy_problems(policy))
    refuse(_scale_problems(applications))
    seen = {*conflicts, *conflicts_among(reviewers, applications)}
    return Case(
        tuple(sorted(applications, key=lambda a: a.id)),
        tuple(sorted(reviewers, key=lambda r: r.id)),
        frozenset(c.pair for c in seen) | declined,
        policy,
        seed,
    )
