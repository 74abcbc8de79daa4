"""The part that measures scaling out: more and fewer replicas of one service while events flow."""

import time
from pathlib import Path
from typing import Any

import uvloop

from tests.bench.cost import Cost
from tests.bench.effects import effects, judged
from tests.bench.ground import ground
from tests.bench.sizes import Sizes
from tests.bench.taking import Taking

COUNTED = ("transactions", "lost_races", "duplicates")


def scale(folder: Path, sizes: Sizes, profile: Path | None) -> dict[str, Any]:
    """Messages per second of 1, 2 and 4 replicas of one service, and of fewer again.

    All share one database and one group over eight partitions; events flow all the time, also while
    replicas join and leave. Every transaction compares and sets the one head of the database, so
    what replicas add is not speed but the next one's being there when one is lost.
    """
    found: dict[str, Any] = {}
    with ground(folder, profile) as on:
        it = Taking(on, sizes.ahead)
        it.begin()
        for count in sizes.replicas:
            name = f"with_{count}"
            again = f"again_{count}" if name in found else name
            it.replicate(count)
            found[again] = _measured(it, sizes.scale_seconds)
        sent = it.end()
        counts = judged(uvloop.run(effects(it.url, on.bootstrap, sent)))
    return {**found, **counts}


def _measured(it: Taking, seconds: float) -> dict[str, Any]:
    before, taken = _counts(it), it.taken()
    with Cost(it.on, it.pids, [it.feeder.pid]) as cost:
        time.sleep(seconds)
        count = it.taken() - taken
    after = _counts(it)
    figures = {n: sum(b[n] - a[n] for a, b in zip(before, after, strict=True)) for n in COUNTED}
    return cost.report(
        count, msgs_per_s=round(count / cost.seconds), **figures,
        shares=[b["applied"] - a["applied"] for a, b in zip(before, after, strict=True)],
    )  # fmt: skip


def _counts(it: Taking) -> list[dict[str, Any]]:
    return [replica.ask("counts") for replica in it.replicas]
