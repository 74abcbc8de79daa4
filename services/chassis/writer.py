"""The one writer of a store: records and commands alike, gathered, run and committed together."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import structlog

from services.chassis.batch import Batch, Head, Replay
from services.chassis.causes import Ask, Emitted, Record, dead_letter
from services.chassis.clock import Clock
from services.chassis.database import AWAY, Database
from services.chassis.engine import Engine
from services.chassis.errands import Errand, Errands
from services.chassis.errors import unanswered
from services.chassis.ids import fresh
from services.chassis.metrics import Metrics
from services.chassis.model import Service
from services.chassis.outcomes import refusal, tell, unknown, was_answered
from services.chassis.rows import Cache

log = structlog.get_logger()

RECONNECT_SECONDS = (0.0, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Pauses before one attempt after another, until something was written again."""


Taken = tuple[list[Record], "asyncio.Future[None]"]
"""Records waiting, and who wants to know when they are durable."""


class Writer:
    """Group commit: whatever waits is run in memory and committed in one transaction.

    A loser of the race for the head forgets its rows and runs its pure functions again. A commit
    whose reply was lost is looked up by its id before anything is repeated.
    """

    def __init__(  # noqa: PLR0913 (what a writer stands on)
        self, service: Service, database: Database, clock: Clock, metrics: Metrics,
        *, batch_max: int, cache_rows_max: int, on_commit: Callable[[list[Emitted]], None],
    ) -> None:  # fmt: skip
        self.service = service
        self.database = database
        self.clock = clock
        self.metrics = metrics
        self.engine = Engine(service)
        self.cache = Cache(service.tables)
        self.head = Head()
        self.connected = False
        self.ready = asyncio.Event()
        self.refused: deque[int] = deque(maxlen=1_000)
        self._unknown = False
        """A reply was lost and others have committed since: who can tell whether ours was."""
        self._attempts = 0
        self._batch_max = batch_max
        self._cache_rows_max = cache_rows_max
        self._on_commit = on_commit
        self._asks: deque[Ask] = deque()
        self._asked: list[Ask] = []
        self._taken: deque[Taken] = deque()
        self._errands = Errands()
        self._wake = asyncio.Event()

    def ask(self, ask: Ask) -> None:
        """Queue a command; its future gets the answer once it is durable."""
        self._asks.append(ask)
        self._wake.set()

    async def take(self, records: list[Record]) -> None:
        """Queue records and wait until they are durable."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._taken.append((records, done))
        self._wake.set()
        await done

    async def exclusively(self, errand: Errand) -> Any:
        """Run an errand (a redrive, a swap of tables) while nothing else is written.

        Raises:
            Transient: the database is away.
            whatever the errand raised.
        """
        if not self.connected:
            raise unanswered()
        done = self._errands.add(errand)
        self._wake.set()
        return await done

    async def run(self) -> None:
        """Write for ever; when it is cancelled, whoever waits is told that nobody knows."""
        try:
            await self._run()
        finally:
            self._settle(unknown((*self._asked, *self._asks)))

    async def _run(self) -> None:
        await self._reconnect(None)
        while True:
            self._wake.clear()
            await self._run_errands()
            causes, taken = self._gather()
            self._asked = [cause for cause in causes if isinstance(cause, Ask)]
            if not causes:
                await self._wake.wait()
                continue
            await self._write(causes)
            self._attempts = 0
            if self.cache.size > self._cache_rows_max:
                self.cache.clear()
            for _, done in taken:
                if not done.done():
                    done.set_result(None)

    def _gather(self) -> tuple[list[Record | Ask], list[Taken]]:
        causes: list[Record | Ask] = []
        taken: list[Taken] = []
        while self._taken:
            taken.append(self._taken.popleft())
            causes += taken[-1][0]
        room = len(causes) + self._batch_max
        while self._asks and len(causes) < room:
            ask = self._asks.popleft()
            if ask.future is None or not ask.future.done():  # who gave up was told to ask again
                causes.append(ask)
        return causes, taken

    async def _write(self, causes: list[Record | Ask]) -> None:
        keys = [c.replay_key for c in causes if isinstance(c, Ask)]
        replays: dict[str, Replay | None] | None = dict.fromkeys(keys)
        while True:
            try:
                if replays is None:
                    replays = await self.database.replays(keys)
                batch = await self.run_batch(causes, replays)
                written = await (self._is_current(batch) if batch.empty else self.commit(batch))
            except AWAY as away:
                self.cache.undo(0)
                await self._reconnect(away)
            except Exception as refused:  # noqa: BLE001 (whatever it was: it ends one cause, not the writer)
                self.cache.undo(0)
                if not was_answered(refused):
                    await self._bisect(causes, refused)
                    return
                replays = None
            else:
                if written:
                    self._settle(batch)
                    return
                causes = self._answer_unknown(causes)

    async def _is_current(self, batch: Batch) -> bool:
        """Whether what was answered without writing anything was read from the newest version."""
        if not batch.answers or await self.database.version() == self.head.version:
            return True
        await self.reload()
        return False

    def _answer_unknown(self, causes: list[Record | Ask]) -> list[Record | Ask]:
        """Tell those without a key that nobody knows, when nobody does; the others are safe to repeat."""
        if not self._unknown:
            return causes
        self._unknown = False
        lost: list[Ask] = [c for c in causes if isinstance(c, Ask) and not c.replay_key]
        self._settle(unknown(lost))
        return [c for c in causes if isinstance(c, Record) or c.replay_key]

    async def run_batch(
        self, causes: list[Record | Ask], replays: dict[str, Replay | None]
    ) -> Batch:
        """Run in memory, loading what is missing until nothing is."""
        while True:
            batch = self.engine.run(self.cache, self.head, causes, replays)
            if not batch.missing:
                return batch
            self.cache.undo(0)
            version = await self.database.load(self.cache, batch.missing)
            if version != self.head.version:
                await self.reload()

    async def commit(self, batch: Batch) -> bool:
        """Commit; False when another owner did first, and memory was reloaded."""
        commit_id = fresh()
        self._unknown = False
        try:
            with self.metrics.commit_seconds.time():
                version = await self.database.commit(self.head, batch, commit_id, self.clock.now())
        except AWAY as away:
            if not await self._was_committed(commit_id, away):
                return False
            version = self.head.version + 1
        if version < 0:
            self.metrics.lost_races.inc()
            await self.reload()
            return False
        self._advance(version, batch)
        return True

    async def _was_committed(self, commit_id: str, away: BaseException) -> bool:
        """After a lost reply: did it happen? The head names the transaction that wrote it last."""
        journal = self.cache.journal
        self.cache.journal = []
        head, last = await self._head_after(away)
        if last == commit_id and head.version == self.head.version + 1:
            return True
        self.cache.journal = journal
        self.cache.undo(0)
        if head.version != self.head.version:
            self._unknown = True
            self.cache.clear()
            self.head = head
        return False

    async def _head_after(self, away: BaseException) -> tuple[Head, str]:
        while True:
            await self._reconnect(away, keep=True)
            try:
                return await self.database.read_head()
            except AWAY as again:
                away = again

    def _advance(self, version: int, batch: Batch) -> None:
        self.cache.settle()
        self.head.version = version
        self.head.marks.update(batch.marks)
        self.head.sequences = batch.sequences
        self.head.parked = batch.parked
        self.metrics.committed(batch)
        fresh_refusals = sum(letter.state in ("parked", "dead") for letter in batch.letters)
        self.refused.extend([0] * batch.applied + [1] * fresh_refusals)
        self._on_commit(batch.emitted)

    def _settle(self, batch: Batch) -> None:
        self.cache.settle()
        tell(batch)

    async def _bisect(self, causes: list[Record | Ask], refused: BaseException) -> None:
        """Find the one cause the store will not take; keep it aside and commit the rest."""
        if len(causes) > 1:
            middle = len(causes) // 2
            await self._write(causes[:middle])
            await self._write(causes[middle:])
            return
        (cause,) = causes
        if isinstance(cause, Ask):
            self._settle(Batch(answers=[(cause, refusal(refused))]))
        else:
            await self._park(cause, f"{type(refused).__name__}: {refused}")

    async def _park(self, record: Record, reason: str) -> None:
        """Keep a record the store refused, with its key waiting behind it."""
        while True:
            offset, last = self.head.marks.get(record.place, (0, -1))
            sequence = record.envelope.sequence if record.envelope else -1
            batch = Batch(sequences=dict(self.head.sequences), parked=set(self.head.parked))
            batch.letters.append(dead_letter(record, "parked", "store_refused", reason))
            batch.parked.add((record.topic, batch.letters[0].key))
            batch.marks[record.place] = (max(offset, record.offset + 1), max(last, sequence))
            try:
                if record.offset < offset or await self.commit(batch):
                    self._settle(batch)
                    return
            except Exception as away:  # noqa: BLE001 (it can neither be kept nor passed over)
                await self._reconnect(away)

    async def _run_errands(self) -> None:
        while self._errands:
            failed = await self._errands.run_next()
            self.cache.undo(0)
            if isinstance(failed, AWAY):
                await self._reconnect(failed)

    async def reload(self) -> None:
        """Forget the rows and take the head as it stands."""
        self.cache.clear()
        self.head, _ = await self.database.read_head()

    async def _reconnect(self, why: BaseException | None, *, keep: bool = False) -> None:
        """Try until the database is back; then take the head as it stands, unless told to keep ours."""
        self.connected = False
        if why is not None:
            log.warning("database is away", error=f"{type(why).__name__}: {why}")
        while not self.connected:
            await asyncio.sleep(RECONNECT_SECONDS[min(self._attempts, len(RECONNECT_SECONDS) - 1)])
            self._attempts += 1
            try:
                await self.database.connect()
                if not keep:
                    await self.reload()
                    await self.database.warm(self.cache, self._cache_rows_max)
                self.connected = True
                self.ready.set()
            except Exception as away:  # noqa: BLE001 (not made or not migrated yet, too)
                log.debug("database not reached", error=str(away))
