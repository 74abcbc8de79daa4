"""The sweep: every service dies once at every boundary between two of its steps, while seasons are played."""

import asyncio
import time
from dataclasses import dataclass, field

from services.cli.stack import SERVICES
from tests.faults.kinds.processes import restarted
from tests.faults.kinds.releases import dies_at
from tests.faults.steps import steps_of
from tests.faults.storm import Storm, Weathered

ROUNDS = 2
"""How often a boundary is waited for that no work led to."""
SERVICES_AT_ONCE = 2
ONCE = ("relay owns", "job begins")
KIND = "service killed at a step"

Boundary = tuple[str, str]


def boundaries() -> list[Boundary]:
    """Every service with every step after or before which it may die."""
    return [(name, step) for name in SERVICES for step in steps_of(name)]


@dataclass
class Sweep(Storm):
    """A storm whose faults are not drawn: each boundary once."""

    never_reached: list[Boundary] = field(default_factory=list)

    async def weather(self) -> Weathered:
        """Begin on empty stores; then as any storm."""
        await self.machine.start_afresh()
        return await super().weather()

    async def _inject(self, until: float) -> None:
        """Two services at a time, each dying at one boundary after another; all of them whole at the end."""
        await asyncio.sleep(3)
        at_once = asyncio.Semaphore(SERVICES_AT_ONCE)
        await asyncio.gather(*(self._service(name, at_once) for name in SERVICES))

    async def _service(self, name: str, at_once: asyncio.Semaphore) -> None:
        left = steps_of(name)
        for _ in range(ROUNDS):
            async with at_once:
                left = [step for step in left if not await self._dies(name, step)]
                took = await restarted(self.machine, name)
            self.recovered.setdefault(KIND, []).append(round(took, 2))
            self.say(f"{name}: {len(left)} of {len(steps_of(name))} boundaries not reached yet")
        self.never_reached += [(name, step) for step in left]

    async def _dies(self, name: str, step: str) -> bool:
        self._note({"at": time.time(), "fault": KIND, "service": name, "step": step})
        died = await dies_at(self.machine, name, step, self._count(step))
        self.faults[KIND] += died
        return died

    def _count(self, step: str) -> int:
        """The first, second or third time it gets there; some it reaches once in its life."""
        return 1 if step in ONCE else 1 + self.faults[KIND] % 3
