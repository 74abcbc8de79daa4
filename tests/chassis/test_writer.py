"""The writer against a database that fails at the worst moments, and one that refuses a row."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from contracts.event import Event
from services.chassis.errors import Conflict, Invalid, NotFound, Transient
from services.chassis.model import Answer
from services.chassis.runtime import Runtime
from services.chassis.settings import ServiceSettings
from tests.chassis.commands import Append, Submit, Withdraw, Write
from tests.chassis.harness import application, command, wire
from tests.chassis.harness_live import SECRET, Live, answer_of, until
from tests.chassis.probes import MIDDLE_SERVICE, SOURCE_SERVICE, Case, Note, Seen
from tests.chassis.proxy import Proxy
from tests.conftest import ROLE, Administrator

pytestmark = pytest.mark.kafka


@pytest_asyncio.fixture
async def source(live: Callable[..., Any]) -> Live:
    """The source alone: it reads no topic, so it starts at once."""
    return await live(SOURCE_SERVICE)  # type: ignore[no-any-return]


@pytest_asyncio.fixture
async def wired(source: Live) -> AsyncIterator[tuple[Live, Runtime, Proxy]]:
    """A second replica of the source, whose wire to the database we hold; its cache is warm."""
    async with Proxy(source.urls["source"], "source.writer") as proxy:
        replica = await source.add("source", url=proxy.url)
        await ask(replica, Write("warm", "x"))
        yield source, replica, proxy
        await source.remove(replica)


async def ask(replica: Runtime, body: Any, key: str = "") -> Any:
    """The answer of one replica."""
    return await answer_of(replica, command(body, key=key))


async def notes(source: Live) -> dict[str, str]:
    """Every note's text."""
    return {note.id: note.text for note in await source.rows(Note) if note.id != "warm"}


async def test_a_commit_whose_reply_is_lost_is_recognised(wired: Any) -> None:
    """Neither the row nor the answer is doubled: the head names the transaction."""
    source, replica, proxy = wired
    cut = proxy.cut("once", "reply lost")
    answer = await ask(replica, Append("n", "once"))

    assert cut.fired.is_set()
    assert answer == Answer(200, {"text": "once"})
    assert await notes(source) == {"n": "once"}
    assert await ask(replica, Append("n", "+")) == Answer(200, {"text": "once+"})


async def test_a_commit_that_never_arrived_is_made_again(wired: Any) -> None:
    """The counterpart: the same silence, and nothing had happened."""
    source, replica, proxy = wired
    cut = proxy.cut("once", "request lost")
    answer = await ask(replica, Append("n", "once"))

    assert cut.fired.is_set()
    assert answer == Answer(200, {"text": "once"})
    assert await notes(source) == {"n": "once"}


async def test_silence_after_silence_changes_nothing(wired: Any) -> None:
    """The database goes away once more just as the writer asks what became of its commit."""
    source, replica, proxy = wired
    cuts = [proxy.cut("once", "reply lost"), proxy.cut("from head", "request lost")]
    answer = await ask(replica, Append("n", "once"))

    assert all(cut.fired.is_set() for cut in cuts)
    assert answer == Answer(200, {"text": "once"})
    assert await notes(source) == {"n": "once"}


async def test_a_commit_still_under_way_is_not_made_twice(wired: Any) -> None:
    """Cut off from a transaction that waits for a lock, the writer makes sure of its end first."""
    source, replica, proxy = wired
    locked = source.connections["source"].transaction()
    await locked.start()
    await source.fetch("source", "lock table note in exclusive mode")
    cut = proxy.cut("once", "under way")
    asked = asyncio.create_task(ask(replica, Append("n", "once")))
    await asyncio.wait_for(cut.fired.wait(), 10)
    await until(
        "the writer noticed", lambda: replica.writer._attempts
    )  # until it has written again
    await asyncio.sleep(0.3)
    await locked.rollback()

    assert await asked == Answer(200, {"text": "once"})
    assert await notes(source) == {"n": "once"}


