"""A service on a real database with its real writer and routes, without a broker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import httpx
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.catalog import CATALOG
from contracts.event import Envelope, Event, partition_of
from deploy.apart import run_apart
from services.chassis import migrate
from services.chassis.auth import Actor, token_for
from services.chassis.causes import Record
from services.chassis.ids import derived
from services.chassis.store import CHASSIS
from services.chassis.tables import Row, Tables
from tests.conftest import ROLE, Administrator

SECRET = "a-secret-of-the-tests"
NOW = "2021-07-05T10:00:00+08:00"


def template_of(administrator: Administrator, tables: Tables) -> str:
    """The name of a database with the chassis's tables and a service's own, to be copied."""
    name = administrator.create("template0")
    base = administrator.cluster.url(ROLE).rpartition("/")[0]
    run_apart(_build(f"{base}/{name}", tables))
    return name


async def _build(url: str, tables: Tables) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.begin() as connection:
        await connection.run_sync(_migrate_chassis)
        await connection.run_sync(tables.metadata.create_all)
    await engine.dispose()


def _migrate_chassis(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(migrate.HERE / "versions"))
    config.attributes |= {"connection": connection, "metadata": CHASSIS.metadata}
    command.upgrade(config, "heads")


class Alone:
    """One application under test: `client` speaks HTTP, `hears` puts events of others in."""

    def __init__(self, app: FastAPI) -> None:
        self.runtime = app.state.runtime
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://service")
        self.offsets = count()

    async def hears(self, event: Event, at: str = NOW) -> None:
        """Take one event as the intake would."""
        number = next(self.offsets)
        envelope = Envelope(
            id=derived(str(number), event.TYPE), type=event.TYPE, version=event.VERSION,
            source="test", time=at, key=event.key, correlation_id=event.key, causation_id="",
        )  # fmt: skip
        record = Record(
            CATALOG.topic_of(type(event)), partition_of(event.key), number, event.key.encode(),
            envelope.headers(-1), event.to_json(),
        )  # fmt: skip
        await self.runtime.writer.take([record])

    async def rows(self, table: type[Row]) -> list[Any]:
        """Every row of a table."""
        async with self.runtime.queries.engine.connect() as connection:
            found = await connection.execute(table.Table.__table__.select())
            return list(found)

    def headers(self, role: str, subject: str = "", now: str = NOW) -> dict[str, str]:
        """Who asks, and when."""
        actor = Actor(f"{role}-{subject or 1}", frozenset({role}), subject)
        return {"Authorization": f"Bearer {token_for(SECRET, actor)}", "Mingjing-Now": now}


@contextlib.asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[Alone]:
    """The application with its writer running; relay, intake and jobs stay off."""
    alone = Alone(app)
    writer = asyncio.create_task(alone.runtime.writer.run())
    try:
        yield alone
    finally:
        writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writer
        await alone.client.aclose()
        await alone.runtime.writer.database.close()
        await alone.runtime.queries.engine.dispose()
