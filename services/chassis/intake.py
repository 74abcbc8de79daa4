"""The intake: polls the log in batches and hands them to the writer; the database says where to read on."""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from itertools import chain
from zlib import crc32

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.middlewares import AckPolicy

from services.chassis import tracing
from services.chassis.metrics import Metrics
from services.chassis.model import Service
from services.chassis.reading import read_records
from services.chassis.settings import ServiceSettings
from services.chassis.writer import Writer

log = structlog.get_logger()

FETCH_MILLISECONDS = 250
PAUSE_SECONDS = 0.5
BREAKER_SAMPLE_MIN = 50
NOTE_SECONDS_MAX = 2
CUT_LOOKS = 3
"""So many looks, a second apart, and a log that is too short is no new leader that will catch up."""
ANSWER_MILLISECONDS_MAX = 12_000
"""A broker that says nothing for so long is gone, though its connections stand. Longer than a member's session."""
METADATA_MILLISECONDS = 5_000
"""How soon it is noticed that another broker leads, when the one before is silent."""


class Intake:
    """One group member reading all topics of a service.

    FastStream owns connection, group and life cycle; the poll is ours, because its consume loop
    decodes headers before we can guard them, swallows what a handler raises, and sleeps as long as it
    waited. Kafka's own offsets are committed for tools to show lag; the truth is the head's marks.
    """

    def __init__(
        self, service: Service, settings: ServiceSettings, writer: Writer, metrics: Metrics
    ) -> None:
        self.service = service
        self.bootstrap = settings.kafka_bootstrap_servers.split(",")
        self.writer = writer
        self.metrics = metrics
        self.records_max = settings.batch_records_max
        self.refused_share_max = settings.refused_share_max
        self.member = _member(service, settings.replica) if settings.replica else None
        self.assigned = False
        self.tripped = False
        self.cut = ""
        """Where the log ends before what was read, while it does."""
        self.cut_looks = 0
        """How often in a row it was looked at and found cut."""
        self._level_at = time.monotonic()
        metrics.lag_seconds.set_function(self._behind_seconds)
        metrics.breaker.set_function(lambda: self.tripped)

    async def run(self) -> None:
        """Read for ever; a broker that is away is waited for."""
        while True:
            try:
                await self._read()
            except Exception as error:  # noqa: BLE001 (whatever it was: it must not end for ever)
                log.warning("intake starts over", error=f"{type(error).__name__}: {error}")
            self.assigned = False
            await asyncio.sleep(PAUSE_SECONDS)

    async def _read(self) -> None:
        read_records()
        broker = KafkaBroker(
            self.bootstrap, logger=None, client_id=f"mingjing-{self.service.name}",
            allow_auto_create_topics=False, graceful_timeout=5, request_timeout_ms=ANSWER_MILLISECONDS_MAX,
            metadata_max_age_ms=METADATA_MILLISECONDS,
        )  # fmt: skip
        listener = _Seek(self)
        subscriber = broker.subscriber(
            *self.service.consumes, batch=True, ack_policy=AckPolicy.MANUAL, group_id=self.service.name,
            auto_offset_reset="earliest", listener=listener, fetch_max_wait_ms=FETCH_MILLISECONDS,
            max_partition_fetch_bytes=2 * 2**20, session_timeout_ms=10_000, heartbeat_interval_ms=2_000,
            max_poll_interval_ms=300_000, group_instance_id=self.member,
        )  # fmt: skip
        try:
            async with asyncio.timeout(30):
                await broker.start()
            consumer = subscriber.consumer
            assert consumer is not None
            listener.consumer = consumer
            # Nothing is an assignment, too: a spare replica is ready to take over.
            await listener.seek(consumer.assignment())
            await self._poll(consumer)
        finally:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(5):
                    await broker.stop()

    async def _poll(self, consumer: AIOKafkaConsumer) -> None:
        loop = asyncio.get_running_loop()
        note_due = loop.time() + 1
        while True:
            polled = await consumer.getmany(
                timeout_ms=FETCH_MILLISECONDS, max_records=self.records_max
            )
            records = list(chain.from_iterable(polled.values()))
            if records:
                with tracing.batch(self.service.name, "process", (r.headers for r in records)):
                    await self.writer.take(records)
                await self._circuit_breaker()
            if loop.time() >= note_due:
                await self._note(consumer)
                await self._wait_while_cut(consumer)
                note_due = loop.time() + 1

    async def _note(self, consumer: AIOKafkaConsumer) -> None:
        """Tell Kafka where we are, for tools; and measure the lag."""
        lag = 0
        places: dict[TopicPartition, int] = {}
        for part in consumer.assignment():
            if at := self.next_offset(part):
                places[part] = at
            lag += max(0, (consumer.highwater(part) or 0) - at)
        self.metrics.lag.set(lag)
        self._level_at = time.monotonic() if lag == 0 else self._level_at
        if places:
            with contextlib.suppress(KafkaError):
                await consumer.commit(places)

    async def _wait_while_cut(self, consumer: AIOKafkaConsumer) -> None:
        """Stand still when the log is shorter than what was read: the broker lost records.

        What comes now takes the offsets of what is lost, and would be passed over as read before. So a cut
        that is no passing moment of a new leader stands until the process is started again, as a recovery does.
        """
        self.cut_looks = 0
        while (cut := await self._cut_at(consumer)) or self.cut_looks >= CUT_LOOKS:
            if not self.cut:
                log.error("the log is shorter than what was read", where=cut)
            self.cut = cut or self.cut
            self.cut_looks += 1
            await asyncio.sleep(1)
        self.cut = ""

    async def _cut_at(self, consumer: AIOKafkaConsumer) -> str:
        """The first partition that ends too early; the broker is asked only when one seems to."""
        seem = [
            p for p in consumer.assignment() if (consumer.highwater(p) or 0) < self.next_offset(p)
        ]
        ends = await consumer.end_offsets(seem) if seem else {}
        cut = [p for p, end in sorted(ends.items()) if end < self.next_offset(p)]
        return f"{cut[0].topic}/{cut[0].partition}" if cut else ""

    def next_offset(self, part: TopicPartition) -> int:
        """Where reading goes on, as the store knows it. Never ahead of the store; perhaps behind it."""
        return self.writer.head.marks.get(f"{part.topic}/{part.partition}", (0, -1))[0]

    def _behind_seconds(self) -> float:
        """Since when the service has not been level with the log, noted once a second."""
        behind = time.monotonic() - self._level_at
        return behind if behind > NOTE_SECONDS_MAX else 0.0

    async def _circuit_breaker(self) -> None:
        """Stop reading when too large a share of recent records was refused: a bad release, not bad data."""
        recent = self.writer.refused
        while (
            len(recent) >= BREAKER_SAMPLE_MIN and sum(recent) / len(recent) > self.refused_share_max
        ):
            if not self.tripped:
                log.error("circuit breaker tripped", refused=sum(recent), recent=len(recent))
            self.tripped = True
            await asyncio.sleep(1)
        self.tripped = False


class _Seek(ConsumerRebalanceListener):  # type: ignore[misc]
    """On assignment, go to where the database says, whatever Kafka remembers."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.consumer: AIOKafkaConsumer | None = None

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self.intake.assigned = False

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        if self.consumer is not None:
            await self.seek(assigned)

    async def seek(self, assigned: Iterable[TopicPartition]) -> None:
        """Set the position of every partition to the next offset of the store."""
        assert self.consumer is not None
        await self.intake.writer.ready.wait()
        for part in assigned:
            self.consumer.seek(part, self.intake.next_offset(part))
        self.intake.assigned = True


def _member(service: Service, replica: str) -> str:
    """A member's name, with what it reads: one that returns under its name keeps the partitions it had."""
    topics = crc32(",".join(service.consumes).encode())
    return f"{service.name}-{replica}-{topics:08x}"
