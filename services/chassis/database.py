"""The writer's own connection to PostgreSQL: read the head, load rows, commit a batch in one round trip."""

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import asyncpg
import orjson
from asyncpg.protocol import protocol

from services.chassis.batch import Batch, Head, Replay
from services.chassis.causes import DeadLetter, Emitted
from services.chassis.model import Answer, Need, Service
from services.chassis.rows import Cache
from services.chassis.sql import APPENDED, commit_schema, load_query, quoted
from services.chassis.tables import Spec

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says that broke under its feet
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.exceptions.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.SyntaxOrAccessError,  # a schema of another release, a right that was taken away
)
"""The database is away, full, busy or not as we need it: try again later, nothing is wrong with the data."""

LETTER_SET = ("parked", "queued")

# asyncpg asks three abstract base classes, in Python, whether each row of an array is an array itself:
# a sixth of a commit's CPU. What we pass are lists of tuples.
vars(protocol).update(
    IterableABC=(list, tuple, str, bytes), SizedABC=(list, tuple, str, bytes), MappingABC=dict
)


class Database:
    """One connection, used by one task at a time."""

    def __init__(self, service: Service, url: str) -> None:
        self.service = service
        self.url = url
        self.specs = list(service.tables)
        self.connection: asyncpg.Connection | None = None
        self._commit = ""
        self._backend = 0

    async def connect(self) -> None:
        """Open the connection and make sure the commit function of this release exists.

        Raises:
            AWAY: one of its classes; the database cannot be reached or is not migrated yet.
        """
        await self.close()
        self.connection = await asyncpg.connect(
            self.url,
            timeout=10,
            command_timeout=60,
            server_settings={"jit": "off", "application_name": f"{self.service.name}.writer"},
        )
        await self._end_last_backend()
        await self._ensure_functions()

    async def close(self) -> None:
        """Drop the connection, whatever its state."""
        if self.connection is not None:
            self.connection.terminate()
            self.connection = None

    @property
    def open(self) -> asyncpg.Connection:
        """The connection.

        Raises:
            InterfaceError: there is none.
        """
        if self.connection is None:
            raise asyncpg.InterfaceError("not connected")
        return self.connection

    async def read_head(self) -> tuple[Head, str]:
        """The head as it stands, and the id of the transaction that wrote it last."""
        row = await self.open.fetchrow(
            "select version, commit_id, marks, sequences from head where id = 1"
        )
        if row is None:
            raise asyncpg.InterfaceError("the head row is missing: run the migrations")
        parked = await self.open.fetch(
            "select distinct topic, event_key from dead_letter where state = any($1)", LETTER_SET
        )
        marks = {place: (at[0], at[1]) for place, at in orjson.loads(row["marks"]).items()}
        sequences = {int(p): n for p, n in orjson.loads(row["sequences"]).items()}
        waiting = {(r["topic"], r["event_key"]) for r in parked}
        return Head(row["version"], marks, sequences, waiting), row["commit_id"]

    async def load(self, cache: Cache, needs: Iterable[Need]) -> int:
        """Load what the needs name into the cache; returns the head's version it was read at."""
        wanted = list(needs)
        query, values = load_query(self.service.tables, wanted)
        version = -1
        found: dict[str, list[Any]] = {}
        for table, text in await self.open.fetch(query, *values):
            if table:
                found.setdefault(table, []).append(orjson.loads(text))
            else:
                version = int(text)
        for table, rows in found.items():
            spec = self.service.spec(table)
            cache.load(spec, [spec.decode(row) for row in rows])
        cache.loaded(wanted)
        return version

    async def warm(self, cache: Cache, rows_max: int) -> None:
        """Load every row when they fit into memory; the cache then knows what is absent, too."""
        counts = [  # every column is named, so that a schema of another release is found out here
            f"select count(*) as n from (select {', '.join(map(quoted, s.columns))} from {quoted(s.name)}) x"
            for s in self.specs
        ]
        total = await self.open.fetchval(
            f"select coalesce(sum(n), 0)::bigint from ({' union all '.join(counts)}) c"
        )
        if total > rows_max:
            return
        for spec in self.specs:
            for (text,) in await self.open.fetch(
                f"select to_json(x)::text from {quoted(spec.name)} x"
            ):
                cache.load(spec, [spec.decode(orjson.loads(text))])
        cache.complete = True

    async def commit(self, head: Head, batch: Batch, commit_id: str, now: str) -> int:
        """Write a batch in one transaction and one round trip.

        Returns the new version, or -1 when somebody else committed first and nothing was written.
        """
        marks = orjson.dumps(batch.marks).decode()
        sequences = orjson.dumps({str(p): n for p, n in batch.sequences.items()}).decode()
        return int(
            await self.open.fetchval(
                self._commit, head.version, commit_id, marks, sequences, *self._rows(batch),
                [_outbox(e) for e in batch.emitted],
                [letter_row(one, now) for one in batch.letters],
                [_replay(one, now) for one in batch.replays.values()],
                [one.spec.encode(one) for one in batch.audits],
            )
        )  # fmt: skip

    async def version(self) -> int:
        """The head's version as it stands."""
        return int(await self.open.fetchval("select version from head where id = 1"))

    async def replays(self, keys: Iterable[str]) -> dict[str, Replay | None]:
        """What the store knows of some idempotency keys."""
        wanted = list(keys)
        known: dict[str, Replay | None] = dict.fromkeys(wanted)
        rows = await self.open.fetch(
            "select asked_key, fingerprint, status, body, etag from replayed_answer where asked_key = any($1)",
            wanted,
        )
        for r in rows:
            answer = Answer(r["status"], orjson.loads(r["body"]), r["etag"])
            known[r["asked_key"]] = Replay(r["asked_key"], r["fingerprint"], answer)
        return known

    def _rows(self, batch: Batch) -> list[list[tuple[Any, ...]]]:
        grouped: dict[str, list[tuple[Any, ...]]] = {s.name: [] for s in self.specs}
        for (table, _), row in batch.changes.rows.items():
            grouped[table].append(row.spec.encode(row))
        for (table, pk), amounts in batch.changes.counts.items():
            grouped[table].append(_counted(self.service.spec(table), pk, amounts))
        return [grouped[s.name] for s in self.specs]

    async def _end_last_backend(self) -> None:
        """What our last connection had under way must be over before anybody asks what became of it."""
        ended = await self.open.fetch(
            "select pg_terminate_backend(pid, 10000) as is_over from pg_stat_activity "
            "where pid = $1 and application_name = $2",
            self._backend, f"{self.service.name}.writer",
        )  # fmt: skip
        if not all(one["is_over"] for one in ended):
            raise asyncpg.InterfaceError("our last transaction is still under way")
        self._backend = self.open.get_server_pid()

    async def _ensure_functions(self) -> None:
        name, script = commit_schema(self.service.tables)
        arguments = ", ".join(f"${i}" for i in range(1, 5 + len(self.specs) + len(APPENDED)))
        self._commit = f"select {name}.commit_batch({arguments})"
        async with self.open.transaction():
            await self.open.execute("select pg_advisory_xact_lock(7306, 1)")
            exists = await self.open.fetchval("select 1 from pg_namespace where nspname = $1", name)
            if not exists:
                await self.open.execute(f"create schema {name};\n{script}")


