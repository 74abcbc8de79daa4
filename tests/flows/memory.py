"""A season in one process: the services' own routes over the in-memory world, driven by a seed."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any, cast
from unittest.mock import patch

import httpx
import orjson
from fastapi import FastAPI
from sqlalchemy import Engine, Select, create_engine
from sqlalchemy.orm import Session

from deploy.mail.catcher import Catcher, serve
from services.chassis.auth import Actor, Role, token_for
from services.chassis.causes import Ask
from services.chassis.clock import HeldClock
from services.chassis.errors import ServiceError
from services.chassis.model import Answer
from services.chassis.simulation import SimulatedService, World
from services.cli.definitions import definitions
from services.cli.season.office import Office
from services.cli.season.play import Season
from services.cli.stack import SERVICES, Stack
from services.notification.jobs import send_due
from services.submission.calls import CAST_2021, load

SECRET = "a secret of the tests only"
RECEIPT_KEY = sha256(b"a receipt key of the tests only").hexdigest()
AFTERWARDS = "2022-04-01T00:00:00+00:00"
"""When letters are sent: the clock of a machine, not of the season."""
STEPS_MAX = 3


@dataclass
class MemoryRuntime:
    """What a route or a job needs of a runtime, over one simulated service."""

    world: World
    service: SimulatedService
    settings: Any
    clock: HeldClock = field(default_factory=lambda: HeldClock(AFTERWARDS))

    async def ask(self, ask: Ask) -> Answer | ServiceError:
        """Decide at once, after others had a chance to take some records."""
        for _ in range(self.world.random.randint(0, STEPS_MAX)):
            self.world.step()
        ((_, answer),) = self.service.handle([ask]).answers
        return answer

    @asynccontextmanager
    async def session(self) -> AsyncIterator["MemorySession"]:
        """The rows as they stand, in a database made for one question."""
        engine = create_engine("sqlite://")
        self.service.service.tables.metadata.create_all(engine)
        with Session(engine, expire_on_commit=False) as session:
            self._fill(engine, session)
            yield MemorySession(session)
        engine.dispose()

    def _fill(self, engine: Engine, session: Session) -> None:
        for spec in self.service.service.tables:
            held = (row for row in self.service.cache.rows[spec.name].values() if row is not None)
            session.add_all([spec.row.Table(**row.__dict__) for row in held])
        session.commit()


@dataclass
class MemorySession:
    """The part of an asynchronous session that queries use."""

    session: Session

    async def scalars(self, query: Select[Any]) -> Any:
        return self.session.scalars(query)

    async def execute(self, query: Select[Any]) -> Any:
        return self.session.execute(query)

    async def get(self, table: type[Any], pk: Any) -> Any:
        return self.session.get(table, pk)


class Turnstile:
    """Lets one request through at a time; who is next is drawn from the seed."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.busy = False
        self.waiting: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> None:
        if self.busy:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiting.append(turn)
            await turn
        self.busy = True

    async def __aexit__(self, *_: object) -> None:
        if self.waiting:
            self.waiting.pop(self.random.randrange(len(self.waiting))).set_result(None)
        else:
            self.busy = False


class MemoryOffice(Office):
    """The same requests, answered by applications in this process."""

    memory: "MemoryStack"

    def connect(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            mounts={
                f"http://{name}": httpx.ASGITransport(app, raise_app_exceptions=False)
                for name, app in self.memory.apps.items()
            }
        )


@dataclass
class MemoryStack:
    """Six applications around one world, and the addresses they would have."""

    world: World
    apps: dict[str, FastAPI]

    def url(self, name: str) -> str:
        """The address of a service."""
        return f"http://{name}"

    def token(self, actor_id: str, roles: tuple[Role, ...], subject: str = "") -> str:
        """A bearer token."""
        return token_for(SECRET, Actor(actor_id, frozenset(roles), subject))

    def runtime(self, name: str) -> MemoryRuntime:
        """The stand-in for a service's runtime."""
        runtime: MemoryRuntime = self.apps[name].state.runtime
        return runtime


def memory_stack(seed: int, folder: Path, smtp_port: int) -> MemoryStack:
    """Every service's application as `create_app` makes it, its runtime replaced by the world."""
    world = World(definitions().values(), seed)
    apps = {}
    for name in SERVICES:
        with patch.dict(os.environ, _environment(name, folder, smtp_port)):
            app = import_module(f"services.{name}.main").create_app()
        settings = app.state.runtime.settings
        app.state.runtime = MemoryRuntime(world, world.services[name], settings)
        apps[name] = app
    return MemoryStack(world, apps)


def _environment(name: str, folder: Path, smtp_port: int) -> dict[str, str]:
    own = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing",
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "TOKEN_SECRET": SECRET,
        "CLOCK": "header",
        "LOG_LEVEL": "ERROR",
        "RECEIPT_KEY": RECEIPT_KEY,
        "BLOB_FOLDER": str(folder / "blobs"),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(smtp_port),
        "SENDER": "Mingjing <no-reply@mingjing.invalid>",
        "MAIL_DOMAIN": "mingjing.invalid",
    }
    return {f"{name.upper()}_{key}": value for key, value in own.items()}


class MemorySeason(Season):
    """The season's own acts; between them the world settles and letters go out."""

    def __init__(
        self, memory: MemoryStack, call: dict[str, Any], seed: int, applicants: int
    ) -> None:
        super().__init__(cast(Stack, memory), call, seed, applicants=applicants)
        self.memory = memory

    def office(self) -> Office:
        """Where the season's people go: applications in this process, one at a time."""
        office = MemoryOffice(
            self.stack, self.seed, _slots=cast(Any, Turnstile(self.memory.world.random))
        )
        office.memory = self.memory
        return office

    async def settle(self) -> None:
        """Let everybody catch up, and the postman make his round."""
        world = self.memory.world
        world.settle()
        while await send_due(self.memory.runtime("notification")):
            world.settle()


@dataclass
class Played:
    """What a season in memory left behind."""

    world: World
    mails: Path
    call_id: str

    @property
    def log_sha256(self) -> str:
        """One hash over every record of the log, in its place, headers and all."""
        return sha256(orjson.dumps(list(self._records()))).hexdigest()

    def _records(self) -> Iterator[Any]:
        for topic, partitions in sorted(self.world.log.topics.items()):
            for records in partitions:
                for r in records:
                    headers = [[name, (value or b"").decode()] for name, value in r.headers]
                    yield [
                        topic,
                        r.partition,
                        r.offset,
                        (r.key or b"").decode(),
                        headers,
                        r.value.decode(),
                    ]


async def play(
    folder: Path, *, seed: int = 1, interleaving: int = 0, applicants: int = 70
) -> Played:
    """Play a season in memory: `seed` draws the people, `interleaving` who is served when."""
    server = await serve(Catcher(folder / "mails"), 0)
    try:
        stack = memory_stack(interleaving, folder, server.sockets[0].getsockname()[1])
        call = load(CAST_2021)
        await MemorySeason(stack, call, seed, applicants).play()
        return Played(stack.world, folder / "mails", str(call["id"]))
    finally:
        server.close()
