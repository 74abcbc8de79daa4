"""Replay: a store made again from the log, compared byte for byte, and decisions derived again.

Nothing leaves a replay: it has no outbox, runs no reactions and no jobs.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson
from pydantic import BaseModel

from contracts.event import ContractError
from services.chassis.causes import Record
from services.chassis.log import end_of, read
from services.chassis.model import Service
from services.chassis.rows import Cache
from services.chassis.sql import quoted, table_hash_query
from services.chassis.tables import Spec
from services.chassis.views import Changes, FoldRows

SHADOW = "shadow"
UNSENT = """
select o.part, o.seq, o.event_key, o.headers, o.body from outbox o
left join relay r on r.part = o.part where o.seq > coalesce(r.sent, -1)
"""
SKIPPED = ("parked", "queued", "dead", "discarded")


@dataclass
class Cut:
    """The moment a replay is compared with: one snapshot of the live store.

    `until`: per place the first offset not to fold; `sequences`: per own partition the first sequence
    not to fold; `skipped`: records the live store did not apply either.
    """

    version: int
    until: dict[str, int]
    sequences: dict[int, int]
    skipped: set[tuple[str, int, int]]
    hashes: dict[str, tuple[str, int]]
    unsent: list[Record] = field(default_factory=list)


@dataclass
class Rebuilt:
    """A store folded again from the log, next to the live one."""

    service: str
    events: int
    tables: dict[str, dict[str, Any]]
    swapped: bool = False

    @property
    def equal(self) -> bool:
        """Whether every table has the same bytes."""
        return all(t["equal"] for t in self.tables.values())

    def to_json(self) -> dict[str, Any]:
        """The report: per table rows and hashes, live and rebuilt."""
        rows = sum(t["rows"] for t in self.tables.values())
        return {
            "service": self.service, "equal": self.equal, "events": self.events, "rows": rows,
            "swapped": self.swapped, "tables": self.tables,
        }  # fmt: skip


class Folder:
    """Folds records into memory: the only thing a replay does to rows."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.cache = Cache(service.tables, complete=True)
        self.last: dict[str, int] = {}
        self.folded = 0

    def fold(self, record: Record) -> None:
        """Fold one record unless it is a duplicate by sequence, or not for this service."""
        try:
            envelope = record.read_envelope()
        except ContractError:
            return
        if 0 <= envelope.sequence <= self.last.get(record.place, -1):
            return
        self.last[record.place] = max(envelope.sequence, self.last.get(record.place, -1))
        fold = self.service.fold_of.get(envelope.type)
        if fold is not None:
            fold.apply(record.read_event(), FoldRows(self.cache, fold, envelope, Changes()))
            self.cache.settle()
            self.folded += 1


async def rebuild(service: Service, url: str, bootstrap: str, *, swap: bool = False) -> Rebuilt:
    """Fold the log again up to the live store's own positions and compare every table.

    With `swap` the live tables are emptied and filled from the rebuilt ones in one transaction, which
    also moves the head on, so that running replicas forget what they held in memory.
    """
    async with _connected(url) as connection:
        cut = await _cut(service, connection)
        folder = Folder(service)
        async for batch in _records(service, bootstrap, cut):
            for record in batch:
                if (record.topic, record.partition, record.offset) not in cut.skipped:
                    folder.fold(record)
        await _copy(service, connection, folder.cache)
        result = Rebuilt(service.name, folder.folded, await _compare(service, connection, cut))
        if swap and result.equal:
            result.swapped = await _swap(service, connection, cut.version)
        await connection.execute(f"drop schema {SHADOW} cascade")
    return result


async def rederive(service: Service, bootstrap: str) -> dict[str, Any]:
    """Run the rule behind every recorded decision again, on the evidence in its own event.

    Returns {decisions, equal, differing: [event ids]}.
    """
    decisions, differing = 0, []
    wanted = {event.TYPE: again for event, again in service.rederive.items()}
    if wanted and service.publishes:
        until = await end_of(bootstrap, [service.publishes.topic])
        async for batch in read(bootstrap, until):
            for record in batch:
                if (again := wanted.get(_type(record))) is None:
                    continue
                decisions += 1
                if not _same(record, again):
                    differing.append(record.read_envelope().id)
    return {"decisions": decisions, "equal": not differing, "differing": differing}


def _same(record: Record, again: Any) -> bool:
    event = record.read_event()
    said = orjson.loads(event.to_json())
    derived = orjson.loads(orjson.dumps(dict(again(event)), default=_plain))
    return all(orjson.dumps(said[name]) == orjson.dumps(value) for name, value in derived.items())


