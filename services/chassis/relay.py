"""The relay: carries the outbox to the log, in order, each event at least once and never out of turn."""

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaProducer, codec
from aiokafka.errors import KafkaError

from contracts.event import Contract, Headers
from services.chassis import tracing
from services.chassis.causes import EVENT_BYTES_MAX, Emitted
from services.chassis.database import AWAY
from services.chassis.intake import METADATA_MILLISECONDS
from services.chassis.metrics import Metrics

log = structlog.get_logger()

# aiokafka offers no choice of level, and its own, 9, is a fifth of the relay's CPU for 2 % of size.
codec.lz4_encode.__defaults__ = (2,)

LOCK = 7306_2
READ_ROWS_MAX = 2_000
BACKSTOP_SECONDS = 0.1
CHECKPOINT_SECONDS = 0.5
BATCH_BYTES = 256 * 1024
"""Bodies of events that fill a batch. A single event may be larger."""
HANDED_MAX = 50_000
PAUSE_SECONDS = 0.5
ANSWER_MILLISECONDS_MAX = 10_000
"""A broker that says nothing for so long is gone, though its connections stand: another may lead by now."""
SEND_SECONDS_MAX = 60
"""A producer that neither sends nor fails for so long is stuck, or the broker is away: start over and say so."""
STOP_SECONDS_MAX = 2


@dataclass(slots=True)
class Outgoing:
    """One event ready to be sent."""

    part: int
    seq: int
    key: bytes
    value: bytes
    headers: Headers


