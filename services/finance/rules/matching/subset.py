"""Exact subset sums that tell how many solutions there are, because more than one is ambiguous."""

from collections.abc import Sequence
from dataclasses import dataclass

STATES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Solutions:
    """How many subsets fit (counted up to "several") and, when it is one, which."""

    count: int
    only: tuple[int, ...] = ()


def subsets(amounts: Sequence[int], target: int, size_min: int, size_max: int) -> Solutions:
    """Count the subsets of positive amounts, within a size range, that add up to the target.

    Unit: fen. Boundary: exact to the fen. A search too large to finish counts as several: what
    was not ruled out must not be claimed unique.
    """
    # (size, sum) -> (count, indexes of one solution)
    states: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {(0, 0): (1, ())}
    for index, amount in enumerate(amounts):
        grown = [
            ((size + 1, total + amount), (count, (*chosen, index)))
            for (size, total), (count, chosen) in states.items()
            if size < size_max and total + amount <= target
        ]
        for key, (count, chosen) in grown:
            known = states.get(key)
            states[key] = (known[0] + count, known[1]) if known else (count, chosen)
        if len(states) > STATES_MAX:
            return Solutions(2)
    hits = [
        states[size, target] for size in range(size_min, size_max + 1) if (size, target) in states
    ]
    count = sum(hit[0] for hit in hits)
    return Solutions(count, hits[0][1] if count == 1 else ())
