"""Every service's tables: migrated without drift, fed as declared, and workspace named by name."""

from collections.abc import Callable
from importlib import import_module

import asyncpg
import pytest

from services.chassis.migrate import drift, tables_of, upgrade
from services.chassis.model import Service
from tests.architecture.guards import ROOT, SERVICES

WITH_STORE = (*SERVICES, "ops")
WORKSPACE = {
    "submission": {"draft", "objection_contact"},
    "finance": {"budget_draft", "certificate_draft", "payment_draft", "resolution_draft"},
    "notification": {"attempt"},
}
"""What is no fold of the log, and so neither rebuilt from it nor proved by it."""


def service_of(name: str) -> Service:
    """What a service declares."""
    declared: Service = import_module(f"services.{name}.main").SERVICE
    return declared


@pytest.mark.parametrize("name", WITH_STORE)
async def test_migrations_make_the_tables_that_are_declared(
    name: str, database: Callable[[], str]
) -> None:
    """From an empty database on, and a second time: nothing differs, nothing is left to do."""
    url = database()
    await upgrade(name, url)
    await upgrade(name, url)

    assert await drift(name, url) == []


async def test_drift_is_noticed(database: Callable[[], str], administrator: object) -> None:
    """One column more than declared."""
    url = database()
    await upgrade("review", url)
    table = next(iter(tables_of("review"))).name
    await run(url, f'alter table "{table}" add column planted text')

    assert [change[0] for change in await drift("review", url)] == ["remove_column"]


async def run(url: str, statement: str) -> None:
    """Run one statement."""
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize("name", SERVICES)
def test_every_table_is_fed_or_named_here(name: str) -> None:
    """Law 10: a table is folded or counted by some fold, or it is workspace and stands below."""
    service = service_of(name)
    fed = {table for one in service.folds for table in (*one.into, *one.counts)}

    for spec in service.tables:
        assert (spec.name in fed) == (spec.kind in ("folded", "counted")), spec.name
    assert {s.name for s in service.tables if s.kind == "workspace"} == WORKSPACE.get(name, set())


def test_every_service_is_in_the_tests() -> None:
    """A seventh service is added to the list, or this fails."""
    found = {p.parent.name for p in (ROOT / "services").glob("*/store*") if p.suffix in ("", ".py")}
    assert found == {*WITH_STORE, "chassis"}
