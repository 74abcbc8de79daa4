"""What every test may ask for: a PostgreSQL, an empty database in it, a Kafka broker."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest
from hypothesis import configuration, settings

from deploy.kafka.broker import Kafka
from deploy.postgres.cluster import Postgres

# A machine that is busy for a moment refutes no property.
settings.register_profile("mingjing", deadline=None)
settings.load_profile("mingjing")
configuration.set_hypothesis_home_dir(Path(__file__).parents[1] / ".mingjing/cache/hypothesis")

T = TypeVar("T")
ROLE = "test"
BROKER_IN_DOCKER = os.environ.get("BROKER") == "docker"

# The suite survives no power cut and asks for hundreds of databases.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "128MB",
}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A cluster for the whole session, in a folder that goes with it."""
    cluster = Postgres(tmp_path_factory.mktemp("postgres"), SETTINGS)
    try:
        cluster.start()
        cluster.ensure(ROLE)
        yield cluster
    finally:  # as root the data lies outside pytest's folder
        cluster.remove()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker for the whole session: a local one, or one in a container."""
    if BROKER_IN_DOCKER:
        from tests.containers import kafka_container  # noqa: PLC0415 (only with an engine)

        with kafka_container() as bootstrap:
            yield bootstrap
        return
    with Kafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.bootstrap


class Administrator:
    """One connection of the superuser, on a thread of its own.

    Tests with and without an event loop use it alike, and none pays for a new connection.
    """

    def __init__(self, cluster: Postgres) -> None:
        self.cluster = cluster
        self.numbers = count()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.connection = self._run(asyncpg.connect(cluster.admin_url))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def execute(self, statement: str) -> None:
        self._run(self.connection.execute(statement))

    def create(self, template: str) -> str:
        """A new database from the template; its name."""
        name = f"test_{os.getpid()}_{next(self.numbers)}"
        # Copying files beats logging pages by far while fsync is off.
        self.execute(
            f'CREATE DATABASE "{name}" OWNER "{ROLE}" TEMPLATE "{template}" STRATEGY FILE_COPY'
        )
        return name

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def close(self) -> None:
        self._run(self.connection.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture(scope="session")
def administrator(postgres: Postgres) -> Iterator[Administrator]:
    """The superuser, for making and dropping databases."""
    it = Administrator(postgres)
    yield it
    it.close()


@pytest.fixture
def database(administrator: Administrator) -> Iterator[Callable[..., str]]:
    """Makes databases: `database()` is the address of an empty one that the test's role owns.

    `database(template=name)` copies one that nobody is connected to. All are dropped afterwards.
    """
    made: list[str] = []
    base = administrator.cluster.url(ROLE).rpartition("/")[0]

    def create(template: str = "template0") -> str:
        made.append(administrator.create(template))
        return f"{base}/{made[-1]}"

    yield create
    for name in made:
        administrator.drop(name)


@pytest.fixture
def root() -> Path:
    """The project's own folder."""
    return Path(__file__).parents[1]
