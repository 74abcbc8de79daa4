"""Why an assignment cannot exist: the smallest sets of cases that already contradict the rules."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.review.rules.flow import maximum_flow
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

    def unmet(self) -> tuple[int, list[str]]:
        """How many units stay unmet at best, and the left ids among which they are missing."""
        lefts, rights = list(self.demands), list(self.capacities)
        left_at = {left: n for n, left in enumerate(lefts)}
        right_at = {right: n for n, right in enumerate(rights)}
        met, short = maximum_flow(
            [self.demands[left] for left in lefts],
            [self.capacities[right] for right in rights],
            [(left_at[left], right_at[right]) for left, right in self.edges],
        )
        missing = sum(self.demands.values()) - met
        return missing, [lefts[n] for n in sorted(short)] if missing else []

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
    alone = [left for left, demand in hall.demands.items() if degree[left] < demand]
    yield from ((left,) for left in alone)
    rest = hall.only([left for left in hall.demands if left not in set(alone)])
    while (found := rest.unmet())[0]:
        core = _minimal(rest.only(found[1]))
        yield core
        rest = rest.only([left for left in rest.demands if left not in set(core)])


def _minimal(hall: Hall) -> tuple[str, ...]:
    """Drop one id at a time for as long as what remains is still short.

    Being short is inherited by larger sets, so one pass ends in a set with no smaller one inside.
    """
    kept = list(hall.demands)
    for left in list(kept):
        fewer = [other for other in kept if other != left]
        if fewer and hall.only(fewer).unmet()[0]:
            kept = fewer
    return tuple(kept)
