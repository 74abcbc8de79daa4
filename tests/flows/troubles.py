"""What happens to a season on the real stack: services killed, the broker away, at moments a seed draws."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from services.cli.season.office import Office
from services.cli.season.play import Season
from services.cli.stack import SERVICES

ACTS = ("published", "applied", "screened", "ranked", "awarded", "paid", "letters")
IN_FLIGHT = {"applied": 90, "screened": 30, "ranked": 60, "awarded": 1, "paid": 60, "letters": 40}
"""Acts that send enough requests to be interrupted, and after how many at most."""
REQUESTS_BEFORE_OUTAGE = 100
SUBMISSIONS_DURING_OUTAGE = 15


@dataclass(frozen=True)
class Killing:
    """One service's end: between two acts, or after so many requests of one."""

    service: str
    act: str
    after_requests: int = 0


def plan(seed: int) -> list[Killing]:
    """Each service once: every other one between acts, the rest in the middle of one."""
    random = Random(f"troubles/{seed}")  # noqa: S311 (a seed is the point)
    services = random.sample(SERVICES, len(SERVICES))
    between = random.sample(ACTS[:-1], 3)
    during = random.sample([act for act, requests in IN_FLIGHT.items() if requests > 1], 3)
    killings = [Killing(s, act) for s, act in zip(services[:3], between, strict=True)]
    return killings + [
        Killing(s, act, random.randint(1, IN_FLIGHT[act]))
        for s, act in zip(services[3:], during, strict=True)
    ]


@dataclass
class TroubledOffice(Office):
    """Tells whoever wants to know that a request is about to be sent; may be made to wait."""

    on_request: Callable[[], None] = lambda: None
    door: asyncio.Event = field(default_factory=asyncio.Event)

    async def _send(
        self, method: str, service: str, path: str, headers: dict[str, str], **what: Any
    ) -> httpx.Response:
        await self.door.wait()
        self.on_request()
        return await super()._send(method, service, path, headers, **what)


@dataclass
class TroubledSeason(Season):
    """A season during which each service is killed once and the broker is away for a while."""

    killings: list[Killing] = field(default_factory=list)
    killed: dict[str, float] = field(default_factory=dict)
    """Seconds from the kill until the service was ready again."""
    accepted_without_broker: int = 0
    act: int = 0
    requests: int = 0
    staff: TroubledOffice | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def office(self) -> Office:
        """People who do not give up, so that a restart may take its time."""
        self.staff = TroubledOffice(self.stack, self.seed, attempts_max=400, on_request=self._count)
        self.staff.door.set()
        return self.staff

    @property
    def retried(self) -> int:
        """Requests that met a dead or dying service and were sent again with the same key."""
        return self.staff.retried if self.staff else 0

    async def settle(self) -> None:
        """Wait for the troubles of this act to be over, and for everybody to catch up."""
        await asyncio.gather(*self.tasks)
        await super().settle()

    async def _pause(self, act: str) -> None:
        await super()._pause(act)
        self.act, self.requests = self.act + 1, 0
        for killing in self.killings:
            if killing.act == act and not killing.after_requests:
                self._spawn(self._kill(killing.service))

    def _count(self) -> None:
        self.requests += 1
        for killing in self.killings:
            if killing.act == ACTS[self.act] and killing.after_requests == self.requests:
                self._spawn(self._kill(killing.service))
        if ACTS[self.act] == "applied" and self.requests == REQUESTS_BEFORE_OUTAGE:
            self._spawn(self._without_broker())

    def _spawn(self, trouble: Any) -> None:
        self.tasks.append(asyncio.create_task(trouble))

    async def _kill(self, service: str) -> None:
        began = time.monotonic()
        self.stack.process(service).kill()
        self.stack.start_service(service)
        if self.stack.kafka.pid:
            await asyncio.to_thread(self.stack.wait_until_ready, [service])
        self.killed[service] = time.monotonic() - began

    async def _without_broker(self) -> None:
        """Nobody sends while the broker stops; then people go on as if it were there."""
        assert self.staff is not None
        self.staff.door.clear()
        await asyncio.to_thread(self.stack.kafka.stop)
        before = len(self.receipts)
        self.staff.door.set()
        while len(self.receipts) < before + SUBMISSIONS_DURING_OUTAGE:
            assert self.stack.kafka.pid is None
            await asyncio.sleep(0.02)
        self.accepted_without_broker = len(self.receipts) - before
        await asyncio.to_thread(self.stack.kafka.start, detached=True)
