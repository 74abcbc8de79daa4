"""Derive: run the rule behind every recorded decision again, on the evidence in its own event."""

from typing import Any

import orjson
from pydantic import BaseModel

from services.chassis.causes import Record
from services.chassis.log import end_of, read
from services.chassis.model import Rederive, Service
from services.chassis.replay.folding import type_of


async def rederive(service: Service, bootstrap: str) -> dict[str, Any]:
    """Run the rule behind every recorded decision again, on the evidence in its own event.

    Returns {decisions, equal, differing: [event ids]}.
    """
    decisions, differing = 0, []
    wanted = {event.TYPE: again for event, again in service.rederive.items()}
    if wanted and service.publishes:
        until = await end_of(bootstrap, [service.publishes.topic])
        async for batch in read(bootstrap, until):
            for record in batch:
                if (again := wanted.get(type_of(record))) is None:
                    continue
                decisions += 1
                if differences(record, again):
                    differing.append(record.read_envelope().id)
    return {"decisions": decisions, "equal": not differing, "differing": differing}


def differences(record: Record, again: Rederive) -> list[str]:
    """The fields in which the rule, run again on the event's own evidence, says something else."""
    event = record.read_event()
    said = orjson.loads(event.to_json())
    derived = orjson.loads(orjson.dumps(dict(again(event)), default=_plain))
    return [n for n, v in derived.items() if orjson.dumps(said.get(n)) != orjson.dumps(v)]


def _plain(value: Any) -> Any:
    return value.model_dump() if isinstance(value, BaseModel) else list(value)
