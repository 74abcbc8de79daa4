"""A whole store folded by several processes, each with its share of the partitions.

Folds commute across keys (law 1), and a key is always in the same partition: so shares can be folded
anywhere and put together, rows side by side and counters added.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.chassis.log import end_of
from services.chassis.model import Service
from services.chassis.replay import Folder, folded
from services.chassis.replay.cut import shared_out
from services.chassis.replay.sharing import each_share, is_worth_it
from services.ops.definitions import definition
from services.ops.replays.moment import Moment
from services.ops.replays.states import Tables, fold_places, rows_of


@dataclass(frozen=True)
class Store:
    """A store as of a moment: how many events made it, how many rows there are, perhaps the rows."""

    events: int
    counts: dict[str, int]
    tables: Tables


async def stores_as_of(
    name: str, bootstrap: str, moments: list[Moment], *, rows: bool
) -> list[Store]:
    """A service's whole store as of several moments; the rows themselves only when asked for."""
    service = definition(name)
    topics = {*service.consumes, *([service.publishes.topic] if service.publishes else [])}
    ends = await end_of(bootstrap, sorted(topics))
    if not is_worth_it(sum(ends.values())):
        return _stores(await fold_places(service, bootstrap, ends, moments), rows=rows)
    parts = await each_share(
        [__name__, f"services.{name}.main"], _share,
        lambda number, of: (name, bootstrap, shared_out(ends, number, of), moments, rows),
    )  # fmt: skip
    return [_together(service, each, rows=rows) for each in zip(*parts, strict=True)]


def _share(
    name: str, bootstrap: str, ends: dict[str, int], moments: list[Moment], rows: bool
) -> list[Store]:
    """One process's part."""
    work = fold_places(definition(name), bootstrap, ends, moments)
    # Which row of a counter is empty is only known when all shares are in.
    return _stores(asyncio.run(work), rows=rows, counters=True)


def _stores(folders: Iterable[Folder], *, rows: bool, counters: bool = False) -> list[Store]:
    found = []
    for folder in folders:
        counted = {
            s.name for s in folded(folder.service) if rows or (counters and s.kind == "counted")
        }
        counts = {s.name: len(folder.rows(s.name)) for s in folded(folder.service)}
        tables = {n: t for n, t in rows_of(folder, only=counted).items() if t} if counted else {}
        found.append(Store(folder.folded, counts, tables))
    return found


def _together(service: Service, parts: Iterable[Store], *, rows: bool) -> Store:
    """The shares as one store."""
    held = list(parts)
    tables: Tables = {}
    counts: dict[str, int] = {}
    for spec in folded(service):
        if spec.kind == "counted":
            amounts = spec.amounts
            tables[spec.name] = _added([part.tables.get(spec.name, {}) for part in held], amounts)
            counts[spec.name] = len(tables[spec.name])
        else:
            counts[spec.name] = sum(part.counts[spec.name] for part in held)
            for part in held:
                tables.setdefault(spec.name, {}).update(part.tables.get(spec.name, {}))
    kept = {name: dict(sorted(t.items())) for name, t in tables.items() if t} if rows else {}
    return Store(sum(part.events for part in held), counts, kept)


def _added(
    parts: Iterable[dict[str, dict[str, Any]]], amounts: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    total: dict[str, dict[str, Any]] = {}
    for part in parts:
        for key, row in part.items():
            held = total.setdefault(
                key, dict.fromkeys(amounts, 0) | row | dict.fromkeys(amounts, 0)
            )
            for column in amounts:
                held[column] += row[column]
    return total
