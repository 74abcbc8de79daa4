"""The index: every record's headers once, the causal tree of a case, and how far everybody is behind."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from contracts.catalog import CATALOG
from deploy.apart import run_apart
from services.chassis.auth import Actor, token_for
from services.chassis.log import end_of
from services.chassis.migrate import drift, upgrade
from services.chassis.replay import sharing
from services.ops import main as ops
from services.ops.index import Index
from services.ops.lag import with_lag
from services.ops.replays.moment import Moment, moment_of
from services.ops.replays.shares import stores_as_of
from services.ops.store import ends, kinds, story
from tests.chassis.commands import Submit, Withdraw
from tests.chassis.harness import SUBMISSIONS, wire
from tests.chassis.harness_live import SECRET, Live, until
from tests.chassis.probes import submitted
from tests.conftest import ROLE, Administrator

pytestmark = [pytest.mark.kafka, pytest.mark.asyncio(loop_scope="module")]
NOW = "2021-07-01T09:00:00+08:00"


@pytest.fixture(scope="module")
def ops_template(administrator: Administrator) -> Iterator[str]:
    """A database with ops's own tables."""
    name = administrator.create("template0")
    run_apart(upgrade("ops", f"{administrator.cluster.url(ROLE).rpartition('/')[0]}/{name}"))
    yield name
    administrator.drop(name)


