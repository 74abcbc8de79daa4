"""The storm: faults drawn from a seed while the load goes on, then calm, then judgement."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import asyncpg
import orjson

from services.cli.season.settle import settle
from services.cli.stack import SERVICES
from tests.faults.checker import Offence, check
from tests.faults.checker.evidence import Evidence
from tests.faults.gather import gather
from tests.faults.journal import Journal
from tests.faults.kinds import KINDS, possible
from tests.faults.load import Load
from tests.faults.machine import Machine, may_mount

SETTLE_SECONDS_MAX = 180
FAULT_SECONDS_MAX = 150
Say = Callable[[str], None]


@dataclass
class Weathered:
    """What a storm did and what was left."""

    seed: int
    minutes: float
    faults: Counter[str]
    evidence: Evidence
    offences: dict[str, list[Offence]]
    recovery_s: dict[str, float]
    stopped: list[str]
    finished: int
    convergence_s: float
    failed_faults: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether every promise was kept."""
        return not any(self.offences.values()) and not self.stopped and not self.failed_faults

    @property
    def summary(self) -> str:
        """One line for somebody who waits."""
        broken = {kind: len(found) for kind, found in self.offences.items() if found}
        return (
            f"{len(self.evidence.commands)} commands, {len(self.evidence.events)} events, "
            f"{self.faults.total()} faults; broken promises: {broken or 'none'}; "
            f"level again after {self.convergence_s} s"
        )


@dataclass
class Storm:
    """One machine, one seed, so many minutes."""

    machine: Machine
    seed: int
    minutes: float
    kinds: list[str]
    at_once: int = 2
    applicants: int = 40
    pause_s: tuple[float, float] = (0.5, 3.0)
    say: Say = lambda _: None
    faults: Counter[str] = field(default_factory=Counter)
    recovered: dict[str, list[float]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    async def weather(self) -> Weathered:
        """Load and faults together, then heal, settle, gather and check."""
        journal = Journal(self.machine.folder / "journal.jsonl")
        load = Load(self.machine, journal, self.seed, self.applicants)
        running = asyncio.create_task(load.run(self.at_once))
        await self._inject(time.monotonic() + self.minutes * 60)
        load.enough.set()
        await repair(self.machine)
        load.give_up_after(SETTLE_SECONDS_MAX)
        began = time.monotonic()
        await running
        await all_quiet(self.machine)
        converged = time.monotonic() - began
        evidence = await gather(self.machine, journal.commands(), SERVICES, load.calls)
        return Weathered(
            self.seed, self.minutes, self.faults, evidence, check(evidence),
            {kind: max(took) for kind, took in self.recovered.items()}, load.stopped, load.finished,
            round(converged, 1), self.failed,
        )  # fmt: skip

    async def _inject(self, until: float) -> None:
        random = Random(f"storm/{self.seed}")  # noqa: S311 (a seed is the point)
        deck: list[str] = []
        await asyncio.sleep(3)
        while time.monotonic() < until:
            if not deck:
                deck = random.sample(self.kinds, len(self.kinds))
            await self._one(deck.pop(), random)
            await asyncio.sleep(random.uniform(*self.pause_s))

    async def _one(self, kind: str, random: Random) -> None:
        began = time.monotonic()
        self.say(f"{kind}")
        self._note({"at": time.time(), "fault": kind})
        try:
            async with asyncio.timeout(FAULT_SECONDS_MAX):
                took = await KINDS[kind](self.machine, random)
            self.faults[kind] += 1
            if took is not None:
                self.recovered.setdefault(kind, []).append(round(took, 2))
        except Exception as failed:  # noqa: BLE001 (the storm goes on; what failed is reported)
            self.failed.append(f"{kind}: {type(failed).__name__}: {str(failed)[:800]}")
            await repair(self.machine)
        self._note({"at": time.time(), "over": kind, "seconds": round(time.monotonic() - began, 2)})

    def _note(self, line: dict[str, object]) -> None:
        with (self.machine.folder / "faults.jsonl").open("ab") as file:
            file.write(orjson.dumps({"seed": self.seed, **line}) + b"\n")


async def repair(machine: Machine) -> None:
    """Whatever was done to it: everything runs again, every line is good."""
    machine.heal_wires()
    machine.kafka.resume()
    for name in SERVICES:
        machine.process(name).signal(signal.SIGCONT)
    await asyncio.to_thread(machine.postgres.start, detached=True)
    await asyncio.to_thread(machine.kafka.start, detached=True)
    machine.start_mail()
    for name in SERVICES:
        await asyncio.to_thread(machine.start_service, name)
    await machine.ready(SERVICES)


async def all_quiet(machine: Machine) -> None:
    """Everything read and sent, every letter on its way."""
    async with asyncio.timeout(SETTLE_SECONDS_MAX):
        await settle(machine, SETTLE_SECONDS_MAX)
        while await _letters_waiting(machine):  # noqa: ASYNC110 (another process sends)
            await asyncio.sleep(0.3)
        await settle(machine, SETTLE_SECONDS_MAX)


async def _letters_waiting(machine: Machine) -> int:
    connection = await asyncpg.connect(machine.postgres.url("notification"))
    try:
        return int(await connection.fetchval("select count(*) from message where state = 'queued'"))
    finally:
        await connection.close()


def storm_on(folder: Path, seed: int, minutes: float, brokers: int) -> Storm:
    """A storm on a machine in this folder, with every kind the machine can have."""
    machine = Machine(folder, brokers)
    if may_mount():
        machine.mount()
    return Storm(machine, seed, minutes, possible(machine))
