"""A store folded again from the whole log, topics and partitions read in an order of chance."""

from random import Random
from typing import Any

from services.chassis.causes import Record
from services.chassis.model import Service
from services.chassis.replay import Folder
from services.chassis.simulation import World


def rebuilt(service: Service, world: World, seed: int) -> dict[str, list[tuple[Any, ...]]]:
    """Every folded and counted table, as `SimulatedService.dump` gives the live one."""
    draw = Random(seed)  # noqa: S311 - a test's dice, no secret
    waiting = [list(log) for logs in world.log.topics.values() for log in logs if log]
    folder = Folder(service)
    while waiting:
        log = draw.choice(waiting)
        for record in log[: draw.randint(1, len(log))]:
            folder.fold(_unread(record))
            log.remove(record)
        waiting = [log for log in waiting if log]
    return {
        spec.name: sorted(
            spec.encode(row) for row in folder.cache.rows[spec.name].values() if row is not None
        )
        for spec in service.tables
        if spec.kind != "workspace"
    }


def _unread(record: Record) -> Record:
    return Record(
        record.topic, record.partition, record.offset, record.key, record.headers, record.value
    )
