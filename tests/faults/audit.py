"""`make audit`: a storm on the real stack, broken builds before the checker, seeds in memory; one table, one file."""

import asyncio
import json
import logging
import os
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.broken import BUILDS
from tests.faults.checker import Offence, check
from tests.faults.machine import Machine
from tests.faults.power import GOOD, SCENARIOS, caught, swept, tried
from tests.faults.simulation.run import simulate
from tests.faults.storm import Say, Weathered, storm_on

SERVICE_KINDS = ("service killed", "service told to stop in the middle")
BROKER_KINDS = ("broker killed", "broker stopped")
AGAIN_EVERY = 50
"""Every so many seeds one is simulated twice, to see the same bytes."""


@dataclass
class Findings:
    """Everything an audit found."""

    weathered: Weathered
    seeded_bugs: dict[str, bool] = field(default_factory=dict)
    false_alarms: list[str] = field(default_factory=list)
    """Scenarios in which the good build was blamed."""
    simulation: dict[str, Any] = field(default_factory=dict)
    steps_swept: int = 0

    def to_json(self) -> dict[str, Any]:
        """The report: every figure counted."""
        storm = self.weathered
        counted = {name: len(found) for name, found in storm.offences.items()}
        return {
            "seed": storm.seed, "minutes": storm.minutes,
            "commands": len(storm.evidence.commands), "events": len(storm.evidence.events),
            "faults": dict(sorted(storm.faults.items())),
            **{n: counted[n] for n in ("lost", "duplicated", "phantoms", "order_violations",
                                       "illegal_transitions", "money_violations", "unresolved_unknowns")},
            "seeded_bugs": self.seeded_bugs, "simulation": self.simulation,
            "recovery_s": {"service": _slowest(storm, SERVICE_KINDS), "broker": _slowest(storm, BROKER_KINDS)},
        }  # fmt: skip

    @property
    def held(self) -> bool:
        """Whether every promise was kept and every broken build caught."""
        return (
            self.weathered.held and all(self.seeded_bugs.values()) and not self.false_alarms
            and not self.simulation.get("offences") and bool(self.simulation.get("identical", True))
        )  # fmt: skip


def _slowest(storm: Weathered, kinds: tuple[str, ...]) -> float | None:
    took = [seconds for kind, seconds in storm.recovery_s.items() if kind in kinds]
    return max(took) if took else None


def audit(folder: Path, seed: int, minutes: float, seeds: int, say: Say) -> Findings:
    """Storm, broken builds and simulation, one after another."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # we are the ones who cut its lines
    findings = Findings(_stormed(folder / "storm", seed, minutes, say))
    say("broken builds")
    _powers(findings, folder / "power", list(BUILDS), say)
    say(f"simulation of {seeds} seeds")
    findings.simulation = simulated(range(seed, seed + seeds))
    return findings


def _stormed(folder: Path, seed: int, minutes: float, say: Say) -> Weathered:
    _fresh(folder)
    storm = storm_on(folder, seed, minutes)
    machine = storm.machine
    storm.say = say
    try:
        machine.up(clock="header")
        return asyncio.run(storm.weather())
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
    findings.steps_swept, offences_by_kind = await swept(machine, say)
    storm = findings.weathered
    storm.faults["service killed at a step"] += findings.steps_swept
    for kind, found in offences_by_kind.items():
        storm.offences[kind] += found


def simulated(seeds: range) -> dict[str, Any]:
    """Many seasons in memory, on all processors: how many events, and whether all was well."""
    began = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(one_seed, seeds, chunksize=8))
    offences = [offence for _, found, _ in results for offence in found]
    return {
        "seeds": len(results), "events": sum(events for events, _, _ in results),
        "identical": all(same for _, _, same in results), "offences": offences[:20],
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def one_seed(seed: int) -> tuple[int, list[str], bool]:
    """Events, offences, and whether a second run gave the same bytes (where it was run twice)."""
    run = simulate(seed)
    found: list[Offence] = [o for one in check(run.evidence()).values() for o in one]
    same = seed % AGAIN_EVERY != 0 or simulate(seed).log_sha256 == run.log_sha256
    return run.events, [f"seed {seed}: {offence}" for offence in found], same


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