async def test_who_waits_when_the_service_stops_is_told_so(source: Live) -> None:
    """At once, and not after the longest time an answer may take."""
    (runtime,) = source.runtimes["source"]
    locked = source.connections["source"].transaction()
    await locked.start()
    await source.fetch("source", "lock table note in exclusive mode")
    under_way = asyncio.create_task(ask(runtime, Append("n", "x")))
    await until("it is being written", lambda: runtime.writer._asked)
    waiting = asyncio.create_task(ask(runtime, Append("n", "y")))
    await until("the next one waits", lambda: runtime.writer._asks)
    await source.remove(runtime)
    told = await asyncio.wait_for(asyncio.gather(under_way, waiting), 10)
    await locked.rollback()

    assert [type(answer) for answer in told] == [Transient, Transient]


async def test_a_service_whose_task_ended_says_so(source: Live) -> None:
    """Only a bug can end a task; whoever watches must start the process again."""
    (runtime,) = source.runtimes["source"]
    assert runtime.ended() == []
    runtime._tasks[0].cancel()
    await until("it has ended", lambda: runtime.ended() == ["source.writer"])

    assert "source.writer" in runtime.faults()


async def test_when_nobody_can_tell_the_asker_is_told_so(wired: Any) -> None:
    """Our reply was lost and a neighbour committed after us: not doubled, and not claimed."""
    source, replica, proxy = wired
    other = source.runtimes["source"][0]
    cut = proxy.cut("once", "reply lost")
    proxy.passes.clear()
    asked = asyncio.create_task(ask(replica, Append("n", "once")))
    keyed = asyncio.create_task(ask(replica, Append("k", "keyed"), key="k"))
    await asyncio.wait_for(cut.fired.wait(), 10)
    await ask(other, Write("theirs", "x"))
    proxy.passes.set()

    assert isinstance(await asked, Transient)
    assert await keyed == Answer(200, {"text": "keyed"})
    assert await notes(source) == {"n": "once", "k": "keyed", "theirs": "x"}


async def test_who_gave_up_before_it_began_is_not_served(wired: Any) -> None:
    """Told to ask again, they may: what they asked first must not come on top of it later."""
    source, replica, proxy = wired
    cut = proxy.cut("first", "reply lost")
    proxy.passes.clear()
    asked = asyncio.create_task(ask(replica, Append("n", "first")))
    await asyncio.wait_for(cut.fired.wait(), 10)
    late = asyncio.create_task(ask(replica, Append("late", "x")))
    await asyncio.sleep(0.05)
    late.cancel()
    proxy.passes.set()

    assert await asked == Answer(200, {"text": "first"})
    assert await ask(replica, Append("n", "+")) == Answer(200, {"text": "first+"})
    assert await notes(source) == {"n": "first+"}


async def test_an_operator_who_hangs_up_does_not_end_the_writer(source: Live) -> None:
    """The errand is done, nobody waits for its answer, and commands are taken as before."""
    (replica,) = source.runtimes["source"]
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def errand() -> None:
        begun.set()
        await go_on.wait()

    sent = asyncio.create_task(replica.writer.exclusively(errand))
    await asyncio.wait_for(begun.wait(), 10)
    sent.cancel()
    await asyncio.gather(sent, return_exceptions=True)
    go_on.set()

    assert await ask(replica, Write("n", "x")) == Answer(200, {"text": "x"})


async def test_a_schema_of_another_release_is_waited_for(source: Live) -> None:
    """A column that is not there says nothing of the data: nothing is refused, all is done later."""
    (replica,) = source.runtimes["source"]
    await source.fetch("source", "alter table note rename text to words")
    asked = asyncio.create_task(ask(replica, Write("n", "x")))
    await until("the writer noticed", lambda: "database" in replica.faults() or asked.done())
    await asyncio.sleep(0.2)
    assert not asked.done()
    await until("it says so again", lambda: "database" in replica.faults())
    await source.fetch("source", "alter table note rename words to text")

    assert await asked == Answer(200, {"text": "x"})
    assert replica.faults().get("database") is None


