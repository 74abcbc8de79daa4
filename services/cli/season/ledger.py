"""What a season left in the log: every event once, by type, with when it was logged."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from contracts.catalog import CATALOG
from contracts.event import ContractError
from services.chassis.log import end_of, read


@dataclass(frozen=True, slots=True)
class Logged:
    """One event as found in the log. `logged_at`: milliseconds since 1970, UTC."""

    id: str
    type: str
    causation_id: str
    correlation_id: str
    time: str
    logged_at: int
    topic: str
    value: dict[str, Any]


@dataclass
class Ledger:
    """All events of a log, each id once; `records` counts the records of each topic, copies included."""

    events: dict[str, Logged] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)

    def of(self, event_type: str) -> Iterator[Logged]:
        """The events of one type, in the order they were logged."""
        return (e for e in self.events.values() if e.type == event_type)

    def latest(self, event_type: str, key: str) -> dict[str, dict[str, Any]]:
        """The last body of one type per value of a field."""
        return {e.value[key]: e.value for e in self.of(event_type)}

    def sum(self, event_type: str, amount: str) -> int:
        """The sum of an amount over the events of one type."""
        return sum(e.value[amount] for e in self.of(event_type))

    def delays(self, before: str, after: str) -> list[int]:
        """Milliseconds from each event of one type to the events of another that it caused."""
        return sorted(
            e.logged_at - self.events[e.causation_id].logged_at
            for e in self.of(after)
            if e.causation_id in self.events and self.events[e.causation_id].type == before
        )


async def read_ledger(bootstrap: str) -> Ledger:
    """Read the whole log as it stands."""
    ledger = Ledger()
    found: list[Logged] = []
    ends = await end_of(bootstrap, CATALOG.topics)
    async for batch in read(bootstrap, ends):
        for record in batch:
            ledger.records[record.topic] = ledger.records.get(record.topic, 0) + 1
            try:
                e = record.read_envelope()
            except ContractError:
                continue
            found.append(
                Logged(
                    e.id, e.type, e.causation_id, e.correlation_id, e.time, record.logged_at,
                    record.topic, orjson.loads(record.value),
                )
            )  # fmt: skip
    for event in sorted(found, key=lambda one: (one.time, one.logged_at, one.id)):
        ledger.events.setdefault(event.id, event)
    return ledger
