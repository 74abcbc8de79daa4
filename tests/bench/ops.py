"""The part that measures looking back: a long log, its index, moments, causal trees and a what-if."""

from pathlib import Path
from random import Random
from typing import Any

import uvloop

from services.ops.definitions import NAMES
from services.ops.store import TABLES
from tests.bench.cost import Cost
from tests.bench.ground import Ground, ground
from tests.bench.line import Worker
from tests.bench.longlog import write_log
from tests.bench.rankings import rankings
from tests.bench.sizes import Sizes
from tests.bench.story import Story
from tests.bench.summary import percentiles

MOMENT = "2021-07-29T00:00:00+08:00"
"""Between the reviews and the awards: about half of every story."""
SEED = 1
MILLION = 1_000_000
RANKED_MAX = 3_000
"""A ranking of many more is larger than an event may be (8 MiB)."""
CHANGES = {
    "selection": {"awards_max": 20}, "deadline": "2021-07-05T00:00:00+08:00",
    "weights": {"budget": 3_000},
}  # fmt: skip
"""Everybody is late, and judged on other weights: every application is judged again."""


def ops(folder: Path, sizes: Sizes, _: Path | None) -> dict[str, Any]:
    """How long it takes to look back over a log of `ops_events` events, or of a what-if's applications.

    The whole services are asked one after another; the what-if is over one call of `what_if`
    applications, of which as many are ranked as a sealed ranking can hold.
    """
    told = Story(sizes.what_if)
    cases = max(sizes.what_if, sizes.ops_events // len(told.steps))
    with ground(folder) as on:
        url = on.database(TABLES)
        also = rankings(told, cases, RANKED_MAX)
        events = uvloop.run(write_log(on.bootstrap, told, cases, also))
        looking = on.worker("tests.bench.looking", url, on.bootstrap)
        some = Random(SEED).sample(range(cases), min(cases, sizes.ops_questions))  # noqa: S311 (a sample)
        names = [told.application(number) for number in some]
        found = {
            "index": _index(on, looking, events),
            "case_as_of": _asked(on, looking, "states", names=names, at=MOMENT),
            "causal_tree": _asked(on, looking, "trees", names=names),
            "service_as_of": {name: _service(on, looking, name, events) for name in NAMES},
            "what_if": _what_if(on, looking, told.call(0), sizes.what_if),
        }
    slowest = max(held["as_of_s"] for held in found["service_as_of"].values())
    return {
        "events": events, "service_s_per_million": round(slowest * MILLION / events, 1), **found
    }  # fmt: skip


def _index(on: Ground, looking: Worker, events: int) -> dict[str, Any]:
    """How fast the index follows."""
    with Cost(on, [looking.pid]) as cost:
        rows = looking.ask("index", events=events)
    if rows != events:
        raise AssertionError(f"{events} events, {rows} of them in the index")
    return cost.report(events, index_per_s=round(events / cost.seconds))


def _asked(on: Ground, looking: Worker, do: str, **what: Any) -> dict[str, Any]:
    with Cost(on, [looking.pid]) as cost:
        waits = looking.ask(do, **what)
    return cost.report(len(waits), **percentiles(waits))


def _service(on: Ground, looking: Worker, name: str, events: int) -> dict[str, Any]:
    """A whole service. Time and CPU are also said per event of the log, whoever published it."""
    with Cost(on, [looking.pid]) as cost:
        found = looking.ask("service", name=name, at=MOMENT)
    return cost.report(
        events, **found, as_of_s=round(cost.seconds, 2), python_s=round(cost.cpu["python"], 1)
    )


def _what_if(on: Ground, looking: Worker, call: str, cases: int) -> dict[str, Any]:
    with Cost(on, [looking.pid]) as cost:
        found = looking.ask("what_if", call=call, changes=CHANGES)
    if found["applications"] != cases or not found["baseline_equals_recorded"]:
        raise AssertionError(f"{cases} applications: {found}")
    python_s = round(cost.cpu["python"], 1)
    return cost.report(cases, **found, ranked=min(cases, RANKED_MAX), python_s=python_s)
