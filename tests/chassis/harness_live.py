"""The probes as they run in production, but in this process: real broker, real databases."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, count
from typing import Any, Self

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic import SecretStr

from contracts.catalog import CATALOG
from contracts.event import PARTITIONS
from services.chassis.causes import Ask, Record
from services.chassis.errors import ServiceError, Transient
from services.chassis.jobs import Job
from services.chassis.model import Answer, Service
from services.chassis.redrive import redrive
from services.chassis.runtime import Runtime
from services.chassis.settings import ServiceSettings
from services.chassis.tables import Row
from tests.chassis.harness import Letter, Logged, Runner, Wire, service_of
from tests.chassis.harness_memory import logged
from tests.chassis.probes import PROBES

SECONDS_MAX = 30
"""How long anything may take before a test gives up and says what it waited for."""
SECRET = "a secret of the tests only"
PLACES = [TopicPartition(topic, part) for topic in CATALOG.topics for part in range(PARTITIONS)]


async def until(what: str, holds: Callable[[], Any], seconds: float = SECONDS_MAX) -> None:
    """Wait for a condition, plain or async.

    Raises:
        AssertionError: it did not come to hold; the message says what was waited for.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        held = holds()
        if asyncio.iscoroutine(held):
            held = await held
        if held:
            return
        assert asyncio.get_running_loop().time() < deadline, f"waited {seconds} s in vain: {what}"
        await asyncio.sleep(0.02)


class Live(Runner):
    """Runtimes over one broker and a database per service.

    The topics outlive a test, so each database starts at the ends of the log: to its services
    whatever was there before never was.
    """

    def __init__(
        self, bootstrap: str, database: Callable[[], str], services: Iterable[Service] = PROBES,
        **settings: Any,
    ) -> None:  # fmt: skip
        self.bootstrap = bootstrap
        self.services = {s.name: s for s in services}
        self.urls = {name: database() for name in self.services}
        self.settings = settings
        self.runtimes: dict[str, list[Runtime]] = {name: [] for name in self.services}
        self.connections: dict[str, asyncpg.Connection[Any]] = {}
        self.starts: dict[TopicPartition, int] = {}
        self.turns = count()
        self.producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=0, acks="all")
        self.reader = AIOKafkaConsumer(bootstrap_servers=bootstrap)

    # -- life ------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        # A consumer that knows its topics answers at once; one that does not asks for each.
        self.reader.assign(PLACES)
        self.reader.pause(*PLACES)
        await asyncio.gather(self.producer.start(), self.reader.start())
        self.starts = await self.reader.end_offsets(PLACES)
        marks = {f"{p.topic}/{p.partition}": [end, -1] for p, end in self.starts.items()}
        await self.reconnect()
        for connection in self.connections.values():
            await connection.execute("update head set marks = $1", orjson.dumps(marks).decode())
        await asyncio.gather(*(self.add(name) for name in self.services))
        return self

    async def reconnect(self) -> None:
        """Connect to look at the databases, also after they restarted."""
        for name, url in self.urls.items():
            self.connections[name] = await asyncpg.connect(url)

    async def __aexit__(self, *_: object) -> None:
        running = list(chain.from_iterable(self.runtimes.values()))
        await asyncio.gather(*(runtime.stop() for runtime in running))
        for connection in self.connections.values():
            connection.terminate()
        await asyncio.gather(self.producer.stop(), self.reader.stop())

    async def add(self, name: str, jobs: Iterable[Job] = (), url: str = "") -> Runtime:
        """Start one more replica of a service and wait until it is ready."""
        settings = ServiceSettings(
            database_url=url or self.urls[name], kafka_bootstrap_servers=self.bootstrap,
            token_secret=SecretStr(SECRET), **self.settings,
        )  # fmt: skip
        runtime = Runtime(self.services[name], settings, jobs)
        await runtime.start()
        self.runtimes[name].append(runtime)
        await until(f"{name} is ready", lambda: not runtime.faults())
        return runtime

    async def remove(self, runtime: Runtime) -> None:
        """Stop one replica."""
        self.runtimes[runtime.service.name].remove(runtime)
        await runtime.stop()

    # -- what a test does ------------------------------------------------------------------------

    async def ask_all(self, service: str, asks: Sequence[Ask]) -> list[Answer | ServiceError]:
        replicas = self.runtimes[service]
        asking = [answer_of(replicas[next(self.turns) % len(replicas)], ask) for ask in asks]
        return list(await asyncio.gather(*asking))

    async def send(self, *records: Wire) -> None:
        for topic, part, key, headers, value in records:
            await self.producer.send(topic, value, key, partition=part, headers=headers)
        await self.producer.flush()

    async def redrive(self, service: str, topic: str, key: str) -> None:
        await redrive(
            self.runtimes[service][0], topic=topic, key=key, actor="one", approver="another",
            dry_run=False,
        )  # fmt: skip

    async def settle(self) -> None:
        await until("all is read and sent", self._is_idle)

    async def _is_idle(self) -> bool:
        before = await self.reader.end_offsets(PLACES)
        for name, connection in self.connections.items():
            marks = orjson.loads(await connection.fetchval("select marks from head"))
            for place, end in before.items():
                wanted = place.topic in self.services[name].consumes
                if wanted and marks[f"{place.topic}/{place.partition}"][0] < end:
                    return False
        for name in self.connections:
            if not await self.is_sent(name):
                return False
        return bool(before == await self.reader.end_offsets(PLACES))

    async def is_sent(self, name: str) -> bool:
        """Whether the whole outbox of a service is in the log, as far as its relay knows."""
        last = await self.fetch(name, "select part, max(seq) as seq from outbox group by part")
        relays = [r.relay for r in self.runtimes[name] if r.relay and r.relay.active]
        return all(any(relay.acked[p] >= seq for relay in relays) for p, seq in last)

    # -- what a test looks at --------------------------------------------------------------------

    async def fetch(self, name: str, query: str, *values: Any) -> list[Any]:
        """Rows of a service's database."""
        return list(await self.connections[name].fetch(query, *values))

    async def rows(self, table: type[Row]) -> list[Any]:
        spec = table.spec
        found = [
            spec.decode(orjson.loads(r["row"]))
            for r in await self.fetch(
                service_of(table),
                f'select to_json(x)::text as row from "{spec.name}" x',  # noqa: S608 (our own name)
            )
        ]
        return sorted(found, key=spec.pk_of)

    async def letters(self, service: str) -> list[Letter]:
        found = await self.fetch(
            service,
            "select event_key, state, code, event_type from dead_letter "
            "order by topic, partition, position",
        )
        return [Letter(*row) for row in found]

    async def log(self, topic: str) -> list[Logged]:
        places = [place for place in PLACES if place.topic == topic]
        ends = await self.reader.end_offsets(places)
        found: list[Logged] = []
        for place in places:
            found += await self._read(place, self.starts[place], ends[place])
        return found

    async def _read(self, place: TopicPartition, start: int, end: int) -> list[Logged]:
        if start == end:
            return []
        self.reader.seek(place, start)
        self.reader.resume(place)
        found: list[Logged] = []
        while len(found) < end - start:
            polled = await self.reader.getmany(place, timeout_ms=200)
            for r in polled.get(place, []):
                raw = Record(r.topic, r.partition, r.offset, r.key, list(r.headers), r.value or b"")
                found.append(logged(raw))
        self.reader.pause(place)
        return found


async def answer_of(runtime: Runtime, ask: Ask) -> Answer | ServiceError:
    """The answer to one command; no answer in time is an answer, too."""
    try:
        return await runtime.ask(ask)
    except Transient as late:
        return late
