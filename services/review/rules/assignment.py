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
from collections.abc import Collection, Iterable, Iterator

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
    Aim,
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
    given = (case.applications, case.reviewers, sorted(set(conflicts)), policy, seed)
    return _solve(case, sha256_of(given), declined=(), started=(), kept=())


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
    pairs = (sorted(gone), sorted(begun), sorted(previous.pairs))
    given = (
        case.applications,
        case.reviewers,
        sorted(set(conflicts)),
        case.policy,
        case.seed,
        pairs,
    )
    return _solve(case, sha256_of(given), tuple(sorted(gone)), begun, previous.pairs)


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


def _scale_problems(applications: tuple[Application, ...]) -> tuple[Problem, ...]:
    if affinity_scale(applications) <= AFFINITY_SCALE_MAX:
        return ()
    text = Text(
        "各申请的内容项数差异过大，无法精确比较；请将每件申请的内容项控制在 30 项以内。",
        "Item counts differ too much to compare exactly; keep each application within 30 items.",
    )
    return (Problem("too_many_items", "applications", text),)


def _solve(
    case: Case,
    inputs_sha256: str,
    declined: tuple[Pair, ...],
    started: Collection[Pair],
    kept: Collection[Pair],
) -> Assignment | Infeasible:
    laid = seats(case)
    standing = frozenset(started).intersection(laid.pairs)
    steps = list(_steps(case, laid, standing, kept))
    optimum = lexicographic_minimum(laid.network, [costs for _, _, costs in steps])
    if optimum is None:
        return infeasible(case, inputs_sha256)
    chosen = [p for p, used in zip(laid.pairs, optimum.flows.tolist(), strict=False) if used]
    if lost := sorted(standing.difference(chosen)):
        return started_lost(lost, len(standing), inputs_sha256)
    levels = tuple(_levels(case, steps, optimum))
    scale = affinity_scale(case.applications)
    loads = Counter(pair.reviewer_id for pair in chosen)
    return Assignment(
        case.policy,
        case.seed,
        tuple(_panels(case, chosen, scale)),
        tuple(Load(r.id, loads[r.id]) for r in case.reviewers),
        levels,
        scale,
        declined,
        inputs_sha256,
    )


def _steps(
    case: Case, laid: Seats, started: Collection[Pair], kept: Collection[Pair]
) -> Iterator[tuple[str, str, Integers]]:
    """The aims in order, each with its name, its goal and its cost per arc."""
    if started:
        yield "started", "most", pair_costs(laid, started)
    if kept:
        yield "kept", "most", pair_costs(laid, kept)
    for aim in case.policy.aims:
        yield from aim_costs(aim, laid, case.policy.panel_size)
    yield "lot", "least", lot_costs(laid, case.seed)


def _levels(
    case: Case, steps: Iterable[tuple[str, str, Integers]], optimum: Optimum
) -> Iterator[Level]:
    # The seats up to load_min are filled by force and so carry no cost; their squares are added.
    forced = sum(r.load_min**2 for r in case.reviewers)
    for (aim, goal, _), value, bound in zip(steps, optimum.values, optimum.bounds, strict=True):
        sign, constant = (-1 if goal == "most" else 1), (forced if aim == Aim.BALANCE else 0)
        yield Level(str(aim), goal, sign * value + constant, sign * bound + constant)


def _panels(case: Case, chosen: Iterable[Pair], scale: int) -> Iterator[Panel]:
    reviewers = {r.id: r for r in case.reviewers}
    members: dict[str, list[Reviewer]] = {a.id: [] for a in case.applications}
    for pair in chosen:
        members[pair.application_id].append(reviewers[pair.reviewer_id])
    for application in case.applications:
        panel = sorted(members[application.id], key=lambda r: r.id)
        shares = [affinity(application, reviewer, scale) for reviewer in panel]
        ids = tuple(reviewer.id for reviewer in panel)
        yield Panel(application.id, ids, sum(shares), sum(share > 0 for share in shares))
