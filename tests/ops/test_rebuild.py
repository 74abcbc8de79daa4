"""Rebuild: the log folded again beside the live store, and swapped in while it keeps writing."""

import asyncio

import pytest

from services.chassis.model import Service
from services.chassis.replay import Folder, rebuild, rebuilding, sharing
from services.chassis.replay.cut import read_cut
from services.chassis.replay.source import Source
from tests.chassis.commands import Submit, Withdraw
from tests.chassis.harness import SUBMISSIONS, call, wire
from tests.chassis.harness_live import Live
from tests.chassis.probes import MIDDLE_SERVICE, SINK_SERVICE, SOURCE_SERVICE, Heard, Seen

pytestmark = [pytest.mark.kafka, pytest.mark.asyncio(loop_scope="module")]
SOURCE = "tests.chassis.probes:SOURCE_SERVICE"
MIDDLE = "tests.chassis.probes:MIDDLE_SERVICE"
AUDITS = "select act, detail ->> 'differing' from audit where actor = $1"
INDEXES = """
select tablename, indexname from pg_indexes where schemaname = 'public' order by 1, 2
"""


async def rebuilt(it: Live, service: Service, **how: object) -> dict[str, object]:
    """The report of a rebuild of one running service."""
    done = await rebuild(service, it.urls[service.name], it.bootstrap, **how)  # type: ignore[arg-type]
    return done.to_json()


async def traffic(it: Live, prefix: str, stop: asyncio.Event) -> int:
    """Submit, and withdraw every third, until told to stop; how many were submitted."""
    number = 0
    while not stop.is_set():
        name = f"{prefix}{number}"
        await it.ask("source", Submit(id=name, applicant_id=f"o-{name}"))
        if number % 3 == 0:
            await it.ask("source", Withdraw(id=name))
        number += 1
    return number


async def test_a_swap_takes_in_what_arrives_while_it_runs(fresh_log: Live) -> None:
    """Live traffic never stops, every swap is equal, and afterwards nothing is missing or doubled."""
    it, stop = fresh_log, asyncio.Event()
    asking = asyncio.create_task(traffic(it, "a", stop))
    reports = []
    for service in (SOURCE_SERVICE, MIDDLE_SERVICE, SINK_SERVICE) * 2:
        await asyncio.sleep(0.1)
        reports.append(await rebuilt(it, service, swap=True))
    stop.set()
    number = await asking
    await it.settle()
    assert [(r["equal"], r["swapped"]) for r in reports] == [(True, True)] * 6
    assert sum(int(str(r["caught_up"])) for r in reports) > 0, "the traffic was not under way"
    heard = [row for row in await it.rows(Heard) if row.application_id.startswith("a")]
    assert len(heard) == number > 0
    assert {row.times for row in heard} == {1}
    ours = [row for row in await it.rows(Seen) if row.id.startswith("a")]
    withdrawn = [row for row in ours if row.status == "withdrawn"]
    assert len(withdrawn) == len(range(0, number, 3))
    assert (await rebuilt(it, MIDDLE_SERVICE))["equal"]


async def test_a_swap_keeps_every_index_under_its_name(fresh_log: Live) -> None:
    """A rebuilt table is the migrated one: a later migration finds what it expects."""
    it = fresh_log
    await it.ask("source", Submit(id="b1", applicant_id="o-b1"))
    before = await it.fetch("source", INDEXES)
    await rebuilt(it, SOURCE_SERVICE, swap=True)
    assert await it.fetch("source", INDEXES) == before
    await it.ask("source", Submit(id="b2", applicant_id="o-b2"))


async def test_a_damaged_store_is_found_and_mended(fresh_log: Live) -> None:
    """A row changed behind the chassis's back differs; a swap leaves it, `mend` puts it right."""
    it = fresh_log
    await it.ask("source", Submit(id="c", applicant_id="o-c"))
    await it.settle()
    await it.connections["middle"].execute("update seen set title = 'forged' where id = 'c'")
    found = await rebuilt(it, MIDDLE_SERVICE, swap=True)
    assert (found["equal"], found["swapped"]) == (False, False)
    tables = found["tables"]
    assert isinstance(tables, dict)
    assert [name for name, table in tables.items() if not table["equal"]] == ["seen"]
    assert (await rebuilt(it, MIDDLE_SERVICE, mend="operator"))["swapped"]
    assert [row.title for row in await it.rows(Seen) if row.id == "c"] == ["A title"]
    audits = await it.fetch("middle", AUDITS, "operator")
    assert [tuple(row) for row in audits] == [("rebuild", "seen")]


