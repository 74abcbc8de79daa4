"""What a run found: one table for people, one JSON file for machines."""

import os
import platform
import sys
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from deploy.kafka.jars import LOCK
from tests.bench.sizes import Sizes

PACKAGES = ("faststream", "aiokafka", "asyncpg", "sqlmodel", "pydantic", "orjson", "uvloop")

# Where each figure of the summary lies in the parts, and the first and the later target.
FIGURES: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("hops_per_s", ("hops", "hops_per_s"), "≥ 8,000", "20,000"),
    ("cases_per_s", ("cases", "cases_per_s"), "", "3,000"),
    ("idiomatic_hops_per_s", ("idiomatic", "hops", "idiomatic_hops_per_s"), "", ""),
    ("service_msgs_per_s", ("single", "service", "service_msgs_per_s"), "", "20,000"),
    ("relay_per_s", ("single", "relay", "relay_per_s"), "", "60,000"),
    ("rebuild_per_s", ("single", "rebuild", "rebuild_per_s"), "≥ 30,000", "60,000"),
    ("submits_per_s", ("submits", "full", "submits_per_s"), "≥ 300", "800"),
    ("submit_p50_ms", ("submits", "half", "p50_ms"), "", ""),
    ("submit_p99_ms", ("submits", "half", "p99_ms"), "", "50"),
)
LATENCIES = (("e2e_100", "p50 ≤ 50", "p50 25, p99 60"), ("e2e_1000", "", "p50 60, p99 200"))
RATIO_TARGETS = ("≥ 25", "60")


def summary(parts: dict[str, Any]) -> dict[str, Any]:
    """The figures by name; null where the part was not run."""
    found: dict[str, Any] = {name: _at(parts, path) for name, path, *_ in FIGURES}
    hops, idiomatic = found["hops_per_s"], found["idiomatic_hops_per_s"]
    found["ratio"] = round(hops / idiomatic, 1) if hops and idiomatic else None
    for name, *_ in LATENCIES:
        held = _at(parts, ("latency", name)) or {}
        found[name] = {key: held.get(key) for key in ("p50_ms", "p99_ms")}
    found["cpu_us"] = _at(parts, ("hops", "cpu_us"))
    return found


def _at(parts: dict[str, Any], path: tuple[str, ...]) -> Any:
    held: Any = parts
    for step in path:
        held = held.get(step) if held else None
    return held


def machine() -> dict[str, Any]:
    """What it ran on."""
    return {
        "cores": os.cpu_count(), "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(), "processor": _processor(),
    }  # fmt: skip


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as held:
            return next(line.partition(":")[2].strip() for line in held if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()


def versions() -> dict[str, str]:
    """What it ran."""
    jars = [
        line.split()[0].rpartition(":")[2]
        for line in LOCK.read_text().splitlines()
        if ":kafka-clients:" in line
    ]
    return {
        "python": sys.version.split()[0], "kafka": jars[0] if jars else "unknown",
        **{name: version(name) for name in PACKAGES},
    }  # fmt: skip


def to_json(parts: dict[str, Any], sizes: Sizes, seconds: float) -> dict[str, Any]:
    """The whole report."""
    return {
        **summary(parts), "parts": parts, "sizes": asdict(sizes), "seconds": round(seconds, 1),
        "machine": machine(), "versions": versions(),
    }  # fmt: skip


def show(report: dict[str, Any]) -> None:
    """The table."""
    table = Table(title="Mingjing 明镜: measured in one run", caption=_caption(report))
    for column in ("figure", "measured", "first target", "later target"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for name, _, first, later in FIGURES:
        table.add_row(name, _number(report[name]), first, later)
    table.add_row("ratio to the idiomatic way", _number(report["ratio"]), *RATIO_TARGETS)
    for name, first, later in LATENCIES:
        p50, p99 = (_number(report[name][key]) for key in ("p50_ms", "p99_ms"))
        table.add_row(f"{name} p50 / p99 ms", f"{p50} / {p99}", first, later)
    console = Console(width=None if sys.stdout.isatty() else 110)
    console.print(table)
    console.print(_costs(report["parts"]))


def _costs(parts: dict[str, Any]) -> Table:
    columns = (
        "messages",
        "s",
        "python",
        "broker",
        "postgres",
        "ceiling/s",
        "client s",
        "load",
        "others",
    )
    table = Table(
        title="Microseconds of CPU per message, by process; what the cores could do at best",
        caption="client s: CPU of those who make load. others: cores kept busy by other programs.",
    )
    table.add_column("part", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for name, held in _flat(parts):
        cpu = held["cpu_us"]
        table.add_row(
            name, _number(held["messages"]), f"{held['seconds']:.0f}",
            *(f"{cpu[kind]:,.0f}" for kind in ("python", "broker", "postgres")),
            _number(held["ceiling_per_s"]), f"{held['cpu_client_s']:.1f}", f"{held['load']:.0f}",
            f"{held['foreign_cores']:.1f}",
        )  # fmt: skip
    return table


def _flat(parts: dict[str, Any], above: str = "") -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, held in parts.items():
        if "cpu_us" in held:
            found.append((f"{above}{name}", held))
        else:
            found += _flat(held, f"{name} ")
    return found


def _number(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,}"


def _caption(report: dict[str, Any]) -> str:
    on = report["machine"]
    return (
        f"{on['cores']} cores, {on['processor']}; Kafka, PostgreSQL with fsync on, services and clients "
        f"share them; {report['seconds']:.0f} s in all"
    )
