"""What every part of the bench stands on: a fresh broker and databases, real and with fsync on."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.kafka.broker import Kafka
from deploy.kafka.topics import create_topics, read_topics
from deploy.postgres.cluster import Postgres
from services.chassis.store import CHASSIS
from services.chassis.tables import Tables
from tests.bench.line import Worker
from tests.bench.naming import named

HEAD = "insert into head (id, version, commit_id, marks, sequences) values (1, 0, '', '{}', '{}')"


class Ground:
    """A running broker with the real topics, a running PostgreSQL, and workers upon them."""

    def __init__(self, folder: Path, profile: Path | None = None) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "postgres")
        self.kafka = Kafka(folder / "kafka")
        self.profile = profile
        self.stations: list[Worker] = []
        self._made: set[str] = set()
        self._stack = ExitStack()

    @property
    def bootstrap(self) -> str:
        """The broker's address."""
        return self.kafka.bootstrap

    def database(self, tables: Tables) -> str:
        """An empty database with these tables and the chassis's; its address."""
        self.postgres.ensure(tables.service)
        self._made.add(tables.service)
        url = self.postgres.url(tables.service)
        asyncio.run(_create(url, tables))
        return url

    def station(self, service: str) -> Worker:
        """Start a process that runs a service (`module:NAME`) on a database of its own."""
        return self.restart(service, self.database(named(service).tables))

    def restart(self, service: str, url: str) -> Worker:
        """Start a process that runs a service on a database that is there."""
        return _begun(self._station(service, url))

    def worker(self, module: str, *arguments: str) -> Worker:
        """Start a process that serves a line; it ends with the ground."""
        return _begun(self._spawn(module, *arguments))

    def stations_for(
        self, services: Iterable[str], cache_rows_max: int | None = None
    ) -> list[Worker]:
        """Start several at once, each on a database of its own, and wait until all are ready."""
        urls = {service: self.database(named(service).tables) for service in services}
        started = [self._station(name, url, cache_rows_max) for name, url in urls.items()]
        for station in started:
            _begun(station).tell("ready")
        for station in started:
            station.hear()
        return started

    def _station(self, service: str, url: str, cache_rows_max: int | None = None) -> Worker:
        name = service.replace(":", ".")
        extra = [str(self.profile / f"{name}.txt") if self.profile else ""]
        extra += [str(cache_rows_max)] if cache_rows_max is not None else []
        station = self._spawn("tests.bench.station", service, url, self.bootstrap, *extra)
        self.stations.append(station)
        return station

    def _spawn(self, module: str, *arguments: str) -> Worker:
        log = self.folder / "workers.log"
        return self._stack.enter_context(Worker(module, *arguments, log=log))

    def clear(self) -> None:
        """End all workers, and empty the log and the databases for whoever comes next."""
        self._stack.close()
        self.stations.clear()
        asyncio.run(_drop(self.postgres.admin_url, self._made))
        self._made.clear()
        asyncio.run(_delete_topics(self.bootstrap))
        create_topics(self.bootstrap, read_topics())

    def start(self) -> None:
        """Start database and broker, and make the topics."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.postgres.start()
        create_topics(self.kafka.start(), read_topics())

    def stop(self) -> None:
        """End everything and leave nothing behind."""
        self._stack.close()
        self.kafka.stop()
        self.postgres.remove()


def _begun(worker: Worker) -> Worker:
    """The worker, once it listens."""
    worker.hear()
    return worker


_kept: list[Ground] = []


@contextmanager
def kept_ground(folder: Path) -> Iterator[None]:
    """One ground for all parts within, emptied between them: quicker, and not for measuring."""
    it = Ground(folder)
    try:
        it.start()
        _kept.append(it)
        yield
    finally:
        _kept.clear()
        it.stop()


@contextmanager
def ground(folder: Path, profile: Path | None = None) -> Iterator[Ground]:
    """A ground for the time of one part."""
    if _kept:
        (it,) = _kept
        it.profile = profile
        yield it
        it.clear()
        return
    it = Ground(folder, profile)
    try:
        it.start()
        yield it
    finally:
        it.stop()


async def _drop(admin_url: str, names: Iterable[str]) -> None:
    connection = await asyncpg.connect(admin_url)
    for name in names:
        await connection.execute(f'drop database if exists "{name}" with (force)')
    await connection.close()


async def _delete_topics(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    named = [topic for topic in await admin.list_topics() if not topic.startswith("__")]
    await admin.delete_topics(named)
    await admin.close()


async def _create(url: str, tables: Tables) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.begin() as connection:
        await connection.run_sync(CHASSIS.metadata.create_all)
        await connection.run_sync(tables.metadata.create_all)
        await connection.exec_driver_sql(HEAD)
    await engine.dispose()


async def fetch_value(url: str, query: str) -> int:
    """One number from a database."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()