@pytest.fixture(scope="module")
def ops_url(administrator: Administrator, ops_template: str) -> Iterator[str]:
    """The store that the index of this module fills."""
    name = administrator.create(ops_template)
    yield f"{administrator.cluster.url(ROLE).rpartition('/')[0]}/{name}"
    administrator.drop(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def log(fresh_log: Live) -> Live:
    """Two applications went all the way; one was withdrawn; a copy is on the wire."""
    for name in ("i1", "i2"):
        await fresh_log.ask("source", Submit(id=name, applicant_id=f"o-{name}"))
    await fresh_log.ask("source", Withdraw(id="i1"))
    await fresh_log.settle()
    copy = wire(submitted(Submit(id="i1", applicant_id="o-i1"), NOW), event_id="copy")
    await fresh_log.send(copy, copy)
    await fresh_log.settle()
    return fresh_log


@asynccontextmanager
async def following(url: str, bootstrap: str) -> AsyncIterator[AsyncSession]:
    """A session on the index, which has read everything there is."""
    task = asyncio.create_task(Index(url, bootstrap).run())
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    at = {place: end for place, end in (await end_of(bootstrap, CATALOG.topics)).items() if end}
    try:
        async with AsyncSession(engine) as session:

            async def level() -> bool:
                found = await ends(session)
                await session.rollback()
                return found == at

            await until("the index has read the log", level)
            yield session
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await engine.dispose()


async def test_the_index_holds_every_record_once(log: Live, ops_url: str) -> None:
    """Started twice, it goes on where it was: nothing is read again."""
    counted: dict[tuple[str, int], int] = {}
    for _ in range(2):
        async with following(ops_url, log.bootstrap) as session:
            counted = {(k["event_type"], k["version"]): k["events"] for k in await kinds(session)}
    assert counted["submission.application_submitted", 2] == 4
    assert counted["submission.application_withdrawn", 1] == 1
    connection = await asyncpg.connect(ops_url)
    seen = await connection.fetchval("select count(*) from seen")
    await connection.close()
    assert seen == sum(counted.values())


async def test_a_case_is_told_causes_first_and_each_event_once(log: Live, ops_url: str) -> None:
    """The tree of one application: what it led to, how deep, and nothing of another."""
    async with following(ops_url, log.bootstrap) as session:
        found = await story(session, "i1")
        nothing = await story(session, "nobody")

    assert nothing == []
    assert {e["event_key"] for e in found} == {"i1"}
    assert [e["event_id"] for e in found].count("copy") == 1
    depth = {e["event_type"]: e["depth"] for e in found if e["event_id"] != "copy"}
    assert depth["submission.application_submitted"] == 0
    assert depth["eligibility.eligibility_assessed"] == 1
    assert depth["document.documents_assessed"] == 2
    at = {e["event_id"]: n for n, e in enumerate(found)}
    for event in found:
        if event["causation_id"] in at:
            assert at[event["causation_id"]] < at[event["event_id"]]


async def test_lag_is_told_in_events_and_in_seconds(log: Live, ops_url: str) -> None:
    """Of a service that stands one record before the end, and of one that is level."""
    async with following(ops_url, log.bootstrap) as session:
        at = {p: n for p, n in (await ends(session)).items() if p.startswith(SUBMISSIONS)}
        place = max(at, key=lambda p: at[p])
        behind = at | {place: at[place] - 1}
        connection = await asyncpg.connect(ops_url)
        topic, _, part = place.rpartition("/")
        logged = await connection.fetchval(
            "select logged_at from seen where topic = $1 and partition = $2 and position = $3",
            topic, int(part), at[place] - 1,
        )  # fmt: skip
        await connection.close()
        standing: dict[str, Any] = {
            "behind": {"consumes": [SUBMISSIONS], "positions": behind},
            "level": {"consumes": [SUBMISSIONS], "positions": at},
            "away": {"faults": {"http": "away"}},
        }
        found = await with_lag(session, standing, now=logged / 1000 + 7)

    assert found["behind"]["lag"] == {
        "events": 1, "seconds": 7, "places": {place: {"events": 1, "seconds": 7}}
    }  # fmt: skip
    assert found["level"]["lag"] == {"events": 0, "seconds": 0, "places": {}}
    assert found["away"]["lag"]["events"] == 0


async def test_ops_answers_over_http(
    log: Live, ops_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trace, log, state of a case, overview of services that are away, and replays fetched later."""
    monkeypatch.setenv("OPS_DATABASE_URL", ops_url)
    monkeypatch.setenv("OPS_KAFKA_BOOTSTRAP_SERVERS", log.bootstrap)
    monkeypatch.setenv("OPS_TOKEN_SECRET", SECRET)
    monkeypatch.setenv("OPS_LOG_LEVEL", "ERROR")
    monkeypatch.setenv("OPS_SERVICES", '{"submission": "http://127.0.0.1:1"}')
    app = ops.create_app()
    token = token_for(SECRET, Actor("one", frozenset({"operator"})))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://ops",
            headers={"authorization": f"Bearer {token}"}, timeout=30,
        ) as http,
    ):  # fmt: skip
        await until("ops is connected", lambda: app.state.cases._cases)
        await until("the case is indexed", lambda: status_is(http, "/v1/traces/i2", 200))
        trace = (await http.get("/v1/traces/i2")).json()
        assert {e["event_key"] for e in trace["events"]} == {"i2"}
        assert (await http.get("/v1/traces/nobody")).status_code == 404
        assert {t["topic"] for t in (await http.get("/v1/log")).json()["types"]} >= {SUBMISSIONS}
        case = (await http.get("/v1/cases/i1", params={"at": NOW, "to": "now"})).json()
        assert case["services"]["submission"]["application"]["i1"]["application_id"] == "i1"
        assert (await http.get("/v1/cases/i1?at=soon")).json()["code"] == "moment_unreadable"
        assert (await http.get("/v1/cases/nobody")).status_code == 404
        overview = (await http.get("/v1/overview")).json()
        assert overview["ready"] == {"submission": False}
        assert "error" in (await http.get("/v1/dead-letters")).json()["services"]["submission"]
        await _replayed(http)


async def status_is(http: httpx.AsyncClient, path: str, status: int) -> bool:
    """Whether this is what is answered now."""
    return (await http.get(path)).status_code == status


async def _replayed(http: httpx.AsyncClient) -> None:
    """A replay is started, refuses a second one beside it, and is fetched when it is done."""
    started = await http.post("/v1/replays/what-ifs", json={"changes": {"selection": {}}})
    busy = await http.post("/v1/replays/verifications", json={})
    assert started.status_code == 202
    assert busy.status_code in (202, 409)
    for answer in (started, busy):
        if answer.status_code != 202:
            continue

        async def row(replay: str = answer.json()["id"]) -> Any:
            said = (await http.get(f"/v1/replays/{replay}")).json()
            return said if said["state"] != "running" else None

        await until("the replay is done", row)
        assert (await row())["state"] == "done"
    assert (await http.get("/v1/replays/nowhere")).status_code == 404


async def test_the_migrations_make_the_declared_tables(ops_url: str) -> None:
    """Ops's own and the chassis's, proposals included."""
    assert await drift("ops", ops_url) == []


async def test_nothing_that_goes_wrong_ends_the_index(
    log: Live, ops_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a batch runs into, it starts over: ops would be blind until somebody noticed."""
    tried = asyncio.Event()

    async def fails(*_: Any) -> None:
        tried.set()
        raise asyncpg.UniqueViolationError("a place is there already")

    index = Index(ops_url, log.bootstrap)
    monkeypatch.setattr(index, "_follow", fails)
    running = asyncio.create_task(index.run())
    await asyncio.wait_for(tried.wait(), 10)
    await asyncio.sleep(0)

    assert not running.done()
    running.cancel()


async def test_shares_of_a_store_put_together_are_the_store(
    log: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes fold half the partitions each; rows and added counters are those of one."""
    moments = [moment_of("2021-07-01T08:59:59+08:00"), Moment()]
    alone = await stores_as_of("notification", log.bootstrap, moments, rows=True)
    monkeypatch.setattr(sharing, "ALONE_RECORDS_MAX", 0)
    together = await stores_as_of("notification", log.bootstrap, moments, rows=True)

    assert [store.events for store in together] == [store.events for store in alone]
    assert [store.counts for store in together] == [store.counts for store in alone]
    assert [store.tables for store in together] == [store.tables for store in alone]
    assert sum(alone[0].counts.values()) == 0 < sum(alone[1].counts.values())
