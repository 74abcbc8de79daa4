"""Why an assignment cannot exist: the smallest sets of cases that already contradict the rules."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.review.rules.flow import Demands
from services.review.rules.problems import Text


@dataclass(frozen=True, slots=True)
class Shortage:
    """One minimal contradiction: drop any one of its members and this contradiction is gone.

    rule: "panel_size" (fewer reviewers than seats on one panel), "conflicts" (too few reviewers
    are free of conflict for one application), "load_max" (these applications together need more
    seats than their admissible reviewers may take), "load_min" (these reviewers must take more
    than there is for them), "started" (a review that has begun can no longer stand).
    """

    rule: str
    application_ids: tuple[str, ...]
    reviewer_ids: tuple[str, ...]
    seats_needed: int
    seats_available: int
    text: Text

    @property
    def seats_short(self) -> int:
        return self.seats_needed - self.seats_available


@dataclass(frozen=True, slots=True)
class Hall:
    """A bipartite demand: each left id wants so many different right ids, each right has room."""

    demands: Mapping[str, int]
    capacities: Mapping[str, int]
    edges: Sequence[tuple[str, str]]

    def only(self, lefts: Sequence[str]) -> "Hall":
        kept = set(lefts)
        return Hall(
            {left: self.demands[left] for left in lefts},
            self.capacities,
            [edge for edge in self.edges if edge[0] in kept],
        )

    def solver(self) -> Demands:
        """The same demand by position instead of by id."""
        left_at = {left: n for n, left in enumerate(self.demands)}
        right_at = {right: n for n, right in enumerate(self.capacities)}
        edges = [(left_at[left], right_at[right]) for left, right in self.edges]
        return Demands(list(self.demands.values()), list(self.capacities.values()), edges)

    def seats_unmet(self) -> int:
        """How many seats stay empty even at best."""
        return self.solver().unmet(range(len(self.demands)))[0]

    def available(self) -> int:
        """The seats all right ids together can offer these left ids: min(room, neighbours) each."""
        reach = defaultdict[str, int](int)
        for _, right in self.edges:
            reach[right] += 1
        return sum(min(self.capacities[right], n) for right, n in reach.items())


def blocking_sets(hall: Hall) -> Iterator[tuple[str, ...]]:
    """Disjoint minimal sets of left ids whose demand cannot be met, until the rest can be.

    One id that is short by itself comes first; so a chair reads the simplest reasons first.
    """
    degree = defaultdict[str, int](int)
    for left, _ in hall.edges:
        degree[left] += 1
    lefts = list(hall.demands)
    alone = [n for n, left in enumerate(lefts) if degree[left] < hall.demands[left]]
    yield from ((lefts[n],) for n in alone)
    solver, rest = hall.solver(), sorted(set(range(len(lefts))).difference(alone))
    while (found := solver.unmet(rest))[0]:
        core = _minimal(solver, found[1])
        yield tuple(lefts[n] for n in core)
        rest = [n for n in rest if n not in core]


def _minimal(solver: Demands, short: Sequence[int]) -> list[int]:
    """Drop one node at a time for as long as what remains is still short.

    Being short is inherited by larger sets, so one pass ends in a set with no smaller one inside.
    What the cut of a smaller set leaves out need not be looked at again.
    """
    kept, settled = list(short), set[int]()
    while pending := [n for n in kept if n not in settled]:
        fewer = [n for n in kept if n != pending[0]]
        missing, cut = solver.unmet(fewer)
        kept = cut if missing else kept
        settled.add(pending[0])
    return kept
