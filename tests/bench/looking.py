"""A process that looks back over a log with ops's own functions, as ops and the command line do.

`python -m tests.bench.looking DATABASE_URL BOOTSTRAP`, ops's database, or that of a store to rebuild
"""

import asyncio
import gc
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from services.chassis import logs
from services.chassis.garbage import collect_rarely
from services.chassis.replay import rebuild
from services.chassis.sessions import Sessions
from services.ops.index import Index
from services.ops.replays.moment import moment_of
from services.ops.replays.operating import Cases, service_as_of
from services.ops.store import story
from services.ops.whatif.changes import Changes
from services.ops.whatif.history import history
from services.ops.whatif.report import what_if
from tests.bench.ground import fetch_value
from tests.bench.line import serve
from tests.bench.naming import named

INDEXED = "select coalesce(sum(next), 0)::bigint from place"
LOOK_SECONDS = 0.2


class Looking:
    """What the bench asks; moments are written as people write them."""

    def __init__(self, url: str, bootstrap: str) -> None:
        self.url = url
        self.bootstrap = bootstrap

    async def index(self, events: int) -> int:
        """Follow the log until the index holds so many records; how many rows it has."""
        task = asyncio.create_task(Index(self.url, self.bootstrap).run())
        while await fetch_value(self.url, INDEXED) < events:  # noqa: ASYNC110 (it is in a table)
            await asyncio.sleep(LOOK_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return await fetch_value(self.url, "select count(*) from seen")

    async def states(self, names: list[str], at: str) -> list[float]:
        """The state of one case after another; seconds each."""
        moment = moment_of(at)
        async with Cases.connected(self.url, self.bootstrap) as cases:
            return await _timed(names, lambda name: cases.as_of(name, moment))

    async def trees(self, names: list[str]) -> list[float]:
        """The causal tree of one case after another; seconds each."""
        sessions = Sessions(self.url, "ops")

        async def tree(name: str) -> None:
            async with sessions.session() as session:
                assert await story(session, name)

        found = await _timed(names, tree)
        await sessions.engine.dispose()
        return found

    async def service(self, name: str, at: str) -> dict[str, Any]:
        """A whole store as of a moment: events and rows."""
        found = await service_as_of(name, self.bootstrap, moment_of(at))
        return {"folded": found["events"], "rows": sum(found["rows"].values())}

    async def rebuild(self, service: str) -> dict[str, Any]:
        """A store (the address is its own) made again from the log, and compared."""
        return (await rebuild(named(service), self.url, self.bootstrap, where=service)).to_json()

    async def what_if(self, call: str, changes: dict[str, Any]) -> dict[str, Any]:
        """A call judged and ranked again with something changed."""
        began = time.monotonic()
        held = await history(self.bootstrap, call)
        read = time.monotonic()
        report = what_if(held, Changes(**changes))
        kept = ("applications", "changed", "baseline_equals_recorded")
        return {
            **{name: report[name] for name in kept}, "reading_s": round(read - began, 2),
            "what_if_s": round(time.monotonic() - began, 2),
        }  # fmt: skip


async def _timed(names: list[str], ask: Callable[[str], Awaitable[Any]]) -> list[float]:
    """One question after another; the first, which connects and compiles, is asked twice."""
    await ask(names[0])
    waits = []
    for name in names:
        began = time.monotonic()
        await ask(name)
        waits.append(time.monotonic() - began)
    return waits


async def _run(url: str, bootstrap: str) -> None:
    gc.freeze()  # as a running ops does
    collect_rarely()
    it = Looking(url, bootstrap)
    orders = (it.index, it.states, it.trees, it.service, it.rebuild, it.what_if)
    await serve({order.__name__: order for order in orders})


if __name__ == "__main__":
    logs.configure("looking", "WARNING")
    uvloop.run(_run(*sys.argv[1:3]))
