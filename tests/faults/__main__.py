"""The command line of `make audit`."""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.faults.audit import BROKERS, Findings, Wanted, audit

STATE = Path(".mingjing")
SEEDS_PER_MINUTE = 40


def main() -> int:
    """Run the audit and print its table; the exit code says whether every promise was kept."""
    given = _asked()
    console = Console()
    began = time.monotonic()
    folder = (STATE / "audit").absolute()
    console.print(f"seed {given.seed}, {given.minutes} minutes; journal and logs in {folder}")
    brokers = (given.brokers,) if given.brokers else BROKERS
    seeds = int(given.minutes * SEEDS_PER_MINUTE) if given.seeds is None else given.seeds
    wanted = Wanted(
        given.seed, given.minutes, seeds, brokers, not given.no_builds, not given.no_steps
    )
    findings = audit(
        folder, wanted, lambda what: console.print(f"[dim]{time.strftime('%X')}[/dim] {what}"),
        STATE / "audit.json",
    )  # fmt: skip
    show(console, findings)
    console.print(
        f"{time.monotonic() - began:.0f} s; the report is in {STATE / 'audit.json'}", style="dim"
    )
    return 0 if findings.held else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    add = parser.add_argument
    add("--seed", type=int, default=1, help="the same seed draws the same faults")
    add("--minutes", type=float, default=10, help="how long the storms last, together")
    add("--seeds", type=int, help="seasons in memory, 40 a minute by default; the goal is 10000")
    add("--brokers", type=int, choices=BROKERS, help="one storm on so many; by default one on each")
    add("--no-builds", action="store_true", help="leave out the builds that are broken on purpose")
    add(
        "--no-steps", action="store_true", help="leave out the death at every step of every service"
    )
    return parser.parse_args()


def show(console: Console, findings: Findings) -> None:
    """One table, and whatever was broken with the lines that show it."""
    table = Table(title="What was done to it, and what became of its promises")
    table.add_column("")
    table.add_column("", justify="right")
    for name, figure in _figures(findings):
        table.add_row(name, figure)
    console.print(table)
    for line in list(_wrong(findings))[:40]:
        console.print(f"[red]✗[/red] {escape(line)}", markup=True, highlight=False)


def _figures(findings: Findings) -> Iterator[tuple[str, str]]:
    report, faults = findings.to_json(), findings.faults
    bugs, simulation, recovery = report["seeded_bugs"], report["simulation"], report["recovery_s"]
    yield "commands / events", f"{report['commands']} / {report['events']}"
    yield "faults / kinds", f"{faults.total()} / {len(+faults)}"
    for name, found in findings.offences.items():
        yield name.replace("_", " "), str(len(found))
    if steps := findings.boundaries:
        reached = steps["all"] - len(steps["never_reached"])
        yield "boundaries between two steps died at", f"{reached} of {steps['all']}"
    yield "broken builds caught", f"{sum(bugs.values())} of {len(bugs)}"
    yield "good build blamed", str(len(findings.false_alarms))
    yield "simulated seeds / events", f"{simulation.get('seeds')} / {simulation.get('events')}"
    yield "same seed, same bytes", str(simulation.get("identical"))
    yield (
        "recovery of a service / of a broker / of a leader",
        f"{recovery['service']} / {recovery['broker']} / {recovery['broker_leader']} s",
    )
    yield "convergence after the last fault", f"{report['convergence_s']} s"


def _wrong(findings: Findings) -> Iterator[str]:
    for found in findings.offences.values():
        yield from map(str, found[:3])
    for storm in findings.storms:
        yield from (*storm.stopped, *storm.failed_faults)
    yield from findings.false_alarms
    yield from findings.simulation.get("offences", ())
    yield from (f"not caught: {name}" for name, was in findings.seeded_bugs.items() if not was)


if __name__ == "__main__":
    sys.exit(main())
