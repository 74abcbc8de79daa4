"""What the runbook promises: a lost store and a lost broker come back, and the services go on."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from contracts.catalog import CATALOG
from services.chassis.log import end_of
from services.chassis.recovery import segments, snapshot
from services.chassis.recovery.repair import repair
from services.chassis.recovery.restore import restore
from services.chassis.recovery.segments import SnapshotRefused
from services.chassis.recovery.stores import StoreBusy
from services.chassis.replay import rebuild
from tests.chassis.commands import Submit
from tests.chassis.harness_live import Live
from tests.chassis.probes import MIDDLE_SERVICE, PROBES, Case, Heard, Verdict
from tests.ops.continuing import Continued

pytestmark = pytest.mark.kafka
SERVICES = {service.name: service for service in PROBES}
Urls = dict[str, str]
DOUBTFUL = [("submission.application_submitted", "refuse: call_unknown")]


async def submit(it: Live, names: Iterable[str]) -> None:
    for name in names:
        await it.ask("source", Submit(id=name, applicant_id=f"o-{name}"))


def named(prefix: str, count: int = 30) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


async def assert_whole(it: Live, names: list[str]) -> None:
    """Every application went through all three services once, and every store is its log's fold."""
    await it.settle()
    assert {row.id for row in await it.rows(Case)} - {"x"} == set(names)
    for table in (Verdict, Heard):
        assert {row.application_id: row.times for row in await it.rows(table)} == dict.fromkeys(
            names, 1
        )
    on_log = Counter(entry.event_id for entry in await it.log("document.events"))
    assert len(on_log) == len(names)
    for service in PROBES:
        done = await rebuild(service, it.urls[service.name], it.bootstrap)
        assert done.equal, done.to_json()


@pytest.mark.timeout(240)
async def test_a_lost_store_comes_back_from_the_log_and_goes_on(
    new_broker: Callable[[], str], new_store: Callable[[], str]
) -> None:
    """The middle's database is gone with records unread: nothing is said twice, nothing is lost.

    Dead letters are not on the log: the record whose reaction was refused is told as doubtful.
    """
    async with Live(new_broker(), new_store) as it:
        await it.ask("source", Submit(id="x", applicant_id="o-x", title="refuse me"))
        await submit(it, named("a"))
        await it.settle()
        (middle,) = it.runtimes["middle"]
        await it.remove(middle)
        await submit(it, named("b"))
        it.connections["middle"].terminate()
        it.urls["middle"] = new_store()
        done = await restore(MIDDLE_SERVICE, it.urls["middle"], it.bootstrap)
        report = done.to_json()
        assert report["left_to_read"] == 30
        assert [(one["type"], one["would"]) for one in report["doubtful"]] == DOUBTFUL
        assert report["rows"] == 31 + 30 + 1  # applications seen, verdicts, one counter
        bootstrap, urls = it.bootstrap, it.urls
    async with Continued(bootstrap, urls) as it:
        await submit(it, named("c"))
        await assert_whole(it, named("a") + named("b") + named("c"))
        with pytest.raises(StoreBusy, match="middle is running"):
            await restore(MIDDLE_SERVICE, urls["middle"], bootstrap)
    with pytest.raises(StoreBusy, match="holds rows"):
        await restore(MIDDLE_SERVICE, urls["middle"], bootstrap)


@pytest.mark.timeout(240)
async def test_a_lost_broker_comes_back_from_a_snapshot_and_the_outboxes(
    new_broker: Callable[[], str], new_store: Callable[[], str], tmp_path: Path
) -> None:
    """The snapshot brings the old part at its old offsets, the outboxes the rest; all go on."""
    first = await _before_the_loss(new_broker(), new_store, tmp_path / "log")
    bootstrap = new_broker()
    restored = await snapshot.restore(bootstrap, tmp_path / "log")
    assert restored["equal"]
    taken = segments.check(tmp_path / "log")["places"]
    assert await end_of(bootstrap, CATALOG.topics) == {p: h["records"] for p, h in taken.items()}
    missing = (await repair(SERVICES, first, bootstrap, dry_run=True))["missing"]
    assert missing == {"submission.events": 30, "eligibility.events": 30, "document.events": 30}
    assert (await repair(SERVICES, first, bootstrap))["published"] == 90
    async with Continued(bootstrap, first) as it:
        await submit(it, named("d"))
        await assert_whole(it, named("a") + named("b") + named("d"))
    await _lost_again_without_a_snapshot(new_broker(), first)


async def _before_the_loss(bootstrap: str, new_store: Callable[[], str], folder: Path) -> Urls:
    """Thirty applications in the snapshot, thirty after it; copies on the wire shift the offsets."""
    async with Live(bootstrap, new_store) as it:
        await submit(it, named("a"))
        await it.settle()
        (source,) = it.runtimes["source"]
        await it.remove(source)
        await it.connections["source"].execute("update relay set sent = -1")
        await it.add("source")
        await it.settle()
        await snapshot.take(bootstrap, CATALOG.topics, folder)
        with pytest.raises(SnapshotRefused, match="not empty"):
            await snapshot.take(bootstrap, CATALOG.topics, folder)
        with pytest.raises(SnapshotRefused, match="not empty"):
            await snapshot.restore(bootstrap, folder)
        await submit(it, named("b"))
        await it.settle()
        return it.urls


async def _lost_again_without_a_snapshot(bootstrap: str, urls: Urls) -> None:
    """From the outboxes alone: without the copies every offset is another, and nobody minds."""
    assert (await repair(SERVICES, urls, bootstrap))["published"] == 3 * 90
    async with Continued(bootstrap, urls) as it:
        await submit(it, named("e"))
        await assert_whole(it, [n for prefix in "abde" for n in named(prefix)])


def test_a_damaged_snapshot_is_refused(tmp_path: Path) -> None:
    """One flipped byte, a missing segment or no manifest: none is put on a broker."""
    from services.chassis.causes import Record  # noqa: PLC0415

    records = [Record("t", 0, n, b"k", [("h", b"\xff")], b"v", logged_at=7) for n in range(3)]
    with pytest.raises(SnapshotRefused, match="holds no snapshot"):
        segments.check(tmp_path)
    segment = segments.write_segment(tmp_path, records)
    segments.write_manifest(tmp_path, {"t/0": {"records": 3, "segments": [segment]}})
    assert list(segments.records(tmp_path)) == records
    path = tmp_path / segment["file"]
    whole = path.read_bytes()
    path.write_bytes(whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:])
    with pytest.raises(SnapshotRefused, match=r"cannot be read|damaged"):
        segments.check(tmp_path)
    path.unlink()
    with pytest.raises(SnapshotRefused, match="cannot be read"):
        segments.check(tmp_path)
