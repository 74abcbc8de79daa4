"""Jobs: timers and effects on the outside world, done by one replica at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import asyncpg
import structlog

from services.chassis.database import AWAY
from services.chassis.errors import Transient

if TYPE_CHECKING:
    from services.chassis.runtime import Runtime

log = structlog.get_logger()

PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Job:
    """`work(runtime)` is called every so often and says how much it did; busy jobs are called again at once."""

    name: str
    every_seconds: float
    work: "Callable[[Runtime], Awaitable[int]]"

    @property
    def lock(self) -> int:
        """The advisory lock that makes it one at a time in its database."""
        return crc32(self.name.encode())


async def run_job(job: Job, runtime: "Runtime", url: str) -> None:
    """Run a job for ever, holding its lock; whatever goes wrong is logged and tried again."""
    while True:
        connection: asyncpg.Connection | None = None
        try:
            connection = await asyncpg.connect(
                url, timeout=10, command_timeout=60, server_settings={"application_name": job.name}
            )
            while not await connection.fetchval("select pg_try_advisory_lock($1)", job.lock):  # noqa: ASYNC110 (a lock of the database wakes nobody)
                await asyncio.sleep(PAUSE_SECONDS)
            while await connection.fetchval("select true"):
                if not await job.work(runtime):
                    await asyncio.sleep(job.every_seconds)
        except (*AWAY, Transient) as away:
            log.warning("job starts over", job=job.name, error=f"{type(away).__name__}: {away}")
        except Exception as bug:  # a job must not end for ever because of one bad row
            log.exception("job failed", job=job.name, exc_info=bug)
        finally:
            if connection is not None:
                connection.terminate()
        await asyncio.sleep(PAUSE_SECONDS)
