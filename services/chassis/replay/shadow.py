"""The shadow schema: the rebuilt tables beside the live ones, until they take their place."""

from collections.abc import Iterable
from typing import Any

import asyncpg

from services.chassis.model import Service
from services.chassis.replay.folding import Folder
from services.chassis.sql import column_type, quoted, table_hash_query
from services.chassis.tables import Pk, Spec

SHADOW = "shadow"
CONSTRAINTS = """
select conname, pg_get_constraintdef(oid) as definition from pg_constraint
where conrelid = $1::regclass and contype in ('p', 'u', 'c')
"""
INDEXES = """
select indexdef from pg_indexes where schemaname = 'public' and tablename = $1
and indexname not in (select conname from pg_constraint where conrelid = $2::regclass)
"""
Hashes = dict[str, tuple[str, int]]
"""Per table the canonical hash and the number of rows."""


def folded(service: Service) -> list[Spec]:
    """The tables that are a fold of the log: all but workspace."""
    return [s for s in service.tables if s.kind != "workspace"]


async def hashes(connection: asyncpg.Connection, service: Service, schema: str) -> Hashes:
    """The canonical hash of every folded table of a schema."""
    found: Hashes = {}
    for spec in folded(service):
        (row,) = await connection.fetch(table_hash_query(spec, schema))
        found[spec.name] = row["hash"], row["rows"]
    return found


class Shadow:
    """The tables of one service, made a second time."""

    def __init__(self, service: Service, connection: asyncpg.Connection) -> None:
        self.service = service
        self.connection = connection

    async def fill(self, folder: Folder) -> None:
        """Make the tables and copy every row of a folder into them; indexes come last."""
        await self.make()
        for spec in folded(self.service):
            await self.copy(spec, folder.rows(spec.name).values())
        await self.index()

    async def make(self) -> None:
        """Make the tables, empty and without indexes."""
        await self.drop()
        await self.connection.execute(f"create schema {SHADOW}")
        for spec in folded(self.service):
            name = quoted(spec.name)
            await self.connection.execute(
                f"create table {SHADOW}.{name} (like public.{name} including defaults)"
            )

    async def index(self) -> None:
        """Give every table the constraints and indexes its live one has."""
        for spec in folded(self.service):
            await self._index(spec)

    async def drop(self) -> None:
        """Take the shadow away, whole or half made."""
        await self.connection.execute(f"drop schema if exists {SHADOW} cascade")

    async def merge(self, folder: Folder, touched: Iterable[tuple[str, Pk]]) -> None:
        """Bring rows that changed since `fill` up to what the folder holds now."""
        changed: dict[str, list[Pk]] = {}
        for table, pk in touched:
            changed.setdefault(table, []).append(pk)
        for table, pks in changed.items():
            spec = self.service.spec(table)
            held = folder.rows(table)
            await self._delete(spec, pks)
            await self.copy(spec, [held[pk] for pk in pks if pk in held])

    async def take_over(self) -> None:
        """Put the shadow's tables in the place of the live ones; for use inside a transaction."""
        for spec in folded(self.service):
            name = quoted(spec.name)
            await self.connection.execute(f"drop table public.{name}")
            await self.connection.execute(f"alter table {SHADOW}.{name} set schema public")

    async def copy(self, spec: Spec, rows: Iterable[Any]) -> None:
        """Copy rows into one table."""
        await self.connection.copy_records_to_table(
            spec.name, schema_name=SHADOW, columns=list(spec.columns),
            records=[spec.encode(row) for row in rows],
        )  # fmt: skip

    async def _delete(self, spec: Spec, pks: list[Pk]) -> None:
        columns = ", ".join(quoted(c) for c in spec.primary)
        arrays = ", ".join(
            f"${i}::{column_type(spec, c)}[]" for i, c in enumerate(spec.primary, start=1)
        )
        await self.connection.execute(
            f"delete from {SHADOW}.{quoted(spec.name)} where ({columns}) in "
            f"(select * from unnest({arrays}))",
            *[[pk[i] for pk in pks] for i in range(len(spec.primary))],
        )

    async def _index(self, spec: Spec) -> None:
        """Constraints and indexes under the very names the live table's have."""
        live = f"public.{quoted(spec.name)}"
        table = f"{SHADOW}.{quoted(spec.name)}"
        for row in await self.connection.fetch(CONSTRAINTS, live):
            await self.connection.execute(
                f"alter table {table} add constraint {quoted(row['conname'])} {row['definition']}"
            )
        for row in await self.connection.fetch(INDEXES, spec.name, live):
            definition = row["indexdef"].replace(" ON public.", f" ON {SHADOW}.", 1)
            await self.connection.execute(definition)
        await self.connection.execute(f"analyze {table}")
