"""Migrations: the chassis's branch and the service's own, run together in the service's database."""

import asyncio
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from services.chassis.store import CHASSIS
from services.chassis.tables import Tables

HERE = Path(__file__).parent / "migrations"
LOCK = 7306_3


def tables_of(service: str) -> Tables:
    """The tables a service declares in its store module."""
    return import_module(f"services.{service}.store").TABLES  # type: ignore[no-any-return]


def _config(service: str) -> Config:
    config = Config()
    own = HERE.parents[1] / service / "migrations"
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{HERE / 'versions'}\n{own}")
    config.attributes["metadata"] = [CHASSIS.metadata, tables_of(service).metadata]
    return config


async def upgrade(service: str, url: str) -> None:
    """Bring a service's database to the newest schema; one replica at a time does it."""
    await _with_connection(url, lambda connection: _upgrade(service, connection))


def _upgrade(service: str, connection: Connection) -> None:
    connection.exec_driver_sql("set lock_timeout = '5s'")
    connection.exec_driver_sql(f"select pg_advisory_xact_lock({LOCK})")
    config = _config(service)
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")


async def drift(service: str, url: str) -> list[Any]:
    """What differs between the declared tables and a migrated database; empty when nothing does."""
    found: list[Any] = []

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found.extend(
            compare_metadata(context, metadata)  # type: ignore[arg-type]
            for metadata in [[CHASSIS.metadata, tables_of(service).metadata]]
        )

    await _with_connection(url, compare)
    return [change for changes in found for change in changes]


async def write_revision(service: str, url: str, message: str) -> None:
    """Write the migration that brings the newest schema to the declared tables: for developers."""
    own = HERE.parents[1] / service / "migrations"
    own.mkdir(exist_ok=True)
    first = not any(own.glob("0*.py"))
    number = f"{len(list(own.glob('0*.py'))) + 1:04d}"

    def write(connection: Connection) -> None:
        config = _config(service)
        config.attributes["connection"] = connection
        command.revision(
            config, message, autogenerate=True, version_path=str(own), rev_id=f"{service}_{number}",
            head="base" if first else f"{service}@head", branch_label=service if first else None,
        )  # fmt: skip

    await _with_connection(url, write)


async def _with_connection(url: str, work: Any) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(write_revision(*sys.argv[1:4]))
