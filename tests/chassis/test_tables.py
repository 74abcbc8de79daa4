"""Rows in the database: the hot path, SQLModel and the cache all mean the same by them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlmodel import Field, col, select

from contracts.submission import ApplicationSubmitted
from services.chassis.batch import Batch
from services.chassis.database import Database
from services.chassis.model import LawBroken, Need, Service, fold
from services.chassis.rows import Cache
from services.chassis.runtime import Runtime
from services.chassis.settings import ServiceSettings
from services.chassis.sql import commit_schema, table_hash_query
from services.chassis.store import CHASSIS
from services.chassis.tables import Row, Tables, json_field
from tests.chassis.harness_live import SECRET
from tests.chassis.probes import PROBES

NOWHERE = "127.0.0.1:1"
KINDS = Tables("kinds")


@KINDS.folded(topic="submission.events", key="id", sets=(("group",), ("group", "flag")))
class Order(Row):
    """Every kind of column; its own name and one column's are words of SQL."""

    id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    group: str
    flag: bool
    amount: int
    text: str | None = None
    count: int | None = None
    listed: list[Any] = json_field(default_factory=list)
    document: dict[str, Any] = json_field(default_factory=dict)
    perhaps: dict[str, Any] | None = json_field(default=None)


@KINDS.counted(topic="submission.events")
class Total(Row):
    """A counter under two columns."""

    id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    amount: int = 0
    times: int = 0


@KINDS.workspace(sets=(("owner",),))
class Scratch(Row):
    """Nothing but its key and an owner."""

    id: str = Field(primary_key=True)
    owner: str


SERVICE = Service("kinds", None, KINDS)
TEXTS = ["", "a", "值 '\"\\\n\t", "NULL", "null", "😀", "{}", "(1,2)", " x ", "é" * 50]
DOCUMENTS: list[dict[str, Any]] = [
    {},
    {"b": 1, "a": "值", "c": [1, 2.5, None, True, {"d": "\\\"'"}]},
    {"big": 2**63 - 1, "small": -(2**63), "fraction": 0.1, "nul": "\0"},
]


