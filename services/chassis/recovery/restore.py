"""A lost store: an empty database becomes the service's again, from the log alone.

What was on the log when the store was lost is in it afterwards; what the service had not read, it
reads when it starts. An event is on the log or it never was: the outbox went with the store, so what
had been committed and not yet sent is made again by reading its cause again, under the same id.
"""

from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson
from aiokafka.admin import AIOKafkaAdminClient

from contracts.event import ContractError
from services.chassis.causes import DeadLetter, Record, dead_letter, sequence_of
from services.chassis.clock import SystemClock
from services.chassis.database import letter_row
from services.chassis.errors import Refused
from services.chassis.log import end_of, read
from services.chassis.model import Service
from services.chassis.recovery.stores import StoreBusy, stopped, write_checkpoints, write_head
from services.chassis.replay.folding import Folder, type_of
from services.chassis.replay.shadow import folded
from services.chassis.sql import quoted
from services.chassis.store import DeadLetter as Letter
from services.chassis.store import Outbox
from services.chassis.tables import Spec
from services.chassis.views import NamedRows

DOUBTFUL_MAX = 1_000
OUTBOX_ROWS_MAX = 5_000


@dataclass
class Reached:
    """How far the service had come, as far as the log can tell."""

    causes: set[str] = field(default_factory=set)
    """Ids of everything that has an effect in the service's own topic."""
    read_to: dict[str, int] = field(default_factory=dict)
    """Per foreign place the first offset that has to be read again."""


@dataclass
class Restored:
    """The store as it came back."""

    service: str
    events: int
    rows: int
    read_to: dict[str, int]
    left_to_read: int
    sequences: dict[int, int]
    parked: int
    doubtful: list[dict[str, str]]
    not_restored: list[str]

    def to_json(self) -> dict[str, Any]:
        """The report."""
        return {
            "service": self.service, "events": self.events, "rows": self.rows,
            "left_to_read": self.left_to_read, "parked": self.parked, "doubtful": self.doubtful,
            "not_restored": self.not_restored, "read_to": self.read_to,
            "sequences": {str(part): n for part, n in self.sequences.items()},
        }  # fmt: skip


async def restore(service: Service, url: str, bootstrap: str) -> Restored:
    """Fill an empty, migrated database of a stopped service from the log.

    Every row that is a fold of the log comes back; workspace tables (drafts, idempotency keys,
    audit, dead letters) do not. A record is taken for applied when Kafka's own offsets or an effect
    on the log say so. `doubtful` names what a person should look at: applied records without an
    effect on the log whose reaction, run on the restored rows, would refuse or would say something.

    Raises:
        StoreBusy: the service runs, or the database is not empty.
    """
    async with stopped(service, url) as connection:
        await _refuse_used(service, connection)
        reached = await _reached(service, bootstrap)
        folder = Folder(service)
        letters = Letters(service, folder, reached.causes)
        async with connection.transaction():
            await _own(service, bootstrap, connection, folder)
            async for batch in read(bootstrap, reached.read_to):
                for record in batch:
                    letters.take(record)
            rows = await _write(service, connection, folder)
            await _copy(
                connection,
                Letter.spec,
                [letter_row(one, SystemClock().now()) for one in letters.kept],
            )
            sequences = _sequences(service, folder)
            marks = {p: (at, folder.last.get(p, -1)) for p, at in reached.read_to.items()}
            await write_head(connection, marks, sequences)
            await write_checkpoints(connection, {part: n - 1 for part, n in sequences.items()})
    ends = await end_of(bootstrap, service.consumes)
    return Restored(
        service=service.name, events=folder.folded, rows=rows, read_to=reached.read_to,
        left_to_read=sum(end - reached.read_to.get(p, 0) for p, end in ends.items()),
        sequences=sequences, parked=len(letters.kept), doubtful=letters.doubtful(),
        not_restored=[s.name for s in service.tables if s.kind == "workspace"],
    )  # fmt: skip


