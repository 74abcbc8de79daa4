"""The world with everything that goes wrong around pure functions: crashes, lost answers, redelivery, copies."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import Any, TypeVar

from services.chassis.batch import Batch
from services.chassis.causes import Ask, Emitted, Record
from services.chassis.model import Service
from services.chassis.simulation import MemoryLog, SimulatedService, World

REDELIVERED_MAX = 5
P = TypeVar("P")


class Crashed(Exception):
    """The process died; whoever had asked does not know what became of it."""


class ChaosService(SimulatedService):
    """A service whose outbox waits for a relay, and whose process may die at any of its steps."""

    def __init__(self, service: Service, log: MemoryLog) -> None:
        super().__init__(service, log)
        self.outbox: dict[int, list[Emitted]] = defaultdict(list)
        self.acked: dict[int, int] = defaultdict(int)
        self.checkpoint: dict[int, int] = {}
        self.unsent: dict[int, None] = {}
        """Partitions with events that the relay has not seen acknowledged."""

    def _publish(self, batch: Batch) -> None:
        for one in batch.emitted:
            self.emitted.append(one.event)
            self.outbox[one.partition].append(one)
            self.unsent[one.partition] = None

    def relay(self, partition: int, events: int) -> None:
        """Send some events of a partition, in order."""
        assert self.service.publishes is not None
        start = self.acked[partition]
        for one in self.outbox[partition][start : start + events]:
            self.log.append(
                self.service.publishes.topic, partition, one.envelope, one.sequence, one.value
            )
        self.acked[partition] = min(start + events, len(self.outbox[partition]))
        if self.acked[partition] == len(self.outbox[partition]):
            del self.unsent[partition]

    def note(self) -> None:
        """Write the checkpoint down."""
        self.checkpoint = dict(self.acked)

    def die(self) -> None:
        """Everything in memory is gone; the relay starts again from its checkpoint."""
        self.cache.undo(0)
        self.acked = defaultdict(int, self.checkpoint)
        self.unsent = {p: None for p, out in self.outbox.items() if self.acked[p] < len(out)}

    def half_done(self, causes: list[Record | Ask]) -> None:
        """Run a batch and die before it is committed."""
        asked = {c.replay_key: self.replays.get(c.replay_key) for c in causes if isinstance(c, Ask)}
        self.engine.run(self.cache, self.head, causes, asked)
        self.die()


class ChaosWorld(World):
    """The seed draws who moves, and what goes wrong. `troubles` is how many of a hundred steps do."""

    services: dict[str, ChaosService]  # type: ignore[assignment]

    def __init__(self, services: Iterable[Service], seed: int, troubles: int = 5) -> None:
        super().__init__((), seed)
        self.services = {s.name: ChaosService(s, self.log) for s in services}
        self.troubles = troubles
        self.counted: dict[str, int] = defaultdict(int)

    def give(self, service: str, ask: Ask) -> Any:
        """Give a command to a service; its answer.

        Raises:
            Crashed: the process died before or after it was committed.
        """
        it = self.services[service]
        if self._goes_wrong("crash before commit"):
            it.half_done([ask])
            raise Crashed
        ((_, answer),) = it.handle([ask]).answers
        if self._goes_wrong("answer lost after commit"):
            it.die()
            raise Crashed
        return answer

    def step(self, only: str = "") -> bool:
        """One service reads some records, or one relay sends some events. False when all is quiet."""
        moving = [it for name, it in self.services.items() if only in ("", name)]
        moves = sum(len(it.behind) + len(it.unsent) for it in moving)
        if not moves:
            return False
        drawn = self.random.randrange(moves)
        for it in moving:
            if drawn < len(it.behind):
                self._read(it, *_nth(it.behind, drawn))
                break
            drawn -= len(it.behind)
            if drawn < len(it.unsent):
                self._relay(it, _nth(it.unsent, drawn))
                break
            drawn -= len(it.unsent)
        return True

    def _read(self, it: ChaosService, topic: str, partition: int) -> None:
        log, start = self.log.topics[topic][partition], it.next_offset((topic, partition))
        if self._goes_wrong("redelivery"):
            start = max(0, start - self.random.randint(1, REDELIVERED_MAX))
        records: list[Record | Ask] = list(log[start : self.random.randint(start, len(log)) + 1])
        if self._goes_wrong("crash in a batch"):
            it.half_done(records)
            return
        it.handle(records)

    def _relay(self, it: ChaosService, partition: int) -> None:
        waiting = len(it.outbox[partition]) - it.acked[partition]
        it.relay(partition, self.random.randint(1, waiting))
        if self._goes_wrong("relay dies before its checkpoint"):
            it.die()
        elif self.random.randrange(4) == 0:
            it.note()

    def copy(self) -> None:
        """A producer's network repeats a record that was written long ago."""
        topic = self.random.choice(sorted(self.log.topics))
        log = self.log.topics[topic][self.random.randrange(len(self.log.topics[topic]))]
        if log:
            old = log[self.random.randrange(len(log))]
            self.log.append_raw(topic, old.partition, old.key, old.headers, old.value)
            self.counted["an old record again"] += 1

    def _goes_wrong(self, what: str) -> bool:
        wrong = self.random.randrange(100) < self.troubles
        self.counted[what] += wrong
        return wrong

    def settle(self, only: str = "") -> None:
        """Step until everybody has read and sent everything, whatever goes wrong on the way."""
        while self.step(only):
            pass


class SweepWorld(ChaosWorld):
    """Nothing goes wrong by chance: at each boundary of each handler the process dies, the first time."""

    def __init__(self, services: Iterable[Service], seed: int) -> None:
        super().__init__(services, seed, troubles=0)
        self.died: set[tuple[str, str, str]] = set()
        """Service, command or event type, and what went wrong there."""
        self._here = ("", "")

    def give(self, service: str, ask: Ask) -> Any:
        self._here = (service, type(ask.command).__name__)
        return super().give(service, ask)

    def _read(self, it: ChaosService, topic: str, partition: int) -> None:
        """One record: at first the service dies over it, then has it again, then reads a copy of it later."""
        record = self.log.topics[topic][partition][it.next_offset((topic, partition))]
        self._here = (it.service.name, record.read_envelope().type)
        if self._goes_wrong("crash in a batch"):
            it.half_done([record])
            return
        it.handle([record])
        if self._goes_wrong("redelivery"):
            it.handle([record])
        if self._goes_wrong("copy on the wire"):
            self.log.append_raw(topic, partition, record.key, record.headers, record.value)

    def _relay(self, it: ChaosService, partition: int) -> None:
        self._here = (it.service.name, it.outbox[partition][it.acked[partition]].envelope.type)
        it.relay(partition, 1)
        if self._goes_wrong("relay dies before its checkpoint"):
            it.die()
        else:
            it.note()

    def _goes_wrong(self, what: str) -> bool:
        first = (*self._here, what) not in self.died
        self.died.add((*self._here, what))
        self.counted[what] += first
        return first


def _nth(places: dict[P, None], number: int) -> P:
    return next(islice(places, number, None))