def orders(seed: int, count: int) -> list[Order]:
    """Rows of every kind of value, the same for a seed."""
    random = Random(seed)  # noqa: S311 (no secret)
    return [
        Order(
            id=f"{n}{random.choice(TEXTS)}", number=random.randint(-(2**63), 2**63 - 1),
            group=random.choice(TEXTS[:3]), flag=random.random() < 0.5,
            amount=random.randint(0, 2**53), text=random.choice([None, *TEXTS]),
            count=random.choice([None, 0, -1, 2**62]), listed=random.choice([[], [1, "值"], [[]]]),
            document=random.choice(DOCUMENTS), perhaps=random.choice([None, {}, {"a": None}]),
        )
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture
async def database(database: Callable[..., str], template: str) -> Any:
    """An address with the chassis's tables and ours."""
    url = database(template)
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.begin() as connection:
        await connection.run_sync(KINDS.metadata.create_all)
    await engine.dispose()
    return url


async def commit(url: str, *rows: Row, counts: Any = ()) -> None:
    """Write rows as the writer does."""
    store = Database(SERVICE, url)
    await store.connect()
    head, _ = await store.read_head()
    batch = Batch()
    for row in rows:
        batch.changes.rows[row.spec.name, row.spec.pk_of(row)] = row
    for key, amounts in counts:
        batch.changes.counts[key.table, key.pk] = amounts
    assert await store.commit(head, batch, "", "") == head.version + 1
    await store.close()


async def hash_of(url: str, table: type[Row]) -> tuple[str, int]:
    """The canonical hash of a table and its number of rows."""
    connection = await asyncpg.connect(url)
    found = await connection.fetchrow(table_hash_query(table.spec))
    await connection.close()
    assert found is not None
    return found["hash"], found["rows"]


async def empty(url: str, table: type[Row]) -> None:
    """Remove every row."""
    connection = await asyncpg.connect(url)
    await connection.execute(f'truncate "{table.spec.name}"')
    await connection.close()


@asynccontextmanager
async def session_on(url: str) -> AsyncIterator[AsyncSession]:
    """A session as a service's queries have it."""
    settings = ServiceSettings(
        database_url=url, kafka_bootstrap_servers=NOWHERE, token_secret=SecretStr(SECRET)
    )
    runtime = Runtime(SERVICE, settings)
    async with runtime.session() as session:
        yield session
    await runtime.stop()


async def test_the_hot_path_and_sqlmodel_write_the_same_bytes(database: str) -> None:
    """Every kind of column and value; what is NULL for one is NULL for the other."""
    rows = orders(1, 200)
    await commit(database, *rows)
    hot = await hash_of(database, Order)
    await empty(database, Order)
    async with session_on(database) as session:
        session.add_all([Order.Table(**row.__dict__) for row in rows])
        await session.commit()

    assert await hash_of(database, Order) == hot
    assert hot[1] == 200


async def test_sqlmodel_reads_what_the_hot_path_wrote(database: str) -> None:
    """The queries of a service see every value as it was."""
    rows = orders(2, 100)
    await commit(database, *rows)
    async with session_on(database) as session:
        query = select(Order.Table).order_by(col(Order.Table.id), col(Order.Table.number))
        found = [row.model_dump() for row in await session.scalars(query)]

    expected = sorted(rows, key=lambda row: (row.id, row.number))
    assert found == [row.model_dump() for row in expected]


async def test_the_cache_loads_what_the_hot_path_wrote(database: str) -> None:
    """All at once when warm, and by key and by set when cold: the same rows, value for value."""
    rows = orders(3, 100)
    await commit(database, *rows, Scratch(id="s", owner="o"))
    store = Database(SERVICE, database)
    await store.connect()
    warm, cold = Cache(KINDS), Cache(KINDS)
    await store.warm(warm, 1_000)
    needs: list[Need] = [Order.key(row.id, row.number) for row in rows[:50]]
    needs += [Order.of(group=text) for text in TEXTS[:3]]
    needs += [Order.key("absent", 0), Scratch.of(owner="o"), Scratch.of(owner="nobody")]
    await store.load(cold, needs)
    await store.close()

    held = {Order.spec.pk_of(row): row for row in rows}
    assert warm.rows["order"] == held
    assert {pk: row for pk, row in cold.rows["order"].items() if row} == held
    assert cold.rows["order"]["absent", 0] is None
    for text in TEXTS[:3]:
        assert cold.every(Order.of(group=text)) == warm.every(Order.of(group=text))
    assert [row.id for row in cold.every(Scratch.of(owner="o"))] == ["s"]  # type: ignore[attr-defined]
    assert cold.every(Scratch.of(owner="nobody")) == []


async def test_a_row_written_again_is_replaced_and_a_counter_is_added_to(database: str) -> None:
    """Two commits: the later row stands; the amounts of both are in the counter."""
    first = orders(4, 1)[0]
    later = first.but(text="later", perhaps=None, flag=not first.flag)
    key = Total.key("t", -1)
    await commit(database, first, counts=[(key, {"amount": 2, "times": 1})])
    await commit(database, later, counts=[(key, {"amount": -5})])
    async with session_on(database) as session:
        (order,) = await session.scalars(select(Order.Table))
        (total,) = await session.scalars(select(Total.Table))

    assert order.model_dump() == later.model_dump()
    assert total.model_dump() == {"id": "t", "number": -1, "amount": -3, "times": 1}


async def test_two_services_start_at_once_on_one_database(database: str) -> None:
    """The commit function is made by whoever comes first; nobody fails."""
    stores = [Database(SERVICE, database) for _ in range(6)]
    await asyncio.gather(*(store.connect() for store in stores))
    for store in stores:
        await store.close()


def test_the_commit_function_is_named_by_what_it_does() -> None:
    """The same tables give the same name in every process; other tables another one."""
    again = commit_schema(KINDS)
    assert again == commit_schema(KINDS)
    assert again[0] == "commit_6d728f680a93"
    assert len({commit_schema(service.tables)[0] for service in PROBES} | {again[0]}) == 4


def test_workspace_is_named_here() -> None:
    """What is not a fold of the log, and so is not rebuilt from it: the chassis's own tables."""
    assert {spec.name for spec in CHASSIS} == {
        "head", "outbox", "relay", "dead_letter", "replayed_answer", "audit", "proposal",
    }  # fmt: skip
    assert {spec.kind for spec in CHASSIS} == {"workspace"}


def test_a_row_is_checked_when_it_is_made_and_never_changes() -> None:
    """Unlike a table class of SQLModel, which takes whatever it is given."""
    with pytest.raises(ValidationError):
        Scratch(id=1, owner="o")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Scratch(id="s")  # type: ignore[call-arg]
    row = Scratch(id="s", owner="o")
    with pytest.raises(ValidationError):
        row.owner = "another"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        row.but(owner=7)
    assert row.but(owner="p").owner == "p"
    assert row.owner == "o"


def test_only_declared_sets_can_be_named() -> None:
    """A set that is not declared has no index, in memory or in the database."""
    with pytest.raises(LookupError, match="declares no set"):
        Order.of(amount=1)


def test_a_table_says_who_it_is() -> None:
    """A table without a primary key, or with a key column it lacks, is refused."""
    with pytest.raises(TypeError, match="primary key"):

        @KINDS.workspace()
        class Keyless(Row):
            id: str

    with pytest.raises(TypeError, match="does not exist"):

        @KINDS.folded(topic="submission.events", key="other")
        class Misnamed(Row):
            id: str = Field(primary_key=True)

    with pytest.raises(LawBroken, match="folded tables only"):
        fold(ApplicationSubmitted, into=[Total])
