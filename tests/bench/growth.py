"""The part that measures what an application costs when many are there already, up to a million."""

from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from tests.bench.cases import APPLIED_PER_CASE, MAKERS, REAL
from tests.bench.cost import KINDS, Cost
from tests.bench.ground import Ground, ground
from tests.bench.line import ROOT, Worker
from tests.bench.naming import named
from tests.bench.plot import Line, Panel, drawn
from tests.bench.sizes import Sizes

PICTURE = ROOT / ".mingjing/bench-growth.svg"


def growth(folder: Path, sizes: Sizes, profile: Path | None) -> dict[str, Any]:
    """CPU and bytes per application from one number of applications to the next.

    An application is a draft, its submission, its screening, its formal check and both verdicts back:
    three real services in three processes, as in `cases`. `rows_held` beyond `cache_rows_max` means
    that its service does not hold all rows in memory any more and loads what it needs. Bytes: the
    three databases, and beside them the log, per application added.
    """
    steps: dict[str, dict[str, Any]] = {}
    with ground(folder, profile) as on:
        stations = on.stations_for(REAL, cache_rows_max=sizes.cache_rows_max)
        _publish(stations)
        reached = 0
        for count in sizes.growth:
            steps[f"to_{count}"] = _step(on, stations, reached, count)
            reached = count
    picture = _picture(steps, sizes)
    first, *_, last = steps.values()
    return {
        **steps, "picture": picture,
        "cpu_last_to_first": round(_cpu(last) / _cpu(first), 2),
        "bytes_last_to_first": round(last["database_bytes"] / first["database_bytes"], 2),
    }  # fmt: skip


def _publish(stations: list[Worker]) -> None:
    stations[0].ask("drive", maker=f"{MAKERS}:publish", name="2021", count=1)
    for station in stations[1:]:
        station.ask("applied", count=1)


def _step(on: Ground, stations: list[Worker], reached: int, count: int) -> dict[str, Any]:
    """From `reached` applications to `count`."""
    added, submission = count - reached, stations[0]
    what = {"name": "growth", "count": added, "first": reached}
    urls = [on.postgres.url(named(service).name) for service in REAL]
    before = uvloop.run(_held(urls)), _log_bytes(on)
    with Cost(on, [s.pid for s in stations]) as cost:
        submission.ask("drive", maker=f"{MAKERS}:begin", **what)
        submission.ask("drive", maker=f"{MAKERS}:submit", **what)
        submission.ask("applied", count=1 + APPLIED_PER_CASE * count)
    held = uvloop.run(_held(urls))
    refused = [s.ask("counts") for s in stations]
    if any(r["letters"] or r["refused"] for r in refused):
        raise AssertionError(f"something was refused: {refused}")
    return cost.report(
        added, applications=count, applications_per_s=round(added / cost.seconds),
        database_bytes=round((held["bytes"] - before[0]["bytes"]) / added),
        log_bytes=round((_log_bytes(on) - before[1]) / added), rows_held=held["rows"],
    )  # fmt: skip


async def _held(urls: list[str]) -> dict[str, int]:
    """Bytes of all databases, and the rows of the store that has most."""
    sizes, rows = [], []
    for url, service in zip(urls, REAL, strict=True):
        connection = await asyncpg.connect(url)
        sizes.append(await connection.fetchval("select pg_database_size(current_database())"))
        tables = [spec.name for spec in named(service).tables]
        counts = [await connection.fetchval(f'select count(*) from "{t}"') for t in tables]  # noqa: S608 (declared tables)
        rows.append(sum(counts))
        await connection.close()
    return {"bytes": sum(sizes), "rows": max(rows)}


def _log_bytes(on: Ground) -> int:
    """What the broker keeps of all topics; it makes index files larger than they need be."""
    return sum(file.stat().st_size for file in (on.folder / "kafka/data").glob("*.events-*/*.log"))


def _cpu(step: dict[str, Any]) -> float:
    return float(sum(step["cpu_us"].values()))


def _picture(steps: dict[str, dict[str, Any]], sizes: Sizes) -> str:
    """Draw both costs against the number of applications; where the drawing is."""
    held = list(steps.values())
    panels = (
        Panel(
            "CPU per application, µs",
            [
                Line("all", [(s["applications"], _cpu(s)) for s in held]),
                *(Line(k, [(s["applications"], s["cpu_us"][k]) for s in held]) for k in KINDS),
            ],
        ),
        Panel(
            "Bytes per application",
            [
                Line(name.replace("_bytes", ""), [(s["applications"], s[name]) for s in held])
                for name in ("database_bytes", "log_bytes")
            ],
        ),
    )
    beyond = (s for s in held if s["rows_held"] > sizes.cache_rows_max)
    full = next((s["applications"] * sizes.cache_rows_max / s["rows_held"] for s in beyond), None)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn("What one application costs, by how many there are", panels, full))
    return str(PICTURE.relative_to(ROOT))
