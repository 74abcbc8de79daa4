"""What each figure should be, and whether it is: the targets of the issue, in one column."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the summary: where it lies in the parts, and its target.

    `least` or `most` holds the target; neither where there is none.
    """

    name: str
    path: tuple[str, ...]
    least: float | None = None
    most: float | None = None

    @property
    def target(self) -> str:
        """The target as it is shown."""
        if self.least is not None:
            return f"≥ {self.least:,}"
        return f"≤ {self.most:,}" if self.most is not None else ""

    def judge(self, value: Any) -> str:
        """`met` or `missed`; empty where there is no target or nothing was measured."""
        if value is None or not self.target:
            return ""
        if self.least is not None:
            return "met" if value >= self.least else "missed"
        assert self.most is not None
        return "met" if value <= self.most else "missed"


FIGURES = (
    Figure("hops_per_s", ("hops", "hops_per_s"), least=20_000),
    Figure("cases_per_s", ("cases", "cases_per_s"), least=3_000),
    Figure("idiomatic_hops_per_s", ("idiomatic", "hops", "idiomatic_hops_per_s")),
    Figure("ratio", ("ratio",), least=60),
    Figure("service_msgs_per_s", ("single", "service", "service_msgs_per_s"), least=20_000),
    Figure("relay_per_s", ("single", "relay", "relay_per_s"), least=60_000),
    Figure("rebuild_per_s", ("single", "rebuild", "rebuild_per_s"), least=60_000),
    Figure("submits_per_s", ("submits", "full", "submits_per_s"), least=800),
    Figure("submit_p50_ms", ("submits", "half", "p50_ms")),
    Figure("submit_p99_ms", ("submits", "half", "p99_ms"), most=50),
    Figure("e2e_100_p50_ms", ("latency", "e2e_100", "p50_ms"), most=25),
    Figure("e2e_100_p99_ms", ("latency", "e2e_100", "p99_ms"), most=60),
    Figure("e2e_1000_p50_ms", ("latency", "e2e_1000", "p50_ms"), most=60),
    Figure("e2e_1000_p99_ms", ("latency", "e2e_1000", "p99_ms"), most=200),
    Figure("case_as_of_p99_ms", ("ops", "case_as_of", "p99_ms"), most=100),
    Figure("service_as_of_s_per_million", ("ops", "service_s_per_million"), most=20),
    Figure("causal_tree_p99_ms", ("ops", "causal_tree", "p99_ms"), most=50),
    Figure("what_if_s", ("ops", "what_if", "what_if_s"), most=30),
    Figure("replicas_1_msgs_per_s", ("scale", "with_1", "msgs_per_s")),
    Figure("replicas_2_msgs_per_s", ("scale", "with_2", "msgs_per_s")),
    Figure("replicas_4_msgs_per_s", ("scale", "with_4", "msgs_per_s")),
    Figure("scaling_lost", ("scale", "lost"), most=0),
    Figure("scaling_doubled", ("scale", "doubled"), most=0),
    Figure("flat_last_to_first", ("flat", "last_to_first")),
    Figure("flat_memory_mib_grown", ("flat", "memory_mib_grown")),
    Figure("growth_cpu_last_to_first", ("growth", "cpu_last_to_first")),
    Figure("growth_bytes_last_to_first", ("growth", "bytes_last_to_first")),
)
