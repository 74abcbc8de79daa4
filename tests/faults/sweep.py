"""The sweep: every service dies once at every boundary between two of its steps, while seasons are played."""

import asyncio
from dataclasses import dataclass, field

from services.cli.stack import SERVICES
from tests.faults.kinds.processes import restarted
from tests.faults.kinds.releases import dies_at
from tests.faults.machine import Machine
from tests.faults.steps import steps_of
from tests.faults.storm import Storm

ROUNDS = 3
"""How often a boundary is waited for that no work led to."""
KIND = "service killed at a step"

Boundary = tuple[str, str]


def boundaries() -> list[Boundary]:
    """Every service with every step after or before which it may die."""
    return [(name, step) for name in SERVICES for step in steps_of(name)]


@dataclass
class Sweep(Storm):
    """A storm whose faults are not drawn: each boundary once."""

    never_reached: list[Boundary] = field(default_factory=list)

    async def _inject(self, until: float) -> None:
        await asyncio.sleep(3)
        left = boundaries()
        for _ in range(ROUNDS):
            left = [one for one in left if not await self._dies(*one)]
            self.say(f"died at {self.faults[KIND]} boundaries, {len(left)} were not reached yet")
        self.never_reached = left

    async def _dies(self, name: str, step: str) -> bool:
        died = await dies_at(self.machine, name, step, 1 + self.faults[KIND] % 3)
        self.recovered.setdefault(KIND, []).append(await restarted(self.machine, name))
        self.faults[KIND] += died
        return died


def sweep_on(machine: Machine, seed: int) -> Sweep:
    """A sweep on a machine whose servers run; the stores begin afresh."""
    machine.stop_services()
    machine.begin_afresh()
    for name in SERVICES:
        machine.start_service(name)
    return Sweep(machine, seed, 0, [])
