"""What a measured stretch cost: seconds, CPU per kind of process, load, and CPU that others took."""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import psutil

from tests.bench.ground import Ground

KINDS = ("python", "broker", "postgres")
"""Of the processes that are the system, as opposed to who makes its load."""


@dataclass
class Cost:
    """A context manager around a stretch. CPU is in seconds, of our own processes by kind.

    `foreign_cores`: how many cores processes other than ours kept busy meanwhile.
    """

    ground: Ground
    python: Iterable[int]
    """Pids of the measured Python processes."""
    clients: Iterable[int] = ()
    """Pids of processes that make load and are no part of the system."""
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    foreign_cores: float = 0.0
    load: float = 0.0

    def __enter__(self) -> Self:
        self._began, self._before, self._busy = time.monotonic(), self._used(), _busy()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._began
        busy, after = _busy() - self._busy, self._used()
        self.cpu = {kind: after[kind] - self._before[kind] for kind in after}
        self.foreign_cores = max(0.0, busy - sum(self.cpu.values())) / max(self.seconds, 0.001)
        self.load = os.getloadavg()[0]

    def per(self, count: int) -> dict[str, float]:
        """Microseconds of CPU per message, by kind."""
        return {kind: round(self.cpu[kind] / max(count, 1) * 1e6, 1) for kind in KINDS}

    def report(self, count: int, **figures: Any) -> dict[str, Any]:
        """The figures of a part with what they cost beside them.

        `ceiling_per_s`: messages per second if all cores did nothing else and none ever waited.
        """
        cpu_us = self.per(count)
        ceiling = (os.cpu_count() or 1) * 1e6 / max(sum(cpu_us.values()), 0.1)
        return {
            **figures, "seconds": round(self.seconds, 2), "messages": count, "cpu_us": cpu_us,
            "ceiling_per_s": round(ceiling), "cpu_client_s": round(self.cpu["client"], 2), "load": round(self.load, 1),
            "foreign_cores": round(self.foreign_cores, 2),
        }  # fmt: skip

    def _used(self) -> dict[str, float]:
        ours = {os.getpid(), *self.clients} - {*self.python}
        return {
            "python": sum(map(_seconds, self.python)),
            "client": sum(map(_seconds, ours)),
            "broker": _seconds(self.ground.kafka.pid),
            "postgres": _seconds(self.ground.postgres.pid),
        }


def _seconds(pid: int | None) -> float:
    """A process and those below it, those that ended included; of the bench itself only its own."""
    if not pid:
        return 0.0
    with suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        if pid == os.getpid():
            return sum(top.cpu_times()[:2])
        return sum(map(_own_seconds, (top, *top.children(recursive=True))))
    return 0.0


def _own_seconds(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        return sum(process.cpu_times()[:4])
    return 0.0


def _busy() -> float:
    """Seconds that all cores together were busy since the machine started."""
    times = psutil.cpu_times()
    return (
        sum(times[:2]) + times.system + getattr(times, "irq", 0.0) + getattr(times, "softirq", 0.0)
    )