def _counted(spec: Spec, pk: tuple[Any, ...], amounts: dict[str, int]) -> tuple[Any, ...]:
    values = {**dict(zip(spec.primary, pk, strict=True)), **amounts}
    return tuple([values.get(c, 0) for c in spec.columns])


def _outbox(one: Emitted) -> tuple[Any, ...]:
    headers = one.envelope.attributes(one.sequence)
    return (
        one.partition,
        one.sequence,
        one.envelope.key,
        orjson.dumps(headers).decode(),
        one.value.decode(),
    )


def letter_row(one: DeadLetter, now: str) -> tuple[Any, ...]:
    """A dead letter as a row of its table."""
    headers = orjson.dumps([[n, b64encode(v or b"").decode()] for n, v in one.headers]).decode()
    clean = {
        c: getattr(one, c).replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
        for c in ("key", "event_id", "event_type", "reason")
    }
    return (
        one.topic, one.partition, one.offset, clean["key"], clean["event_id"], clean["event_type"],
        one.state, one.code, clean["reason"], one.fingerprint, headers,
        b64encode(one.value or b"").decode(), one.attempts, now,
    )  # fmt: skip


def _replay(one: Replay, now: str) -> tuple[Any, ...]:
    body = orjson.dumps(one.answer.body).decode()
    return (one.key, one.fingerprint, one.answer.status, body, one.answer.etag, now)
