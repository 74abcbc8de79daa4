"""What the contracts say, as documents for people and tools; writing them is done elsewhere."""

import json
from collections.abc import Iterator
from typing import Any

from contracts.catalog import CATALOG
from contracts.event import Contract, Event
from contracts.schema import Schema, writer_schema

TOPIC_SETTINGS = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "compression.type": "lz4",
    "max.message.bytes": str(16 * 2**20),
    "message.timestamp.after.max.ms": str(2**63 - 1),
}
"""Of every topic: the log is the truth, so nothing in it expires; twice the largest event fits.

A broker's own choice is to refuse what bears a time more than an hour ahead: a service with a wrong
clock could then send nothing at all. The time of an event is in the event, so any is taken.
"""


def shapes() -> Iterator[tuple[Contract, type[Event]]]:
    """Every version of every event with its contract, in the order of declaration."""
    for contract in CATALOG.contracts:
        for event in contract.events:
            yield contract, event


def place(event: type[Event]) -> str:
    """The path of an event version's file below a folder of one folder per event."""
    return f"{event.TYPE}/v{event.VERSION}.json"


def schemas() -> dict[str, Schema]:
    """The schema of every version, by its place."""
    return {place(event): writer_schema(event) for _, event in shapes()}


def topics() -> dict[str, Any]:
    """The topics a broker needs, as deploy/topics.yaml states them."""
    return {
        "topics": [
            {"name": one.topic, "partitions": one.partitions, "config": dict(TOPIC_SETTINGS)}
            for one in CATALOG.contracts
        ]
    }


def json_text(document: Any) -> str:
    """A JSON document as it is committed."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def catalogue() -> str:
    """The table of every event, as contracts/CATALOGUE.md."""
    lines = [
        "# Catalogue of events",
        "",
        "Generated from the contracts by `make contracts`; a test fails when it is out of date.",
        "Shapes are in `schemas/`, one real message for every version in `examples/`.",
    ]
    for contract in CATALOG.contracts:
        lines += ["", f"## {contract.topic} ({contract.partitions} partitions)", ""]
        lines += ["| event | version | key | topic | meaning |", "|---|---|---|---|---|"]
        lines += [_row(contract, event) for event in contract.events]
    return "\n".join(lines) + "\n"


def meaning(event: type[Event]) -> str:
    """The first paragraph of an event's docstring, on one line."""
    first = (event.__doc__ or "").split("\n\n")[0]
    return " ".join(first.split())


def _row(contract: Contract, event: type[Event]) -> str:
    newest = CATALOG.latest(event.TYPE) is event
    version = str(event.VERSION) if newest else f"{event.VERSION} (read, no longer sent)"
    cells = (f"`{event.TYPE}`", version, f"`{event.KEY}`", f"`{contract.topic}`", meaning(event))
    return f"| {' | '.join(cells)} |"
