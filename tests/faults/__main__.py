"""The command line of `make audit`."""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.faults.audit import Findings, audit, write

STATE = Path(".mingjing")
SEEDS_PER_MINUTE = 40
ONES = (
    "lost", "duplicated", "phantoms", "order_violations", "illegal_transitions", "money_violations",
    "unresolved_unknowns",
)  # fmt: skip


def main() -> int:
    """Run the audit and print its table; the exit code says whether every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same faults")
    parser.add_argument("--minutes", type=float, default=10, help="how long the storm lasts")
    parser.add_argument(
        "--seeds", type=int, default=0, help="seasons in memory; by default 40 a minute"
    )
    given = parser.parse_args()
    console = Console()
    began = time.monotonic()
    folder = (STATE / "audit").absolute()
    console.print(f"seed {given.seed}, {given.minutes} minutes; journal and logs in {folder}")
    seeds = given.seeds or int(given.minutes * SEEDS_PER_MINUTE)
    findings = audit(
        folder, given.seed, given.minutes, seeds,
        lambda what: console.print(f"[dim]{time.strftime('%X')}[/dim] {what}"),
    )  # fmt: skip
    write(findings, STATE / "audit.json")
    show(console, findings)
    console.print(
        f"{time.monotonic() - began:.0f} s; the report is in {STATE / 'audit.json'}", style="dim"
    )
    return 0 if findings.held else 1


def show(console: Console, findings: Findings) -> None:
    """One table, and whatever was broken with the lines that show it."""
    storm, report = findings.weathered, findings.to_json()
    table = Table(title="What was done to it, and what became of its promises")
    table.add_column("")
    table.add_column("", justify="right")
    bugs = report["seeded_bugs"]
    table.add_row("commands / events", f"{report['commands']} / {report['events']}")
    table.add_row("faults / kinds", f"{storm.faults.total()} / {len(storm.faults)}")
    for name, found in storm.offences.items():
        table.add_row(name.replace("_", " "), str(len(found)))
    table.add_row("broken builds caught", f"{sum(bugs.values())} of {len(bugs)}")
    table.add_row("good build blamed", str(len(findings.false_alarms)))
    table.add_row(
        "simulated seeds / events",
        f"{report['simulation']['seeds']} / {report['simulation']['events']}",
    )
    table.add_row("same seed, same bytes", str(report["simulation"]["identical"]))
    table.add_row(
        "recovery of a service / of the broker",
        f"{report['recovery_s']['service']} / {report['recovery_s']['broker']} s",
    )
    table.add_row("convergence after the last fault", f"{storm.convergence_s} s")
    console.print(table)
    wrong = [str(o) for found in storm.offences.values() for o in found[:3]]
    wrong += (
        storm.stopped
        + storm.failed_faults
        + findings.false_alarms
        + report["simulation"]["offences"]
    )
    wrong += [f"not caught: {name}" for name, was in bugs.items() if not was]
    for line in wrong[:40]:
        console.print(f"[red]✗[/red] {line}", markup=True, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
