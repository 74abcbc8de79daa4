"""The parts that measure the chassis itself: hops, latency, one service, its relay, a rebuild."""

from pathlib import Path
from typing import Any

from tests.bench.chain import HOPS, STAGE_2, STAGES
from tests.bench.cost import Cost
from tests.bench.ground import Ground, ground
from tests.bench.line import Worker
from tests.bench.sizes import Sizes
from tests.bench.summary import percentiles

CHAIN = [f"tests.bench.chain:STAGE_{number}" for number in range(1, HOPS + 1)]
START = "tests.bench.chain:start"
WARM_RATE = 200


def hops(folder: Path, sizes: Sizes, profile: Path | None) -> dict[str, Any]:
    """Durable hops per second through six services in six processes.

    A hop: consume, decode, fold, react, fold what was said, one transaction, relay, acknowledged
    by the broker. The first service takes a command instead of a record.
    """
    with ground(folder, profile) as on:
        stations = on.stations_for(CHAIN)
        _through(stations, "warm", sizes.warm, 0)
        with Cost(on, [s.pid for s in stations]) as cost:
            _through(stations, "hops", sizes.hops, sizes.warm)
        held = [station.ask("counts") for station in stations]
    count = sizes.hops * HOPS
    per_batch = sum(h["applied"] for h in held) / sum(h["transactions"] for h in held)
    return cost.report(
        count, hops_per_s=round(count / cost.seconds), chain_cases_per_s=round(sizes.hops / cost.seconds),
        causes_per_transaction=round(per_batch, 1), letters=sum(h["letters"] for h in held),
    )  # fmt: skip


def _through(stations: list[Worker], name: str, count: int, before: int) -> None:
    """Send cases through the whole chain and wait for the last to be acknowledged."""
    stations[0].tell("drive", maker=START, name=name, count=count)
    stations[-1].tell("relayed", count=before + count)
    stations[0].hear()
    stations[-1].hear()


def latency(folder: Path, sizes: Sizes, profile: Path | None) -> dict[str, Any]:
    """From a command's arrival to the sixth service's commit, arrivals at random at a fixed rate.

    The broker works for a while before: half of its CPU is Java's compiler until then.
    """
    with ground(folder, profile) as on:
        stations = on.stations_for(CHAIN)
        _through(stations, "warm", sizes.hops // 2, 0)
        _, sent = _at(on, stations, WARM_RATE, sizes.latency_seconds / 2, sizes.hops // 2)
        found: dict[str, Any] = {}
        for rate in (100, 1_000):
            found[f"e2e_{rate}"], sent = _at(on, stations, rate, sizes.latency_seconds, sent)
    return found


def _at(
    on: Ground, stations: list[Worker], rate: int, seconds: float, sent: int
) -> tuple[dict[str, Any], int]:
    stations[-1].ask("since")
    with Cost(on, [s.pid for s in stations]) as cost:
        arrived = stations[0].ask(
            "arrive", maker=START, name=f"at{rate}", rate=rate, seconds=seconds
        )
        stations[-1].ask("relayed", count=sent + arrived)
    figures = percentiles(stations[-1].ask("since"))
    return cost.report(arrived * HOPS, **figures, arrivals=arrived), sent + arrived


def single(folder: Path, sizes: Sizes, profile: Path | None) -> dict[str, Any]:
    """A full outbox carried to the log, that log taken in by one service, its store made again."""
    with ground(folder, profile) as on:
        relayed = _relay(on, sizes.single)
        taken, url = _service(on, sizes.single)
        for station in on.stations:
            station.stop()
        return {"relay": relayed, "service": taken, "rebuild": _rebuild(on, url)}


def _relay(on: Ground, count: int) -> dict[str, Any]:
    url = on.database(STAGES[0].tables)
    filler = on.worker("tests.bench.outbox", url, on.bootstrap)
    filler.ask("fill", count=count)
    with Cost(on, [filler.pid]) as cost:
        seconds = filler.ask("relay")
    filler.stop()
    return cost.report(count, relay_per_s=round(count / seconds))


def _service(on: Ground, count: int) -> tuple[dict[str, Any], str]:
    """From the first thousand acknowledged to the last: joining the group is not counted."""
    url = on.database(STAGE_2.tables)
    station = on.restart(CHAIN[1], url)
    first = min(1_000, count // 10)
    began = station.ask("relayed", count=first)
    with Cost(on, [station.pid]) as cost:
        ended = station.ask("relayed", count=count)
    rate = (count - first) / (ended - began)
    return cost.report(count - first, service_msgs_per_s=round(rate)), url


def _rebuild(on: Ground, url: str) -> dict[str, Any]:
    looking = on.worker("tests.bench.looking", url, on.bootstrap)
    with Cost(on, [looking.pid]) as cost:
        made = looking.ask("rebuild", service=CHAIN[1])
    if not made["equal"]:
        raise AssertionError(f"the rebuilt store differs: {made}")
    return cost.report(
        made["events"], rebuild_per_s=round(made["events"] / cost.seconds), equal=made["equal"],
        rows=made["rows"],
    )  # fmt: skip
