"""The part that measures endurance: one service taking messages for minutes, rate and memory all along."""

import time
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import uvloop

from tests.bench.cost import Cost
from tests.bench.effects import effects, judged
from tests.bench.ground import ground
from tests.bench.sizes import Sizes
from tests.bench.taking import Taking

MIB = 2**20
TABLES = ("heard", "said", "tally", "outbox", "head", "relay")
SIZES = """
select name, pg_total_relation_size(name::regclass) as bytes from unnest($1::text[]) as at(name)
"""


def flat(folder: Path, sizes: Sizes, profile: Path | None) -> dict[str, Any]:
    """Rate and resident memory per interval, table sizes at both ends, for `flat_seconds`.

    `last_to_first`: the rate of the last quarter as a share of the first's. `memory_mib_grown`: the
    peak of the second half beyond that of the first: memory fills and is let go again.
    """
    with ground(folder, profile) as on:
        it = Taking(on, sizes.ahead)
        it.begin()
        it.replicate(1)
        begin, before = it.taken(), uvloop.run(_table_mib(it.url))
        with Cost(on, it.pids, [it.feeder.pid]) as cost:
            intervals = _intervals(it, sizes)
            count = it.taken() - begin
        after = uvloop.run(_table_mib(it.url))
        counts = judged(uvloop.run(effects(it.url, on.bootstrap, it.end())))
    return {
        **cost.report(count, **_read_off(intervals), table_mib_before=before, table_mib_after=after),
        "intervals": intervals, **counts,
    }  # fmt: skip


def _intervals(it: Taking, sizes: Sizes) -> list[dict[str, float]]:
    process, found = psutil.Process(it.replicas[0].pid), []
    taken, since, used = it.taken(), time.monotonic(), _cpu(process)
    end = since + sizes.flat_seconds
    while since < end:
        time.sleep(sizes.flat_interval)
        now, instant, cpu = it.taken(), time.monotonic(), _cpu(process)
        found.append(
            {
                "msgs_per_s": round((now - taken) / (instant - since)),
                "memory_mib": round(process.memory_info().rss / MIB, 1),
                "cpu_us": round((cpu - used) / max(now - taken, 1) * 1e6, 1),
            }
        )
        taken, since, used = now, instant, cpu
    return found


def _cpu(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


def _read_off(intervals: list[dict[str, float]]) -> dict[str, float]:
    quarter, half = max(1, len(intervals) // 4), max(1, len(intervals) // 2)
    first, last = intervals[:quarter], intervals[-quarter:]
    rates = [sum(i["msgs_per_s"] for i in part) / len(part) for part in (first, last)]
    peaks = [max(i["memory_mib"] for i in part) for part in (intervals[:half], intervals[-half:])]
    return {
        "msgs_per_s": round(sum(i["msgs_per_s"] for i in intervals) / len(intervals)),
        "last_to_first": round(rates[1] / max(rates[0], 1), 2),
        "memory_mib_start": intervals[0]["memory_mib"], "memory_mib_end": intervals[-1]["memory_mib"],
        "memory_mib_grown": round(peaks[1] - peaks[0], 1),
    }  # fmt: skip


async def _table_mib(url: str) -> dict[str, float]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(SIZES, TABLES)
    finally:
        await connection.close()
    return {row["name"]: round(row["bytes"] / MIB, 1) for row in rows}
