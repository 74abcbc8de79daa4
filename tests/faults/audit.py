"""`make audit`: a storm on the real stack, broken builds before the checker, seeds in memory; one table, one file."""

import asyncio
import json
import logging
import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.broken import BUILDS
from tests.faults.checker import Offence
from tests.faults.machine import Machine
from tests.faults.power import GOOD, SCENARIOS, caught, swept, tried
from tests.faults.simulation.many import simulated
from tests.faults.storm import Say, Weathered, storm_on

SERVICE_KINDS = ("service killed", "service told to stop in the middle")
BROKER_KINDS = ("broker killed", "broker stopped")
LEADER_KINDS = ("leader of a busy partition killed", "active controller killed")
COUNTED = (
    "lost", "duplicated", "phantoms", "order_violations", "illegal_transitions", "money_violations",
    "unresolved_unknowns",
)  # fmt: skip
BROKERS = (1, 3)


@dataclass(frozen=True)
class Wanted:
    """What an audit is asked for."""

    seed: int
    minutes: float
    seeds: int
    brokers: tuple[int, ...] = BROKERS
    """One storm each, which share the minutes."""
    builds: bool = True
    """Whether the broken builds are tried, which takes the longest."""


@dataclass
class Findings:
    """Everything an audit found so far."""

    wanted: Wanted
    storms: list[Weathered] = field(default_factory=list)
    seeded_bugs: dict[str, bool] = field(default_factory=dict)
    false_alarms: list[str] = field(default_factory=list)
    """Scenarios in which the good build was blamed."""
    simulation: dict[str, Any] = field(default_factory=dict)
    steps_swept: int = 0
    sweep: dict[str, list[Offence]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report: every figure counted."""
        offences = self.offences
        return {
            "seed": self.wanted.seed, "minutes": self.wanted.minutes,
            "commands": sum(len(storm.evidence.commands) for storm in self.storms),
            "events": sum(len(storm.evidence.events) for storm in self.storms),
            "faults": dict(sorted(self.faults.items())),
            **{name: len(offences.get(name, ())) for name in COUNTED},
            "seeded_bugs": self.seeded_bugs, "simulation": self.simulation,
            "recovery_s": {
                "service": self._slowest(SERVICE_KINDS), "broker": self._slowest(BROKER_KINDS),
                "broker_leader": self._slowest(LEADER_KINDS),
            },
            "convergence_s": max((storm.convergence_s for storm in self.storms), default=None),
        }  # fmt: skip

    @property
    def faults(self) -> Counter[str]:
        """How often each kind was injected."""
        found = sum((storm.faults for storm in self.storms), Counter[str]())
        found["service killed at a step"] += self.steps_swept
        return found

    @property
    def offences(self) -> dict[str, list[Offence]]:
        """What was broken in the storms and in the sweep over the steps, by class."""
        found: dict[str, list[Offence]] = defaultdict(list)
        for one in (*(storm.offences for storm in self.storms), self.sweep):
            for kind, offences in one.items():
                found[kind] += offences
        return found

    @property
    def held(self) -> bool:
        """Whether every promise was kept and every broken build caught."""
        return (
            all(storm.held for storm in self.storms) and not any(self.offences.values())
            and all(self.seeded_bugs.values()) and not self.false_alarms
            and not self.simulation.get("offences") and bool(self.simulation.get("identical", True))
        )  # fmt: skip

    def _slowest(self, kinds: tuple[str, ...]) -> float | None:
        took = [s for storm in self.storms for kind, s in storm.recovery_s.items() if kind in kinds]
        return max(took) if took else None


def audit(folder: Path, wanted: Wanted, say: Say, report: Path) -> Findings:
    """Storms, broken builds and simulation, one after another; the report grows with each."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # we are the ones who cut its lines
    findings = Findings(wanted)
    for brokers in wanted.brokers:
        findings.storms.append(_stormed(folder / f"storm-{brokers}", wanted, brokers, say))
        write(findings, report)
    if wanted.builds:
        say("broken builds")
        _powers(findings, folder / "power", list(BUILDS), say)
        write(findings, report)
    findings.simulation = simulated(range(wanted.seed, wanted.seed + wanted.seeds), say)
    write(findings, report)
    return findings


def _stormed(folder: Path, wanted: Wanted, brokers: int, say: Say) -> Weathered:
    _fresh(folder)
    minutes = wanted.minutes / len(wanted.brokers)
    say(f"a storm of {minutes:g} minutes on a log kept by {brokers}")
    storm = storm_on(folder, wanted.seed, minutes, brokers)
    machine = storm.machine
    storm.say = say
    try:
        machine.up(clock="header")
        weathered = asyncio.run(storm.weather())
        say(f"it is over: {weathered.summary}")
        return weathered
    finally:
        _end(machine)


def _powers(findings: Findings, folder: Path, names: list[str], say: Say) -> None:
    """Each broken build; the good one in every scenario, and dying at every step."""
    _fresh(folder)
    machine = Machine(folder)
    try:
        machine.up(clock="header")
        machine.process("ops").kill()
        asyncio.run(_tried(findings, machine, names, say))
    finally:
        _end(machine)


async def _tried(findings: Findings, machine: Machine, names: list[str], say: Say) -> None:
    findings.seeded_bugs = await caught(machine, names, say)
    for scenario in SCENARIOS:
        offences = [o for one in (await tried(machine, GOOD, scenario)).values() for o in one]
        findings.false_alarms += [f"{scenario}: {offence}" for offence in offences]
        say(f"the good build, {scenario}: {len(offences)} offences")
    findings.steps_swept, findings.sweep = await swept(machine, say)


def _fresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _end(machine: Machine) -> None:
    machine.down()
    machine.postgres.remove()


def write(findings: Findings, path: Path) -> None:
    """The report as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(findings.to_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