class Relay:
    """One relay per database, by advisory lock.

    It is handed just-committed events from memory; whenever those do not continue what it sent last
    (a start, another replica's commit, an error) it reads the table instead. `acked` moves only when
    the broker has every event up to there.
    """

    def __init__(self, contract: Contract, url: str, bootstrap: str, metrics: Metrics) -> None:
        self.contract = contract
        self.url = url
        self.bootstrap = bootstrap
        self.metrics = metrics
        self.acked: dict[int, int] = {}
        self.active = False
        self.standby = False
        """Another replica relays; this one takes over when that one is gone."""
        self._waiting_since: float | None = None
        self._handed: deque[Emitted] = deque(maxlen=HANDED_MAX)
        self._wake = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._producer: AIOKafkaProducer | None = None
        self._checkpointed: dict[int, int] = {}
        metrics.outbox_age.set_function(self.waiting_seconds)

    def hand(self, emitted: list[Emitted]) -> None:
        """Events that were just committed, in commit order."""
        if emitted:
            self._note_waiting()
            if self.active:
                self._handed.extend(emitted)
            self._wake.set()

    def waiting_seconds(self) -> float:
        """For how long there has been something committed and not acknowledged; 0 when nothing is."""
        if self._waiting_since is None or self.standby:
            return 0.0
        return time.monotonic() - self._waiting_since

    def _note_waiting(self) -> None:
        if self._waiting_since is None:
            self._waiting_since = time.monotonic()

    async def run(self) -> None:
        """Relay for ever; any error throws the producer away and starts from what was acknowledged."""
        try:
            while True:
                try:
                    await self._own()
                    await self._relay()
                except Exception as error:  # noqa: BLE001 (whatever it was: it must not end for ever)
                    self.metrics.relay_errors.inc()
                    log.warning("relay starts over", error=f"{type(error).__name__}: {error}")
                    await self._drop()
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            with contextlib.suppress(*AWAY, KafkaError):
                await self._checkpoint()
            await self._drop()

    async def _own(self) -> None:
        """Become the only relay of this database, and learn where the last one stood."""
        self._connection = await asyncpg.connect(
            self.url, timeout=10, command_timeout=60,
            server_settings={"jit": "off", "application_name": f"{self.contract.publisher}.relay"},
        )  # fmt: skip
        while not await self._connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
            self.standby = True
            await asyncio.sleep(BACKSTOP_SECONDS)
        self.standby = False
        sent = dict.fromkeys(range(self.contract.partitions), -1)
        for part, seq in await self._connection.fetch("select part, sent from relay"):
            sent[part] = seq
        self.acked, self._checkpointed = sent, dict(sent)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, acks="all", enable_idempotence=True,
            compression_type="lz4", max_batch_size=EVENT_BYTES_MAX, max_request_size=2 * EVENT_BYTES_MAX,
            linger_ms=0, request_timeout_ms=ANSWER_MILLISECONDS_MAX,
            metadata_max_age_ms=METADATA_MILLISECONDS,
        )  # fmt: skip
        await self._producer.start()
        self._handed.clear()
        self.active = True

    async def _relay(self) -> None:
        checkpoint_due = asyncio.get_running_loop().time() + CHECKPOINT_SECONDS
        read_table = True
        while True:
            self._wake.clear()
            batch = self._continued() if not read_table else []
            if batch is None or read_table:
                batch = await self._read()
                read_table = len(batch) >= READ_ROWS_MAX
            if batch:
                await self._send(batch)
            elif not read_table:
                read_table = not await self._woken()
            if asyncio.get_running_loop().time() >= checkpoint_due:
                await self._checkpoint()
                checkpoint_due = asyncio.get_running_loop().time() + CHECKPOINT_SECONDS

    async def _woken(self) -> bool:
        """Wait to be handed something; False when the backstop ran out and the table should be read."""
        if self._handed:
            return True
        try:
            async with asyncio.timeout(BACKSTOP_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return False
        return bool(self._handed)

    def _continued(self) -> list[Outgoing] | None:
        """What was handed over, when it continues what was sent; None when there is a gap."""
        expected = dict(self.acked)
        out: list[Outgoing] = []
        while self._handed and len(out) < READ_ROWS_MAX:
            one = self._handed.popleft()
            if one.sequence <= expected[one.partition]:
                continue
            if one.sequence != expected[one.partition] + 1:
                self._handed.clear()
                return None
            expected[one.partition] = one.sequence
            out.append(
                Outgoing(
                    one.partition, one.sequence, one.envelope.key.encode(), one.value,
                    one.envelope.headers(one.sequence),
                )
            )  # fmt: skip
        return out

    async def _read(self) -> list[Outgoing]:
        """The next events of every partition, from the table."""
        assert self._connection is not None
        self._handed.clear()
        rows = await self._connection.fetch(
            "select o.part, o.seq, o.event_key, o.headers, o.body "
            "from unnest($1::bigint[], $2::bigint[]) as at(part, sent) "
            "cross join lateral (select * from outbox where outbox.part = at.part and outbox.seq > at.sent "
            "order by outbox.seq limit $3) o",
            list(self.acked), list(self.acked.values()), READ_ROWS_MAX,
        )  # fmt: skip
        return [
            Outgoing(
                part, seq, key.encode(), body.encode(),
                [(n, v.encode()) for n, v in orjson.loads(headers)],
            )
            for part, seq, key, headers, body in rows
        ]  # fmt: skip

    async def _send(self, batch: list[Outgoing]) -> None:
        """Send what was read or handed over, in turns of one batch per partition.

        Never two at a time: were the first lost and the second taken, the log would have a gap.
        """
        self._note_waiting()
        with tracing.batch(self.contract.publisher, "publish", (one.headers for one in batch)):
            await self._send_turns(batch)
        self._waiting_since = time.monotonic() if self._handed else None

    async def _send_turns(self, batch: list[Outgoing]) -> None:
        built = {part: self._built(events) for part, events in _by_partition(batch).items()}
        for turn in range(max(map(len, built.values()))):
            turns = [(part, *each[turn]) for part, each in built.items() if turn < len(each)]
            with self.metrics.relay_seconds.time():
                async with asyncio.timeout(SEND_SECONDS_MAX):
                    await self._send_turn(turns)

    async def _send_turn(self, turn: list[tuple[int, int, Any]]) -> None:
        """Send one batch each to some partitions; remember what the broker acknowledged."""
        assert self._producer is not None
        waiting: list[tuple[int, int, Any]] = []
        for part, last, builder in turn:
            future = await self._producer.send_batch(builder, self.contract.topic, partition=part)
            waiting.append((part, last, future))
        for part, last, future in waiting:
            await future
            self.metrics.relayed.inc(last - self.acked[part])
            self.metrics.outbox_waiting.dec(last - self.acked[part])
            self.acked[part] = last

    def _built(self, events: list[Outgoing]) -> list[tuple[int, Any]]:
        assert self._producer is not None
        done: list[tuple[int, Any]] = []
        builder, held = self._producer.create_batch(), 0
        last = events[0].seq - 1
        for event in events:
            if held >= BATCH_BYTES or not _append(builder, event):
                done.append((last, builder))
                builder, held = self._producer.create_batch(), 0
                _append(builder, event)
            held += len(event.value)
            last = event.seq
        done.append((last, builder))
        return done

    async def _checkpoint(self) -> None:
        """Write down how far the log is; it may lag, because re-sends are dropped by sequence."""
        moved = {p: s for p, s in self.acked.items() if s != self._checkpointed.get(p)}
        if not moved or self._connection is None:
            return
        await self._connection.execute(
            "insert into relay (part, sent) select * from unnest($1::bigint[], $2::bigint[]) "
            "on conflict (part) do update set sent = excluded.sent where relay.sent < excluded.sent",
            list(moved), list(moved.values()),
        )  # fmt: skip
        self._checkpointed.update(moved)

    async def _drop(self) -> None:
        self.active = self.standby = False
        producer, self._producer = self._producer, None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
        if producer is not None:
            await _stop(producer)


async def _stop(producer: AIOKafkaProducer) -> None:
    """Stop a producer; one that waits for a broker in vain must not outlive the relay's next start."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await producer.stop()
            return
    if (sender := producer._sender.sender_task) is not None:
        sender.cancel()
    with contextlib.suppress(Exception):
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await producer.client.close()


def _append(builder: Any, event: Outgoing) -> bool:
    """Whether the event still fitted into the batch; an empty batch takes an event of any size."""
    return builder.append(
        key=event.key, value=event.value, timestamp=None, headers=event.headers
    ) is not None  # fmt: skip


def _by_partition(batch: list[Outgoing]) -> dict[int, list[Outgoing]]:
    parts: dict[int, list[Outgoing]] = {}
    for one in batch:
        parts.setdefault(one.part, []).append(one)
    return parts
