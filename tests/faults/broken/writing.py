"""Broken writers: what must be one transaction is two, or is answered before it is one."""

import asyncio
from typing import Any

from services.chassis import database, engine, sql
from services.chassis.batch import Batch
from services.chassis.database import Database
from services.chassis.engine import Engine
from services.chassis.ids import fresh
from services.chassis.writer import Writer
from tests.faults.broken.build import Build, swap

WINDOW_SECONDS = 0.4
"""How long the broken moment lasts, so that a kill finds it."""


def answer_before_commit() -> None:
    """Whoever asked is answered first; then it is written."""

    def make(commit: Any) -> Any:
        async def early(self: Writer, batch: Batch) -> bool:
            if batch.answers:
                self._settle(Batch(answers=list(batch.answers)))
                await asyncio.sleep(WINDOW_SECONDS)
            return bool(await commit(self, batch))

        return early

    swap(Writer, "commit", make)


def place_before_effect() -> None:
    """The place in the log is committed first, what was read there later."""

    def make(commit: Any) -> Any:
        async def in_two(self: Database, head: Any, batch: Batch, commit_id: str, now: str) -> int:
            if not batch.marks:
                return int(await commit(self, head, batch, commit_id, now))
            places = Batch(
                marks=batch.marks, sequences=dict(head.sequences), parked=set(head.parked)
            )
            version = await commit(self, head, places, fresh(), now)
            await asyncio.sleep(WINDOW_SECONDS)
            if version < 0:
                return -1
            head.version = version
            return int(await commit(self, head, batch, commit_id, now))

        return in_two

    swap(Database, "commit", make)


def outbox_after_commit() -> None:
    """Rows are committed first, the events in a transaction of their own."""

    def make(commit: Any) -> Any:
        async def in_two(self: Database, head: Any, batch: Batch, commit_id: str, now: str) -> int:
            if not batch.emitted:
                return int(await commit(self, head, batch, commit_id, now))
            events, batch.emitted = batch.emitted, []
            version = int(await commit(self, head, batch, commit_id, now))
            batch.emitted = events
            await asyncio.sleep(WINDOW_SECONDS)
            rows = [database._outbox(e) for e in events]
            await self.open.executemany(
                "insert into outbox (part, seq, event_key, headers, body) values ($1, $2, $3, $4, $5)",
                rows,
            )
            return version

        return in_two

    swap(Database, "commit", make)


def published_before_commit() -> None:
    """Events are handed to the relay before they are committed."""

    def make(commit: Any) -> Any:
        async def early(self: Writer, batch: Batch) -> bool:
            self._on_commit(batch.emitted)
            await asyncio.sleep(WINDOW_SECONDS)
            return bool(await commit(self, batch))

        return early

    swap(Writer, "commit", make)


def unknown_taken_for_done() -> None:
    """When the database's word is lost, it is taken to have been yes."""

    def make(_: Any) -> Any:
        async def surely(self: Writer, commit_id: str, away: BaseException) -> bool:
            await self._reconnect(away, keep=True)
            head, _ = await self.database.read_head()
            self.head.version = head.version - 1
            return True

        return surely

    swap(Writer, "_was_committed", make)


def head_not_compared() -> None:
    """Whoever commits last wins: the version is written and not compared."""
    swap(
        sql,
        "_function",
        lambda made: lambda specs: made(specs).replace("id = 1 and version = expected", "id = 1"),
    )


def counters_overwritten() -> None:
    """A counter's new amount replaces what it held."""

    def make(made: Any) -> Any:
        return lambda spec: made(spec).replace(" + excluded.", " * 0 + excluded.")

    swap(sql, "_on_conflict", make)


def some_rows_dropped() -> None:
    """Some rows of a batch are not written."""

    def make(rows: Any) -> Any:
        def fewer(self: Database, batch: Batch) -> Any:
            return [
                [row for n, row in enumerate(table) if n % 3 != 1] for table in rows(self, batch)
            ]

        return fewer

    swap(Database, "_rows", make)


def ids_drawn_anew() -> None:
    """An event's id is drawn at random, so a retry gives another."""
    swap(engine, "derived", lambda _: lambda cause, name: fresh())


def wrong_partition() -> None:
    """An event goes wherever its id leads, not to its key's place."""

    def make(emit: Any) -> Any:
        def astray(self: Engine, *args: Any) -> Any:
            one = emit(self, *args)
            one.partition = int(one.envelope.id[-1], 16) % 8
            return one

        return astray

    swap(Engine, "_emit_one", make)


WRITING = (
    Build("answer before commit", ("submission",), "kill", answer_before_commit),
    Build("place before effect", ("eligibility",), "kill", place_before_effect),
    Build("outbox outside the transaction", ("submission",), "kill", outbox_after_commit),
    Build(
        "published before commit", ("submission",), "kill as time passes", published_before_commit
    ),
    Build("lost word taken for yes", ("submission",), "request lost", unknown_taken_for_done),
    Build("no fencing of the head", ("document",), "two replicas", head_not_compared),
    Build("counters overwritten", ("submission",), "calm", counters_overwritten),
    Build("rows dropped from a batch", ("submission",), "calm", some_rows_dropped),
    Build("event ids drawn anew", ("submission",), "calm", ids_drawn_anew),
    Build("wrong partition key", ("submission",), "calm", wrong_partition),
)
