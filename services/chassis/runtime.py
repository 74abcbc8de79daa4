"""One running service: its writer, relay, intake and jobs, and the way in for commands."""

import asyncio
import contextlib
import gc
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import structlog

from services.chassis.causes import Ask
from services.chassis.clock import Clock, SystemClock
from services.chassis.database import Database
from services.chassis.errors import ServiceError, unanswered
from services.chassis.garbage import collect_rarely
from services.chassis.intake import Intake
from services.chassis.jobs import Job, run_job
from services.chassis.metrics import Metrics
from services.chassis.model import Answer, Service
from services.chassis.relay import Relay
from services.chassis.sessions import Sessions
from services.chassis.settings import ServiceSettings
from services.chassis.writer import Writer

log = structlog.get_logger()

Task = Callable[[], Coroutine[Any, Any, None]]
"""Runs for ever beside the writer; ends with the process."""


class Runtime:
    """Owns every task and connection of a service process."""

    def __init__(
        self, service: Service, settings: ServiceSettings, jobs: Iterable[Job] = (),
        tasks: Iterable[Task] = (), clock: Clock | None = None,
    ) -> None:  # fmt: skip
        self.service = service
        self.settings = settings
        self.clock = clock or SystemClock()
        self.metrics = Metrics(service.name)
        self.jobs = tuple(jobs)
        self.tasks = tuple(tasks)
        self.url = settings.database_url
        self.relay = self._make_relay()
        self.writer = Writer(
            service, Database(service, self.url), self.clock, self.metrics,
            batch_max=settings.batch_records_max, cache_rows_max=settings.cache_rows_max,
            on_commit=self.relay.hand if self.relay else lambda _: None,
        )  # fmt: skip
        self.intake = self._make_intake()
        self.queries = Sessions(self.url, service.name)
        self.session = self.queries.session
        self._tasks: list[asyncio.Task[None]] = []

    def _make_relay(self) -> Relay | None:
        contract = self.service.publishes
        if contract is None:
            return None
        return Relay(contract, self.url, self.settings.kafka_bootstrap_servers, self.metrics)

    def _make_intake(self) -> Intake | None:
        if not self.service.consumes:
            return None
        return Intake(self.service, self.settings, self.writer, self.metrics)

    async def start(self) -> None:
        """Start every task; none of them waits for a broker or a database to be there."""
        gc.freeze()
        collect_rarely()
        self._spawn("writer", self.writer.run())
        if self.relay:
            self._spawn("relay", self.relay.run())
        if self.intake:
            self._spawn("intake", self.intake.run())
        for job in self.jobs:
            self._spawn(job.name, run_job(job, self, self.url))
        for number, task in enumerate(self.tasks):
            self._spawn(f"task {number}", task())

    async def stop(self) -> None:
        """Stop reading first, then writing, then sending."""
        for task in self._tasks[::-1]:
            task.cancel()
        for task in list(self._tasks):  # what runs beside takes itself off the list
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        await self.writer.database.close()
        await self.queries.engine.dispose()

    async def ask(self, ask: Ask) -> Answer | ServiceError:
        """Give a command to the writer and wait until its effect is durable.

        Raises:
            Transient: no answer in time; whether it was taken is unknown, ask again with the same key.
        """
        ask.future = asyncio.get_running_loop().create_future()
        self.writer.ask(ask)
        try:
            async with asyncio.timeout(self.settings.ask_seconds_max):
                return await ask.future
        except TimeoutError as late:
            raise unanswered() from late

    def faults(self) -> dict[str, str]:
        """Why this service is not ready; empty when it is."""
        found = dict.fromkeys(self.ended(), "ended; the process must be started again")
        if not self.writer.connected:
            found["database"] = "not connected; it is tried again all the time"
        if self.relay and not (self.relay.active or self.relay.standby):
            found["relay"] = "not sending: the broker is away"
        if self.intake and not self.intake.assigned:
            found["intake"] = (
                "no partitions assigned: the broker is away, or the group is rebalancing"
            )
        if self.intake and self.intake.cut:
            found["log"] = (
                f"{self.intake.cut} ends before what was read: the broker lost records; "
                "see 'The broker is lost' in deploy/README.md"
            )
        if self.intake and self.intake.tripped:
            found["circuit_breaker"] = "too many records refused; see the dead letters"
        return found

    def ended(self) -> list[str]:
        """Tasks that are no more, which a bug alone can bring about."""
        return [task.get_name() for task in self._tasks if task.done()]

    def run_beside(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run something to its end beside the service; it is cancelled when the service stops."""
        self._spawn(name, work)
        self._tasks[-1].add_done_callback(self._forget)

    def _forget(self, task: "asyncio.Task[None]") -> None:
        if task in self._tasks:
            self._tasks.remove(task)

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=f"{self.service.name}.{name}")
        task.add_done_callback(_report)
        self._tasks.append(task)


def _report(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("task ended", task=task.get_name(), exc_info=task.exception())
