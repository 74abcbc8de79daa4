"""All services in one process: the same folds, reactions and decisions over dictionaries and a seed."""

from collections import defaultdict
from collections.abc import Iterable
from random import Random
from typing import Any

from contracts.catalog import CATALOG
from contracts.event import PARTITIONS, Envelope, Event, partition_of
from services.chassis.batch import Batch, Head, Replay
from services.chassis.causes import Ask, DeadLetter, Record
from services.chassis.clock import HeldClock
from services.chassis.engine import Engine
from services.chassis.errors import ServiceError
from services.chassis.ids import derived
from services.chassis.model import Answer, Service
from services.chassis.rows import Cache
from services.chassis.tables import Row
from services.chassis.waiting import apply_again

Place = tuple[str, int]
"""A topic and one of its partitions."""


class MemoryLog:
    """Topics with partitions, as lists. Records are never changed or removed."""

    def __init__(self) -> None:
        self.topics: dict[str, list[list[Record]]] = {
            topic: [[] for _ in range(PARTITIONS)] for topic in CATALOG.topics
        }
        self.behind: dict[str, list[dict[Place, None]]] = defaultdict(list)
        """Per topic, for each of its readers, where records wait for it."""

    def append(
        self, topic: str, partition: int, envelope: Envelope, sequence: int, value: bytes
    ) -> None:
        """Add one record at the end of a partition."""
        self.append_raw(topic, partition, envelope.key.encode(), envelope.headers(sequence), value)

    def append_raw(
        self, topic: str, partition: int, key: bytes | None, headers: Any, value: bytes
    ) -> None:
        """Add any bytes, as a broken producer would."""
        log = self.topics[topic][partition]
        log.append(Record(topic, partition, len(log), key, headers, value))
        for waits in self.behind[topic]:
            waits[topic, partition] = None