async def test_a_lost_race_is_run_again(source: Live) -> None:
    """Two replicas append to one note at once: every word is kept, whoever lost."""
    await source.add("source")
    bodies = [Append("n", f"{n:02},") for n in range(40)]
    for start in range(0, 40, 2):
        await source.ask_all("source", [command(body) for body in bodies[start : start + 2]])

    text = (await notes(source))["n"]
    assert sorted(text.split(",")[:-1]) == [f"{n:02}" for n in range(40)]
    assert sum(r.metrics.lost_races._value.get() for r in source.runtimes["source"]) > 0


async def test_a_refusal_is_never_stale(source: Live) -> None:
    """What one replica has said is known to the other, also when it would write nothing."""
    one, two = source.runtimes["source"][0], await source.add("source")
    assert isinstance(await ask(two, Withdraw("a1")), NotFound)
    await ask(one, Submit("a1", "o1"))

    assert await ask(two, Withdraw("a1")) == Answer(200, {"application_id": "a1"})
    assert isinstance(await ask(one, Submit("a2", "o1")), Conflict)


async def test_a_service_waits_for_a_database_that_is_not_made_yet(
    broker: str, database: Callable[..., str], template: str, administrator: Administrator
) -> None:
    """It may be started before its database; what it is asked meanwhile is answered then."""
    url = database()
    name = url.rpartition("/")[2]
    administrator.drop(name)
    settings = ServiceSettings(
        database_url=url, kafka_bootstrap_servers=broker, token_secret=SecretStr(SECRET)
    )
    runtime = Runtime(SOURCE_SERVICE, settings)
    await runtime.start()
    asked = asyncio.create_task(ask(runtime, Write("n", "x")))
    await asyncio.sleep(0.3)
    assert set(runtime.faults()) == {"database", "relay"}
    administrator.execute(f'CREATE DATABASE "{name}" OWNER "{ROLE}" TEMPLATE "{template}"')

    assert await asked == Answer(200, {"text": "x"})
    await until("the service is ready", lambda: not runtime.faults())
    await runtime.stop()


UNSTORABLE = {
    "NUL": {"title": "a\0b"},
    "JSON number": {"form": {"n": 10**30}},
    "lone surrogate": {"title": "\ud800"},
    "surrogate in JSON": {"form": {"n": "\ud800"}},
}


@pytest.mark.parametrize("what", UNSTORABLE)
async def test_what_cannot_be_stored_is_refused_alone(source: Live, what: str) -> None:
    """The asker is told to mend it; neighbours in the same commit are answered as ever."""
    bad = Submit("bad", "bad", **UNSTORABLE[what])  # type: ignore[arg-type]
    asks = [Submit("a1", "o1"), bad, Submit("a2", "o2")]
    first, refused, last = await source.ask_all("source", [command(body) for body in asks])

    assert isinstance(refused, Invalid)
    assert refused.code == "value_not_storable"
    assert (first.status, last.status) == (201, 201)
    assert [case.id for case in await source.rows(Case)] == ["a1", "a2"]


async def test_a_name_that_cannot_be_looked_up_is_refused(live: Callable[..., Any]) -> None:
    """A cold cache asks the database for a key that no database can hold."""
    source = await live(SOURCE_SERVICE, cache_rows_max=0)
    refused, fine = await source.ask_all(
        "source", [command(Write("a\0b", "x")), command(Write("n", "x"))]
    )

    assert isinstance(refused, Invalid)
    assert fine == Answer(200, {"text": "x"})


async def test_a_record_the_store_refuses_is_parked_alone(live: Callable[..., Any]) -> None:
    """Bisected out of its batch: its key waits, its neighbours are committed, intake goes on."""
    middle = await live(MIDDLE_SERVICE)
    events: list[Event] = [application(n) for n in range(30)]
    events[17] = application(17, title="a\0b")
    await middle.send(*(wire(event) for event in events))
    await middle.settle()

    assert [(x.key, x.state, x.code) for x in await middle.letters("middle")] == [
        ("a17", "parked", "store_refused")
    ]
    assert {s.id for s in await middle.rows(Seen)} == {f"a{n}" for n in range(30) if n != 17}
