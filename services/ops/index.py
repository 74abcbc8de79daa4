"""The reader that fills ops's index: every partition of every topic, without a group."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.catalog import CATALOG
from contracts.event import ContractError, read_envelope
from services.chassis.reading import read_records
from services.ops.store import Seen

log = structlog.get_logger()

POLL_RECORDS_MAX = 5_000
PAUSE_SECONDS = 0.5
LOCK = 7306_9
PLACE = """
insert into place (topic, partition, next, logged_at) values ($1, $2, $3, $4)
on conflict (topic, partition) do update set next = excluded.next, logged_at = excluded.logged_at
"""
KIND = """
insert into kind (topic, event_type, version, events, logged_at) values ($1, $2, $3, $4, $5)
on conflict (topic, event_type, version) do update set
events = kind.events + excluded.events, logged_at = greatest(kind.logged_at, excluded.logged_at)
"""


class Index:
    """Follows the log and copies headers into the table; where it stands is what the table holds."""

    def __init__(self, url: str, bootstrap: str) -> None:
        self.url = url
        self.bootstrap = bootstrap
        self.following = False

    async def run(self) -> None:
        """Follow for ever; whatever is away is waited for."""
        while True:
            try:
                await self._follow()
            except Exception as away:  # noqa: BLE001 (whatever it was: it must not end for ever)
                log.warning("index starts over", error=f"{type(away).__name__}: {away}")
            self.following = False
            await asyncio.sleep(PAUSE_SECONDS)

    async def _follow(self) -> None:
        connection = await asyncpg.connect(
            self.url, timeout=10, server_settings={"application_name": "ops.index"}
        )
        read_records()
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, group_id=None, enable_auto_commit=False,
            auto_offset_reset="earliest", fetch_max_wait_ms=200,
        )  # fmt: skip
        try:
            while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110 (as above)
                await asyncio.sleep(PAUSE_SECONDS)
            await consumer.start()
            await self._seek(connection, consumer)
            while True:
                polled = await consumer.getmany(timeout_ms=500, max_records=POLL_RECORDS_MAX)
                await self._keep(connection, [r for batch in polled.values() for r in batch])
                self.following = True
        finally:
            connection.terminate()
            with contextlib.suppress(Exception):
                async with asyncio.timeout(5):
                    await consumer.stop()

    async def _seek(self, connection: asyncpg.Connection, consumer: AIOKafkaConsumer) -> None:
        parts = [
            TopicPartition(t, p) for t, c in CATALOG.topics.items() for p in range(c.partitions)
        ]
        consumer.assign(parts)
        stored = await connection.fetch("select topic, partition, next from place")
        at = {(r["topic"], r["partition"]): r["next"] for r in stored}
        for part in parts:
            consumer.seek(part, at.get((part.topic, part.partition), 0))

    async def _keep(self, connection: asyncpg.Connection, records: Iterable[Any]) -> None:
        """Copy the headers and count them, all or nothing."""
        rows = [seen(r) for r in records]
        if not rows:
            return
        async with connection.transaction():
            await connection.copy_records_to_table(
                "seen", columns=list(Seen.spec.columns), records=[Seen.spec.encode(r) for r in rows]
            )
            await connection.executemany(PLACE, _places(rows))
            await connection.executemany(KIND, _kinds(rows))


def _places(rows: list[Seen]) -> list[tuple[str, int, int, int]]:
    latest = {(r.topic, r.partition): r for r in rows}
    return [(t, p, r.position + 1, r.logged_at) for (t, p), r in sorted(latest.items())]


def _kinds(rows: list[Seen]) -> list[tuple[str, str, int, int, int]]:
    counted: dict[tuple[str, str, int], tuple[int, int]] = {}
    for r in rows:
        events, at = counted.get((r.topic, r.event_type, r.version), (0, 0))
        counted[r.topic, r.event_type, r.version] = events + 1, max(at, r.logged_at)
    return [(*kind, *figures) for kind, figures in sorted(counted.items())]


def seen(record: Any) -> Seen:
    """The header-only row of a record; an unreadable one is kept with what can be told."""
    key = (record.key or b"").decode("utf-8", "backslashreplace").replace("\0", "")
    try:
        envelope = read_envelope(record.headers, record.key)
    except ContractError as bad:
        return Seen(
            topic=record.topic, partition=record.partition, position=record.offset, event_id="",
            event_type=f"unreadable: {bad.code}", version=0, source="", time="", event_key=key,
            correlation_id="", causation_id="", sequence=-1, logged_at=record.logged_at,
        )  # fmt: skip
    return Seen(
        topic=record.topic, partition=record.partition, position=record.offset,
        event_id=_clean(envelope.id), event_type=_clean(envelope.type), version=envelope.version,
        source=_clean(envelope.source), time=_clean(envelope.time), event_key=key,
        correlation_id=_clean(envelope.correlation_id), causation_id=_clean(envelope.causation_id),
        sequence=envelope.sequence, logged_at=record.logged_at,
    )  # fmt: skip


def _clean(text: str) -> str:
    """Without what PostgreSQL cannot hold: one bad header must not stop the index."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