class Letters:
    """Folds foreign records as the intake would have; what a fold refuses is parked again."""

    def __init__(self, service: Service, folder: Folder, causes: set[str]) -> None:
        self.service = service
        self.folder = folder
        self.causes = causes
        self.kept: list[DeadLetter] = []
        self._parked: set[tuple[str, bytes | None]] = set()
        self._silent: list[Record] = []

    def take(self, record: Record) -> None:
        """Fold a record, or keep it as a dead letter."""
        if not self.folder.pass_over(record):
            return
        event_type = type_of(record)
        if (record.topic, record.key) in self._parked and self.service.handles(event_type):
            self._keep(record, "queued", "key_parked", "an earlier event of this key is parked")
            return
        try:
            self.folder.apply(record)
            if event_type in self.service.reactions_to and not self._had_effect(record):
                self._silent.append(record)
        except (ContractError, Refused) as refused:
            self._keep(record, "parked", refused.code, str(refused))
        except Exception as bug:  # noqa: BLE001 (the same net as the intake's)
            self._keep(record, "parked", "bug", f"{type(bug).__name__}: {bug}")

    def doubtful(self) -> list[dict[str, str]]:
        """Records without an effect whose reactions would have one now: event id, type, and what."""
        found = []
        for record in self._silent:
            if would := self._would(record):
                event_id = record.read_envelope().id
                found.append({"event_id": event_id, "type": type_of(record), "would": would})
        return found[:DOUBTFUL_MAX]

    def _would(self, record: Record) -> str:
        envelope, event, said = record.read_envelope(), record.read_event(), list[str]()
        for reaction in self.service.reactions_to[envelope.type]:
            rows = NamedRows(self.folder.cache, reaction.needs(event))
            try:
                if reaction.then is not None:
                    rows.allow(reaction.then(event, rows))
                said += [f"emit {e.TYPE}" for e in reaction.react(event, rows, envelope.time)]
            except Refused as refused:
                said.append(f"refuse: {refused.code}")
            except Exception as bug:  # noqa: BLE001 (the same net as the intake's)
                said.append(f"fail: {type(bug).__name__}: {bug}")
        return ", ".join(said)

    def _had_effect(self, record: Record) -> bool:
        return _header(record, "ce_id") in self.causes

    def _keep(self, record: Record, state: str, code: str, reason: str) -> None:
        self._parked.add((record.topic, record.key))
        record.read_envelope()
        self.kept.append(dead_letter(record, state, code, reason))


async def _refuse_used(service: Service, connection: asyncpg.Connection) -> None:
    tables = ["outbox", *(quoted(spec.name) for spec in folded(service))]
    for name in tables:
        if await connection.fetchval(f"select exists (select 1 from {name})"):
            raise StoreBusy(
                f"{service.name}: table {name} holds rows; restore needs an empty, migrated database."
            )


async def _reached(service: Service, bootstrap: str) -> Reached:
    reached = Reached()
    if service.publishes:
        async for batch in read(bootstrap, await end_of(bootstrap, [service.publishes.topic])):
            reached.causes.update(_header(record, "ce_causationid") for record in batch)
    committed = await _committed(service.name, bootstrap)
    ends = await end_of(bootstrap, service.consumes)
    reached.read_to = {p: min(committed.get(p, 0), end) for p, end in ends.items()}
    async for batch in read(bootstrap, ends):
        for record in batch:
            if _header(record, "ce_id") in reached.causes:
                at = max(reached.read_to[record.place], record.offset + 1)
                reached.read_to[record.place] = at
    return reached


async def _committed(group: str, bootstrap: str) -> dict[str, int]:
    """What the service told Kafka about its positions: never ahead of its store."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {f"{p.topic}/{p.partition}": at.offset for p, at in offsets.items() if at.offset >= 0}


async def _own(
    service: Service, bootstrap: str, connection: asyncpg.Connection, folder: Folder
) -> None:
    """Fold the service's own events, and give the outbox back what a lost log would be mended from."""
    if service.publishes is None:
        return
    rows: list[tuple[Any, ...]] = []
    async for batch in read(bootstrap, await end_of(bootstrap, [service.publishes.topic])):
        for record in batch:
            if folder.pass_over(record):
                folder.apply(record)
                rows.append(_outbox_row(record))
        if len(rows) >= OUTBOX_ROWS_MAX:
            await _copy(connection, Outbox.spec, rows)
            rows = []
    await _copy(connection, Outbox.spec, rows)


def _outbox_row(record: Record) -> tuple[Any, ...]:
    headers = orjson.dumps([[n, v.decode()] for n, v in record.headers]).decode()
    key = (record.key or b"").decode()
    return record.partition, sequence_of(record), key, headers, record.value.decode()


def _sequences(service: Service, folder: Folder) -> dict[int, int]:
    if service.publishes is None:
        return {}
    places = {p: f"{service.publishes.topic}/{p}" for p in range(service.publishes.partitions)}
    return {p: folder.last[place] + 1 for p, place in places.items() if place in folder.last}


async def _write(service: Service, connection: asyncpg.Connection, folder: Folder) -> int:
    total = 0
    for spec in folded(service):
        rows = [spec.encode(row) for row in folder.rows(spec.name).values()]
        await _copy(connection, spec, rows)
        total += len(rows)
    return total


async def _copy(connection: asyncpg.Connection, spec: Spec, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        await connection.copy_records_to_table(
            spec.name, columns=list(spec.columns), records=rows
        )  # fmt: skip


def _header(record: Record, wanted: str) -> str:
    for name, value in record.headers:
        if name == wanted:
            return (value or b"").decode("utf-8", "replace")
    return ""
