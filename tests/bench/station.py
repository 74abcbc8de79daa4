"""A process that runs one service on the chassis, as production does, and takes orders from the bench.

`python -m tests.bench.station MODULE:SERVICE DATABASE_URL BOOTSTRAP [PROFILE_FILE [CACHE_ROWS_MAX]]`
"""

import asyncio
import sys
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import uvloop
from pydantic import SecretStr

from services.chassis import logs
from services.chassis.causes import Ask, Emitted
from services.chassis.errors import ServiceError
from services.chassis.runtime import Runtime
from services.chassis.settings import ServiceSettings
from tests.bench.line import serve, until
from tests.bench.naming import named
from tests.bench.sampler import Sampler

SEED = 1
OK_STATUS_MAX = 399


class Station:
    """One running service, and what the bench may ask of it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.latencies: list[float] | None = None
        """Kept once somebody has asked for them with `since`."""
        self.refused: list[str] = []
        writer = runtime.writer
        self._hand, writer._on_commit = writer._on_commit, self._committed

    def _committed(self, emitted: list[Emitted]) -> None:
        """An event's time is the instant its first cause, the command, arrived; see `arrive`."""
        self._hand(emitted)
        if self.latencies is None:
            return
        now = time.time()
        self.latencies += [
            now - datetime.fromisoformat(e.envelope.time).timestamp() for e in emitted
        ]

    # -- orders ----------------------------------------------------------------------------------

    async def ready(self) -> bool:
        """Wait until the service is ready."""
        await until(lambda: not self.runtime.faults())
        return True

    async def drive(
        self, maker: str, name: str, count: int, window: int = 1_000, first: int = 0
    ) -> float:
        """Ask for `count` cases, at most `window` of them waiting; the seconds it took."""
        make, slots = named(maker), asyncio.Semaphore(window)
        began = time.monotonic()
        for number in range(first, first + count):
            await slots.acquire()
            self._put(make(number, _instant(time.time()), name), slots)
        for _ in range(window):
            await slots.acquire()
        return time.monotonic() - began

    async def arrive(self, maker: str, name: str, rate: float, seconds: float) -> int:
        """Cases that arrive at random (Poisson), whether or not earlier ones are done; how many.

        Each carries the instant it was due at, so that a late start counts as waiting.
        """
        make, random = named(maker), Random(f"{SEED}/{name}")  # noqa: S311 (arrivals, no secret)
        due, number = time.time(), 0
        end = due + seconds
        while (due := due + random.expovariate(rate)) < end:
            if (early := due - time.time()) > 0:
                await asyncio.sleep(early)
            self._put(make(number, _instant(due), name), None)
            number += 1
        return number

    async def relayed(self, count: int) -> float:
        """Wait until the broker has `count` events of this service; the instant (monotonic)."""
        return await until(lambda: self._sent() >= count)

    async def applied(self, count: int) -> float:
        """Wait until this service has applied `count` records and commands; the instant."""
        return await until(lambda: self.runtime.metrics.applied._value.get() >= count)

    async def counts(self) -> dict[str, Any]:
        """Transactions, causes applied, letters, events sent, and what was refused."""
        held = self.runtime.metrics
        return {
            "sent": self._sent(), "transactions": held.transactions._value.get(),
            "applied": held.applied._value.get(), "letters": held.letters._value.get(),
            "lost_races": held.lost_races._value.get(), "refused": self.refused[:3],
            "duplicates": held.duplicates._value.get(),
        }  # fmt: skip

    async def since(self) -> list[float]:
        """Seconds from arrival to commit of every event since the last time this was asked."""
        taken, self.latencies = self.latencies, []
        return taken or []

    # -- inside ----------------------------------------------------------------------------------

    def _put(self, ask: Ask, slots: asyncio.Semaphore | None) -> None:
        ask.future = asyncio.get_running_loop().create_future()
        ask.future.add_done_callback(lambda done: self._answered(done, slots))
        self.runtime.writer.ask(ask)

    def _answered(self, done: "asyncio.Future[Any]", slots: asyncio.Semaphore | None) -> None:
        answer = done.result()
        if isinstance(answer, ServiceError) or answer.status > OK_STATUS_MAX:
            self.refused.append(str(answer))
        if slots:
            slots.release()

    def _sent(self) -> int:
        relay = self.runtime.relay
        return sum(relay.acked.values()) + len(relay.acked) if relay else 0


def _instant(seconds: float) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="microseconds")


async def _run(service: str, url: str, bootstrap: str, **more: Any) -> None:
    settings = ServiceSettings(
        database_url=url, kafka_bootstrap_servers=bootstrap,
        token_secret=SecretStr("a secret of the bench only"), log_level="WARNING",
        **more,
    )  # fmt: skip
    runtime = Runtime(named(service), settings)
    station = Station(runtime)
    await runtime.start()
    orders = (
        station.ready, station.drive, station.arrive, station.relayed, station.applied,
        station.counts, station.since,
    )  # fmt: skip
    await serve({order.__name__: order for order in orders})
    await runtime.stop()


def main(
    service: str, url: str, bootstrap: str, profile: str = "", cache_rows_max: str = ""
) -> None:
    """Run until the bench closes the line; with a profile file, say where the time went."""
    logs.configure(service.rpartition(":")[2], "WARNING")
    more = {"cache_rows_max": int(cache_rows_max)} if cache_rows_max else {}
    with Sampler(Path(profile)) if profile else nullcontext():
        uvloop.run(_run(service, url, bootstrap, **more))


if __name__ == "__main__":
    main(*sys.argv[1:])