class SimulatedService:
    """One service over dictionaries: its store, its place in the log, its dead letters."""

    def __init__(self, service: Service, log: MemoryLog) -> None:
        self.service = service
        self.engine = Engine(service)
        self.cache = Cache(service.tables, complete=True)
        self.head = Head()
        self.replays: dict[str, Replay] = {}
        self.letters: list[DeadLetter] = []
        self.emitted: list[Event] = []
        self.behind: dict[Place, None] = {}
        self.listen(log)

    def listen(self, log: MemoryLog) -> None:
        """Read this log from now on, from where the head stands."""
        self.log = log
        for topic in self.service.consumes:
            log.behind[topic].append(self.behind)
            for partition, records in enumerate(log.topics[topic]):
                if self.next_offset((topic, partition)) < len(records):
                    self.behind[topic, partition] = None

    def handle(self, causes: list[Record | Ask]) -> Batch:
        """Run a batch and "commit" it: rows, positions, letters, then the log."""
        asked = {c.replay_key: self.replays.get(c.replay_key) for c in causes if isinstance(c, Ask)}
        batch = self.engine.run(self.cache, self.head, causes, asked)
        assert not batch.missing, "a simulated store is complete"
        self._commit(batch)
        return batch

    def redrive(self, topic: str, key: str) -> Batch:
        """Let a parked key go on, its records in order."""
        waits = [
            x.state in ("parked", "queued") and (x.topic, x.key) == (topic, key)
            for x in self.letters
        ]
        waiting = [
            (
                Record(x.topic, x.partition, x.offset, x.key.encode(), x.headers, x.value),
                x.attempts + 1,
            )
            for x, one in zip(self.letters, waits, strict=True)
            if one
        ]
        batch = apply_again(self.engine, self.cache, self.head, waiting, (topic, key))
        self.letters = [x for x, one in zip(self.letters, waits, strict=True) if not one]
        self._commit(batch)
        return batch

    def _commit(self, batch: Batch) -> None:
        self.cache.settle()
        self.head.marks.update(batch.marks)
        self.head.sequences, self.head.parked = batch.sequences, batch.parked
        self.head.version += 1
        self.replays.update(batch.replays)
        self.letters += batch.letters
        self._note(batch)
        self._publish(batch)

    def _note(self, batch: Batch) -> None:
        """Nothing waits any longer where everything was read."""
        for place, (offset, _) in batch.marks.items():
            topic, _, partition = place.rpartition("/")
            if offset == len(self.log.topics[topic][int(partition)]):
                self.behind.pop((topic, int(partition)), None)

    def pending(self) -> list[tuple[str, int, int]]:
        """Where records wait: (topic, partition, next offset)."""
        return [(*place, self.next_offset(place)) for place in self.behind]

    def next_offset(self, place: Place) -> int:
        """The first record of a partition that was not read yet."""
        return self.head.marks.get(f"{place[0]}/{place[1]}", (0, -1))[0]

    def rows(self, table: type[Row]) -> list[Any]:
        """Every row of a table, in primary key order: what a test looks at."""
        held = self.cache.rows[table.spec.name]
        return [held[pk] for pk in sorted(held) if held[pk] is not None]

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every folded and counted table as sorted tuples, to compare two stores."""
        return {
            spec.name: sorted(
                spec.encode(r) for r in self.cache.rows[spec.name].values() if r is not None
            )
            for spec in self.service.tables
            if spec.kind != "workspace"
        }

    def _publish(self, batch: Batch) -> None:
        contract = self.service.publishes
        for one in batch.emitted:
            assert contract is not None
            self.emitted.append(one.event)
            self.log.append(contract.topic, one.partition, one.envelope, one.sequence, one.value)


class World:
    """Several services around one in-memory log, driven by a seed and a clock that is set by hand."""

    def __init__(
        self, services: Iterable[Service], seed: int = 0, now: str = "2021-07-01T09:00:00+08:00"
    ) -> None:
        self.log = MemoryLog()
        self.services = {s.name: SimulatedService(s, self.log) for s in services}
        self.random = Random(seed)  # noqa: S311 (a seed must give the same run)
        self.clock = HeldClock(now)
        self._asked = 0

    def ask(
        self,
        service: str,
        command: Any,
        key: str = "",
        fingerprint: str = "",
        correlation: str = "",
    ) -> Answer:
        """Give a command to a service.

        Raises:
            ServiceError: the service refused.
        """
        self._asked += 1
        ask = Ask(
            id=derived("world", key or str(self._asked)),
            command=command,
            now=self.clock.now(),
            correlation_id=correlation,
            replay_key=key,
            fingerprint=fingerprint or repr(command),
        )
        (_, answer), *_ = self.services[service].handle([ask]).answers
        if isinstance(answer, ServiceError):
            raise answer
        return answer

    def receive(self, event: Event, *, cause: str = "", time: str = "", to: str = "") -> str:
        """Put an event on its topic as if its publisher had sent it; returns its id.

        `to` names the service under test; the others' sequences are not checked.
        """
        topic = CATALOG.topic_of(type(event))
        event_id = derived(
            cause or f"given-{len(self.log.topics[topic])}-{self._asked}", event.TYPE
        )
        self._asked += 1
        envelope = Envelope(
            id=event_id, type=event.TYPE, version=event.VERSION, source="test",
            time=time or self.clock.now(), key=event.key, correlation_id=event.key,
            causation_id=cause,
        )  # fmt: skip
        self.log.append(topic, partition_of(event.key), envelope, -1, event.to_json())
        self.settle(only=to)
        return event_id

    def step(self, only: str = "") -> bool:
        """Let one service, chosen by the seed, take some records of one partition. False when idle."""
        waiting = [
            (s, *place)
            for s in self.services.values()
            if only in ("", s.service.name)
            for place in s.pending()
        ]
        if not waiting:
            return False
        service, topic, partition, start = self.random.choice(waiting)
        log = self.log.topics[topic][partition]
        take = self.random.randint(1, len(log) - start)
        service.handle(list(log[start : start + take]))
        return True

    def settle(self, only: str = "") -> None:
        """Step until nobody has anything to do."""
        while self.step(only):
            pass
