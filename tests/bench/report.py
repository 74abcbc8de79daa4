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
from tests.bench.cost import KINDS
from tests.bench.sizes import QUICK, Sizes
from tests.bench.targets import FIGURES

PACKAGES = ("faststream", "aiokafka", "asyncpg", "sqlmodel", "pydantic", "orjson", "uvloop")

LATENCIES = ("e2e_100", "e2e_1000")


def summary(parts: dict[str, Any]) -> dict[str, Any]:
    """The figures by name; null where the part was not run."""
    found: dict[str, Any] = {figure.name: _at(parts, figure.path) for figure in FIGURES}
    hops, idiomatic = found["hops_per_s"], found["idiomatic_hops_per_s"]
    found["ratio"] = round(hops / idiomatic, 1) if hops and idiomatic else None
    for name in LATENCIES:
        found[name] = {key: found[f"{name}_{key}"] for key in ("p50_ms", "p99_ms")}
    found["targets"] = {f.name: f.judge(found[f.name]) for f in FIGURES if f.target}
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
    found = summary(parts)
    if sizes == QUICK:  # too little for a steady figure
        found["targets"] = {}
    return {
        **found, "parts": parts, "sizes": asdict(sizes), "seconds": round(seconds, 1),
        "machine": machine(), "versions": versions(),
    }  # fmt: skip


def show(report: dict[str, Any]) -> None:
    """The table."""
    table = Table(title="Mingjing 明镜: measured in one run", caption=_caption(report))
    for column in ("figure", "measured", "target", ""):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for figure in FIGURES:
        value = report[figure.name]
        if value is not None or figure.target:
            table.add_row(
                figure.name, _number(value), figure.target, report["targets"].get(figure.name, "")
            )
    console = Console(width=None if sys.stdout.isatty() else 120)
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
            *(f"{cpu[kind]:,.0f}" for kind in KINDS),
            _number(held["ceiling_per_s"]), f"{held['cpu_client_s']:.1f}", f"{held['load']:.0f}",
            f"{held['foreign_cores']:.1f}",
        )  # fmt: skip
    return table


def _flat(parts: dict[str, Any], above: str = "") -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, held in parts.items():
        if not isinstance(held, dict) or name == "cpu_us":
            continue
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