async def test_several_processes_fold_the_same_store(
    fresh_log: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each its share of the partitions, counters added; a damaged row is found as well."""
    monkeypatch.setattr(sharing, "ALONE_RECORDS_MAX", 0)
    it = fresh_log
    names = [f"share-{n}" for n in range(12)]
    for name in names:
        await it.ask("source", Submit(id=name, applicant_id=f"o-{name}"))
    await it.settle()
    for service, where in ((SOURCE_SERVICE, SOURCE), (MIDDLE_SERVICE, MIDDLE)):
        alone = await rebuilt(it, service)
        shared = await rebuilt(it, service, where=where)
        assert shared == alone
        assert shared["equal"]
    await it.connections["middle"].execute("update seen set title = 'forged' where id = 'share-1'")
    assert not (await rebuilt(it, MIDDLE_SERVICE, where=MIDDLE))["equal"]
    await it.connections["middle"].execute("update seen set title = 'A title' where id = 'share-1'")


async def test_a_share_that_fails_says_why(
    fresh_log: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own error is told, not what it leaves behind; and nothing is left behind."""

    async def fails(*_: object) -> None:
        raise TimeoutError("the log ends too early")

    monkeypatch.setattr(sharing, "ALONE_RECORDS_MAX", 0)
    monkeypatch.setattr(rebuilding, "fold_in_shares", fails)
    await fresh_log.ask("source", Submit(id="g", applicant_id="o-g"))
    with pytest.raises(TimeoutError, match="too early"):
        await rebuilt(fresh_log, SOURCE_SERVICE, where=SOURCE)
    shadows = "select 1 from information_schema.schemata where schema_name = 'shadow'"
    assert await fresh_log.fetch("source", shadows) == []


async def test_what_waits_and_what_was_released_is_folded_once(fresh_log: Live) -> None:
    """A parked key is in neither store; once redriven it is in both."""
    it = fresh_log
    await it.ask("source", Submit(id="d", applicant_id="o-d", title="refuse me"))
    await it.settle()
    assert "d" in {letter.key for letter in await it.letters("middle")}
    waiting = await rebuilt(it, MIDDLE_SERVICE)
    assert waiting["equal"]
    assert "d" not in {row.id for row in await it.rows(Seen)}
    await it.send(wire(call()))
    await it.settle()
    await it.redrive("middle", SUBMISSIONS, "d")
    assert (await rebuilt(it, MIDDLE_SERVICE, swap=True))["equal"]
    assert "d" in {row.id for row in await it.rows(Seen)}


async def test_a_key_released_while_a_rebuild_runs_is_folded_in_its_order(fresh_log: Live) -> None:
    """Parked at the first cut, redriven before the second: its records come before what followed."""
    it = fresh_log
    await it.ask("source", Submit(id="e", applicant_id="o-e", title="bug", call_id="call-e"))
    await it.ask("source", Withdraw(id="e"))
    await it.settle()
    folder = Folder(MIDDLE_SERVICE)
    source = Source(MIDDLE_SERVICE, it.bootstrap, folder)
    connection = it.connections["middle"]
    await source.advance(await read_cut(connection), connection)
    assert ("e",) not in folder.rows("seen")

    await it.send(wire(call().model_copy(update={"call_id": "call-e"})))
    await it.settle()
    await it.redrive("middle", SUBMISSIONS, "e")
    await source.advance(await read_cut(connection), connection)

    assert folder.rows("seen")[("e",)].status == "withdrawn"
    live = {row.id: row.model_dump() for row in await it.rows(Seen)}
    assert {row.id: row.model_dump() for row in folder.rows("seen").values()} == live
