"""How much each part does: enough for steady figures, or little, to see that all works."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Counts of cases, and seconds where arrivals come at a rate."""

    warm: int
    hops: int
    latency_seconds: float
    single: int
    cases: int
    submits: int
    submit_seconds: float
    idiomatic: int
    idiomatic_seconds: float
    ops_events: int
    ops_questions: int
    what_if: int


FULL = Sizes(
    warm=4_000, hops=40_000, latency_seconds=12, single=100_000, cases=12_000, submits=6_000,
    submit_seconds=10, idiomatic=400, idiomatic_seconds=10, ops_events=200_000, ops_questions=200, what_if=10_000,
)  # fmt: skip
QUICK = Sizes(
    warm=200, hops=1_500, latency_seconds=2, single=4_000, cases=600, submits=400,
    submit_seconds=2, idiomatic=40, idiomatic_seconds=2, ops_events=3_000, ops_questions=20, what_if=100,
)  # fmt: skip
