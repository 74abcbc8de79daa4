"""How much each part does: enough for steady figures, or little, to see that all works."""

from dataclasses import dataclass, replace


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
    ahead: int
    replicas: tuple[int, ...]
    scale_seconds: float
    flat_seconds: float
    flat_interval: float
    growth: tuple[int, ...]
    cache_rows_max: int
    ops_events: int
    ops_questions: int
    what_if: int

    def longer(self, flat_minutes: float | None, growth_max: int, ops_events: int) -> "Sizes":
        """With what somebody wants more of; nothing, or 0, leaves a size as it is."""
        growth = (*self.growth, *(n for n in BEYOND if n <= growth_max and n > self.growth[-1]))
        return replace(
            self, growth=growth, ops_events=ops_events or self.ops_events,
            flat_seconds=flat_minutes * 60 if flat_minutes else self.flat_seconds,
        )  # fmt: skip


BEYOND = (200_000, 500_000, 1_000_000)
"""Where `growth` goes on when it is asked to."""
FULL = Sizes(
    warm=4_000, hops=40_000, latency_seconds=12, single=100_000, cases=12_000, submits=6_000,
    submit_seconds=10, idiomatic=400, idiomatic_seconds=10,
    ahead=30_000, replicas=(1, 2, 4, 2, 1), scale_seconds=8, flat_seconds=60, flat_interval=5,
    growth=(1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000), cache_rows_max=300_000,
    ops_events=200_000, ops_questions=200, what_if=10_000,
)  # fmt: skip
QUICK = Sizes(
    warm=200, hops=1_500, latency_seconds=2, single=4_000, cases=600, submits=400,
    submit_seconds=2, idiomatic=40, idiomatic_seconds=2,
    ahead=2_000, replicas=(1, 2), scale_seconds=1, flat_seconds=1, flat_interval=0.5, growth=(40, 80),
    cache_rows_max=100, ops_events=3_000, ops_questions=20, what_if=100,
)  # fmt: skip
