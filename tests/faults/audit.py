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
from tests.faults.power import GOOD, SCENARIOS, caught, tried
from tests.faults.simulation.many import simulated
from tests.faults.storm import Say, Weathered, storm_on
from tests.faults.sweep import Sweep, boundaries

SERVICE_KINDS = ("service killed", "service told to stop in the middle")
BROKER_KINDS = ("broker killed", "broker stopped")
LEADER_KINDS = (
    "leader of a busy partition killed", "active controller killed", "leader frozen beyond its session",
)  # fmt: skip
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
    steps: bool = True
    """Whether every service dies at every boundary between two of its steps."""


@dataclass
class Findings:
    """Everything an audit found so far."""

    wanted: Wanted
    storms: list[Weathered] = field(default_factory=list)
    seeded_bugs: dict[str, bool] = field(default_factory=dict)
    false_alarms: list[str] = field(default_factory=list)
    """Scenarios in which the good build was blamed."""
    simulation: dict[str, Any] = field(default_factory=dict)
    boundaries: dict[str, Any] = field(default_factory=dict)
    """How many boundaries between two steps there are, and which of them no work led to."""

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
            "boundaries": self.boundaries,
            "convergence_s": max((storm.convergence_s for storm in self.storms), default=None),
        }  # fmt: skip

    @property
    def faults(self) -> Counter[str]:
        """How often each kind was injected."""
        return sum((storm.faults for storm in self.storms), Counter[str]())

    @property
    def offences(self) -> dict[str, list[Offence]]:
        """What was broken, by class."""
        found: dict[str, list[Offence]] = defaultdict(list)
        for storm in self.storms:
            for kind, offences in storm.offences.items():
                found[kind] += offences
        return found

    @property
    def held(self) -> bool:
        """Whether every promise was kept and every broken build caught."""
        return (
            all(storm.held for storm in self.storms) and all(self.seeded_bugs.values()) and not self.false_alarms
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
    if wanted.steps:
        _swept(findings, folder / "sweep", say)
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
    """Each broken build, and the good one in every scenario."""
    _fresh(folder)
    machine = Machine(folder)
    try:
        machine.start_servers(clock="header")
        asyncio.run(_tried(findings, machine, names, say))
    finally:
        _end(machine)


def _swept(findings: Findings, folder: Path, say: Say) -> None:
    """Each service dies at each of its steps."""
    _fresh(folder)
    say(f"death at each of {len(boundaries())} boundaries between two steps")
    machine = Machine(folder)
    try:
        machine.start_servers(clock="header")
        sweep = Sweep(machine, findings.wanted.seed, 0, [])
        sweep.say = say
        findings.storms.append(asyncio.run(sweep.weather()))
        never = [f"{name}: {step}" for name, step in sweep.never_reached]
        findings.boundaries = {"all": len(boundaries()), "never_reached": never}
        say(f"it is over: {findings.storms[-1].summary}")
    finally:
        _end(machine)


async def _tried(findings: Findings, machine: Machine, names: list[str], say: Say) -> None:
    for name in names:
        findings.seeded_bugs[name] = await caught(machine, name, say)
    for scenario in SCENARIOS:
        offences = [o for one in (await tried(machine, GOOD, scenario)).values() for o in one]
        findings.false_alarms += [f"{scenario}: {offence}" for offence in offences]
        say(f"the good build, {scenario}: {len(offences)} offences")


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
