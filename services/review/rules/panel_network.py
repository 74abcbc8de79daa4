"""An assignment as a flow: a unit per seat, from the application through the reviewer to the sink.

Seats for reviewers who know none of an application's items pass through a hub of that application,
over one arc per seat, so that a second such seat can be made dearer than a first. The seats of a
reviewer beyond load_min leave over one arc each for the same reason; those up to load_min are
taken by the reviewer's node itself, so they must be filled.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.review.rules.expertise import affinity_scale
from services.review.rules.flow import Integers, Network
from services.review.rules.panels import Aim, AssignmentPolicy
from services.review.rules.parties import Application, Pair, Reviewer

# The lot's numbers are this wide, so that two assignments draw equal about never, and the sums
# stay far inside 64 bits even for a call of ten thousand.
LOT_BITS = 40


@dataclass(frozen=True, slots=True)
class Case:
    """Everything an assignment depends on; applications and reviewers sorted by id."""

    applications: tuple[Application, ...]
    reviewers: tuple[Reviewer, ...]
    barred: frozenset[Pair]
    policy: AssignmentPolicy
    seed: str

    def admissible(self) -> npt.NDArray[np.bool_]:
        """Which reviewer may take which application: one row per application."""
        row = {a.id: n for n, a in enumerate(self.applications)}
        column = {r.id: n for n, r in enumerate(self.reviewers)}
        may = np.ones((len(row), len(column)), bool)
        may[:, [r.load_max == 0 for r in self.reviewers]] = False
        for pair in self.barred:
            if pair.application_id in row and pair.reviewer_id in column:
                may[row[pair.application_id], column[pair.reviewer_id]] = False
        return may


@dataclass(frozen=True, slots=True)
class Seats:
    """The network of a case: first one arc per admissible pair, then the hubs, then the loads."""

    network: Network
    pairs: tuple[Pair, ...]
    affinities: Integers
    hub_ranks: Integers  # the n-th seat without expertise of its application
    load_ranks: Integers  # the n-th seat of its reviewer


def seats(case: Case) -> Seats:
    """Lay out the arcs; equal cases give equal arrays, whatever order their parts came in."""
    known = affinities(case.applications, case.reviewers)
    may = case.admissible()
    rows, columns = np.nonzero(may)
    matched = known[rows, columns] > 0
    count, size = len(case.applications), case.policy.panel_size
    hub_rows, hub_ranks = _repeat(
        np.zeros(count, int), np.minimum(size, (may & (known == 0)).sum(1))
    )
    low = np.array([r.load_min for r in case.reviewers], int)
    high = np.minimum(np.array([r.load_max for r in case.reviewers], int), may.sum(0))
    load_columns, load_ranks = _repeat(low, high)
    sink = 2 * count + len(case.reviewers)
    starts = (np.where(matched, rows, count + rows), hub_rows, 2 * count + load_columns)
    ends = (2 * count + columns, count + hub_rows, np.full(len(load_columns), sink))
    sink_takes = np.array([low.sum() - size * count])
    supplies = (np.full(count, size), np.zeros(count, int), -low, sink_takes)
    return Seats(
        Network(np.concatenate(starts), np.concatenate(ends), np.concatenate(supplies)),
        tuple(
            Pair(case.applications[i].id, case.reviewers[j].id)
            for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
        ),
        known[rows, columns],
        hub_ranks,
        load_ranks,
    )


def affinities(applications: tuple[Application, ...], reviewers: tuple[Reviewer, ...]) -> Integers:
    """expertise.affinity for every pair at once: one row per application."""
    codes = sorted({code for a in applications for code in a.items})
    wanted = np.array([[c in set(a.items) for c in codes] for a in applications], np.int64)
    known = np.array([[c in set(r.expertise) for c in codes] for r in reviewers], np.int64)
    scale = affinity_scale(applications)
    weights = np.array([scale // (len(set(a.items)) or 1) for a in applications], np.int64)
    # Without a code or a party NumPy sees no second dimension; the shapes say what is meant.
    wanted = wanted.reshape(len(applications), len(codes))
    known = known.reshape(len(reviewers), len(codes))
    return np.asarray((wanted @ known.T) * weights[:, None], np.int64)


def _repeat(low: Integers, high: Integers) -> tuple[Integers, Integers]:
    """For each n the ranks low[n] + 1 … high[n]: the ns, each as often as needed, and the ranks."""
    times = np.maximum(high - low, 0)
    owners = np.repeat(np.arange(len(times)), times)
    first = np.repeat(np.cumsum(times) - times, times)
    return owners, np.arange(len(owners)) - first + low[owners] + 1


def aim_costs(aim: Aim, laid: Seats, panel_size: int) -> Iterator[tuple[str, str, Integers]]:
    """The name, the goal and the cost per arc of each step of an aim, in order."""
    pairs, hubs = len(laid.pairs), len(laid.hub_ranks)
    costs = np.zeros(len(laid.network.starts), np.int64)
    if aim is Aim.AFFINITY:
        costs[:pairs] = -laid.affinities
        yield aim, "most", costs
    elif aim is Aim.BALANCE:
        # n² grows by 2n - 1, so the sum over a reviewer's arcs is the square of the load.
        costs[pairs + hubs :] = 2 * laid.load_ranks - 1
        yield aim, "least", costs
    else:
        for rank in range(panel_size, 0, -1):
            step = costs.copy()
            step[pairs : pairs + hubs] = laid.hub_ranks >= rank
            yield f"{aim}_{rank}", "least", step


def pair_costs(laid: Seats, wanted: Iterable[Pair]) -> Integers:
    """Minus one on each wanted pair: minimal cost keeps as many of them as possible."""
    chosen = frozenset(wanted)
    costs = np.zeros(len(laid.network.starts), np.int64)
    costs[: len(laid.pairs)] = [-(pair in chosen) for pair in laid.pairs]
    return costs


def lot_costs(laid: Seats, seed: str) -> Integers:
    """A number per pair that nobody could know before the seed: the draw among equals."""
    costs = np.zeros(len(laid.network.starts), np.int64)
    costs[: len(laid.pairs)] = [lot_number(seed, pair) for pair in laid.pairs]
    return costs


def lot_number(seed: str, pair: Pair) -> int:
    """The leading 40 bits of sha256 over seed, application and reviewer, one per line."""
    text = f"{seed}\n{pair.application_id}\n{pair.reviewer_id}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[: LOT_BITS // 8], "big")
