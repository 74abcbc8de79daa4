"""A long log folded by several processes, each with its share of the partitions.

A key is always in the same partition and folds commute across keys (law 1), so shares can be folded
anywhere: rows lie side by side, counters are added.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_context
from typing import Any

import uvloop

from services.chassis.garbage import collect_rarely
from services.chassis.model import Service
from services.chassis.replay.connecting import connected
from services.chassis.replay.cut import Cut
from services.chassis.replay.folding import Folder, undisturbed
from services.chassis.replay.shadow import Shadow, folded
from services.chassis.replay.source import Source
from services.chassis.tables import Pk

ALONE_RECORDS_MAX = 50_000
"""So few records are folded sooner than another process starts."""
PROCESSES_MAX = 4


@dataclass
class Share:
    """What one process folded: its rows are in the shadow already, its counters are here."""

    events: int
    counters: dict[str, dict[Pk, Counter[str]]] = field(default_factory=dict)


def is_worth_it(records: int) -> bool:
    """Whether a log is long enough, and there are processors to share it."""
    return records > ALONE_RECORDS_MAX and (os.cpu_count() or 1) > 1


async def each_share(
    modules: list[str], work: Callable[..., Any], arguments: Callable[[int, int], tuple[Any, ...]]
) -> list[Any]:
    """Do some work once per process; `arguments` gives each its own from its number and how many there are.

    The processes are forked from one that has loaded `modules`: that takes longer than many events.
    """
    shares = min(PROCESSES_MAX, os.cpu_count() or 1)
    context = get_context("forkserver")
    context.set_forkserver_preload(["__main__", *modules])
    loop, pool = asyncio.get_running_loop(), ProcessPoolExecutor(shares, mp_context=context)
    try:
        parts = (loop.run_in_executor(pool, work, *arguments(n, shares)) for n in range(shares))
        return list(await asyncio.gather(*parts))
    finally:  # when one failed, nobody waits for the others
        pool.shutdown(wait=False, cancel_futures=True)


async def fold_in_shares(where: str, url: str, bootstrap: str, cut: Cut) -> list[Share]:
    """Fold the log up to the cut into the shadow's tables, which are there and empty.

    `where` names the service's definition as `module:NAME`: a process has to find it by itself.
    """
    return await each_share(
        [__name__, where.partition(":")[0]], _in_process,
        lambda number, of: (where, url, bootstrap, cut.share(number, of)),
    )  # fmt: skip


def added(service: Service, shares: Iterable[Share]) -> dict[str, list[Any]]:
    """The counter rows of all shares together, per table."""
    totals: dict[str, dict[Pk, Counter[str]]] = {}
    for share in shares:
        for table, counters in share.counters.items():
            held = totals.setdefault(table, {})
            for pk, amounts in counters.items():
                held.setdefault(pk, Counter()).update(amounts)
    return {table: [_row(service, table, *one) for one in t.items()] for table, t in totals.items()}


def _row(service: Service, table: str, pk: Pk, amounts: Counter[str]) -> Any:
    spec = service.spec(table)
    return spec.decode(
        dict.fromkeys(spec.amounts, 0) | dict(zip(spec.primary, pk, strict=True)) | dict(amounts)
    )


def _in_process(where: str, url: str, bootstrap: str, cut: Cut) -> Share:
    collect_rarely()
    module, _, name = where.partition(":")
    service = getattr(import_module(module), name)
    with undisturbed():
        return uvloop.run(_fold(service, url, bootstrap, cut))


async def _fold(service: Service, url: str, bootstrap: str, cut: Cut) -> Share:
    folder = Folder(service)
    async with connected(url) as connection:
        await Source(service, bootstrap, folder).advance(cut, connection)
        shadow = Shadow(service, connection)
        share = Share(folder.folded)
        for spec in folded(service):
            rows = folder.rows(spec.name)
            if spec.kind == "counted":
                share.counters[spec.name] = {
                    pk: Counter({c: getattr(row, c) for c in spec.amounts})
                    for pk, row in rows.items()
                }
            else:
                await shadow.copy(spec, rows.values())
    return share
