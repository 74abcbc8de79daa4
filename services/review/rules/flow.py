"""Minimum-cost flow over several aims in strict order, each solved exactly and proved optimal.

Weighing aims into one cost needs weights large enough to dominate and small enough not to
overflow. Instead each aim is solved alone on what the aims before it left open: by complementary
slackness the optimal flows of one aim are exactly those that keep every arc of positive reduced
cost empty and every arc of negative reduced cost full, so these arcs are fixed and the rest is
free for the next aim. The potentials that show it also prove the optimum, without the solver.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.graph.python import max_flow, min_cost_flow

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Network:
    """Arcs that carry nothing or one unit, and what each node supplies (or, below zero, takes)."""

    starts: Integers
    ends: Integers
    supplies: Integers


@dataclass(frozen=True, slots=True)
class Optimum:
    """The flow on each arc; per aim its cost and the lower bound no flow can pass."""

    flows: Integers
    values: tuple[int, ...]
    bounds: tuple[int, ...]


def lexicographic_minimum(network: Network, aims: Sequence[Integers]) -> Optimum | None:
    """The flow that minimises the first aim, then the second among those, and so on.

    Each aim is one cost per arc. None when no flow meets the supplies at all.
    """
    assert aims, "without an aim any flow would do, and which one would be the solver's choice"
    flows = np.zeros(len(network.starts), np.int64)
    free, supplies = np.arange(len(network.starts)), network.supplies.copy()
    values, bounds = list[int](), list[int]()
    for costs in aims:
        open_part = Network(network.starts[free], network.ends[free], supplies)
        found = _minimum(open_part, costs[free])
        if found is None:
            return None
        flows[free] = found
        reduced, bound = _proof(open_part, costs[free], found)
        values.append(int(costs @ flows))
        bounds.append(bound + values[-1] - int(costs[free] @ found))
        full = free[reduced < 0]
        np.subtract.at(supplies, network.starts[full], 1)
        np.add.at(supplies, network.ends[full], 1)
        free = free[reduced == 0]
    return Optimum(flows, tuple(values), tuple(bounds))


def _minimum(network: Network, costs: Integers) -> Integers | None:
    """One optimal flow by cost scaling, or None when the supplies cannot be met."""
    if not len(costs):
        return None if network.supplies.any() else np.zeros(0, np.int64)
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        network.starts.astype(np.int32),
        network.ends.astype(np.int32),
        np.ones(len(costs), np.int64),
        costs,
    )
    nodes = np.arange(len(network.supplies), dtype=np.int32)
    solver.set_nodes_supplies(nodes, network.supplies)
    status = solver.solve()
    if status == solver.INFEASIBLE:
        return None
    assert status == solver.OPTIMAL, f"the flow solver answered {status}"
    return np.asarray(solver.flows(arcs), np.int64)


def _proof(network: Network, costs: Integers, flows: Integers) -> tuple[Integers, int]:
    """Reduced costs under shortest-path potentials, and the dual bound they give.

    Potentials exist exactly when the residual graph has no negative cycle, that is when the flow
    is optimal; if they do not settle the answer is wrong, and we would rather stop than publish.
    """
    tails = np.where(flows == 0, network.starts, network.ends)
    heads = np.where(flows == 0, network.ends, network.starts)
    lengths = np.where(flows == 0, costs, -costs)
    potentials = np.zeros(len(network.supplies), np.int64)
    for _ in range(len(potentials) + 1):
        nearer = potentials.copy()
        np.minimum.at(nearer, heads, potentials[tails] + lengths)
        if np.array_equal(nearer, potentials):
            break
        potentials = nearer
    else:
        raise AssertionError("the flow solver's answer is not optimal")
    reduced = costs + potentials[network.starts] - potentials[network.ends]
    bound = np.minimum(reduced, 0).sum() - network.supplies @ potentials
    return reduced, int(bound)


class Demands:
    """A bipartite demand that is asked again and again with some of its demand nodes left out.

    Demand node i wants demands[i] units and may take one over each of its edges (i, j);
    capacity node j gives capacities[j] at most.
    """

    def __init__(
        self, demands: Sequence[int], capacities: Sequence[int], edges: Sequence[tuple[int, int]]
    ) -> None:
        left, right = len(demands), len(capacities)
        self._demands = np.array(demands, np.int64)
        self._source, self._sink = left + right, left + right + 1
        arcs = [(self._source, i, n) for i, n in enumerate(demands)]
        arcs += [(i, left + j, 1) for i, j in edges]
        arcs += [(left + j, self._sink, n) for j, n in enumerate(capacities)]
        tails, heads, room = np.array(arcs or [(0, 0, 0)], np.int64).T
        self._solver = max_flow.SimpleMaxFlow()
        self._solver.add_arcs_with_capacity(tails.astype(np.int32), heads.astype(np.int32), room)

    def unmet(self, asking: Sequence[int]) -> tuple[int, list[int]]:
        """How much of these nodes' demand stays unmet at best, and a set among which it does."""
        if not len(asking):
            return 0, []
        wanted = np.zeros_like(self._demands)
        wanted[asking] = self._demands[asking]
        self._solver.set_arcs_capacity(np.arange(len(wanted), dtype=np.int32), wanted)
        status = self._solver.solve(self._source, self._sink)
        assert status == self._solver.OPTIMAL, f"the flow solver answered {status}"
        missing = int(wanted.sum()) - self._solver.optimal_flow()
        cut = set(self._solver.get_source_side_min_cut())
        return missing, [i for i in asking if i in cut] if missing else []