def _plain(value: Any) -> Any:
    return value.model_dump() if isinstance(value, BaseModel) else list(value)


def _type(record: Record) -> str:
    try:
        return record.read_envelope().type
    except ContractError:
        return ""


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        url, timeout=10, server_settings={"application_name": "replay"}
    )
    try:
        yield connection
    finally:
        await connection.close()


async def _cut(service: Service, connection: asyncpg.Connection) -> Cut:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        (head,) = await connection.fetch("select version, marks, sequences from head")
        letters = await connection.fetch(
            "select topic, partition, position from dead_letter where state = any($1)", SKIPPED
        )
        hashes = {s.name: await _hash(connection, s, "public") for s in folded(service)}
        sequences = {int(p): n for p, n in orjson.loads(head["sequences"]).items()}
        unsent = await connection.fetch(UNSENT)
    return Cut(
        version=head["version"],
        until={place: at[0] for place, at in orjson.loads(head["marks"]).items()},
        sequences=sequences,
        skipped={(r["topic"], r["partition"], r["position"]) for r in letters},
        hashes=hashes,
        unsent=[_own(service, r) for r in unsent],
    )


def folded(service: Service) -> list[Spec]:
    """The tables that are a fold of the log: all but workspace."""
    return [s for s in service.tables if s.kind != "workspace"]


def _own(service: Service, row: Any) -> Record:
    assert service.publishes is not None
    headers = [(n, v.encode()) for n, v in orjson.loads(row["headers"])]
    return Record(
        service.publishes.topic,
        row["part"],
        -1,
        row["event_key"].encode(),
        headers,
        row["body"].encode(),
    )


async def _records(service: Service, bootstrap: str, cut: Cut) -> AsyncIterator[list[Record]]:
    """Foreign records up to the positions, own ones up to the sequences, then what was not sent yet."""
    own = service.publishes.topic if service.publishes else ""
    ends = await end_of(bootstrap, [own]) if own else {}
    until = {p: end for p, end in cut.until.items() if not p.startswith(f"{own}/")} | ends
    async for batch in read(bootstrap, until):
        yield [r for r in batch if r.topic != own or _before(r, cut.sequences)]
    yield sorted(cut.unsent, key=lambda r: (r.partition, r.read_envelope().sequence))


def _before(record: Record, sequences: dict[int, int]) -> bool:
    try:
        return 0 <= record.read_envelope().sequence < sequences.get(record.partition, 0)
    except ContractError:
        return False


async def _copy(service: Service, connection: asyncpg.Connection, cache: Cache) -> None:
    await connection.execute(f"drop schema if exists {SHADOW} cascade; create schema {SHADOW}")
    for spec in folded(service):
        name = quoted(spec.name)
        await connection.execute(f"create table {SHADOW}.{name} (like public.{name} including all)")
        rows: Iterable[Any] = (row for row in cache.rows[spec.name].values() if row is not None)
        await connection.copy_records_to_table(
            spec.name,
            schema_name=SHADOW,
            columns=list(spec.columns),
            records=[spec.encode(r) for r in rows],
        )


async def _hash(connection: asyncpg.Connection, spec: Spec, schema: str) -> tuple[str, int]:
    (row,) = await connection.fetch(table_hash_query(spec, schema))
    return row["hash"], row["rows"]


async def _compare(
    service: Service, connection: asyncpg.Connection, cut: Cut
) -> dict[str, dict[str, Any]]:
    found = {}
    for spec in folded(service):
        digest, rows = await _hash(connection, spec, SHADOW)
        live, live_rows = cut.hashes[spec.name]
        found[spec.name] = {
            "rows": rows, "live_rows": live_rows, "sha256": digest, "live_sha256": live,
            "equal": (digest, rows) == (live, live_rows),
        }  # fmt: skip
    return found


async def _swap(service: Service, connection: asyncpg.Connection, version: int) -> bool:
    """Fill the live tables from the shadow, if nobody wrote meanwhile."""
    async with connection.transaction():
        moved = await connection.fetchval(
            "update head set version = version + 1, commit_id = 'rebuild' where version = $1 returning version",
            version,
        )
        if moved is None:
            return False
        for spec in folded(service):
            name = quoted(spec.name)
            columns = ", ".join(quoted(c) for c in spec.columns)
            await connection.execute(f"truncate public.{name}")
            await connection.execute(
                f"insert into public.{name} ({columns}) select {columns} from {SHADOW}.{name}"
            )
    return True
