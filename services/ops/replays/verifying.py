"""Verify: every decision follows from its own event, and what it rests on was in the log before it."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.catalog import CATALOG
from contracts.event import ContractError, Event
from services.chassis.causes import Record
from services.chassis.log import end_of, read
from services.chassis.model import Rederive, Service
from services.chassis.replay import undisturbed
from services.chassis.replay.deriving import differences
from services.ops.replays.known import Known
from services.ops.replays.named import NAMING, inputs_named_by

SKEW_MS = 1_000
"""Clocks of two brokers' clients may differ so much; an input this much later is still before."""
OFFENDERS_MAX = 20


@dataclass
class Report:
    """What was checked, what did not hold, and the first of those, service by service."""

    decisions: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    inputs: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    offenders: list[dict[str, Any]] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every decision is derived the same and every input is where it must be."""
        return not self.differing and not self.faults

    def to_json(self) -> dict[str, Any]:
        """The report; `offenders` holds the first few."""
        return {
            "holds": self.holds,
            "decisions": sum(self.decisions.values()), "differing": sum(self.differing.values()),
            "inputs": sum(self.inputs.values()), "faults": dict(self.faults),
            "by_type": dict(sorted(self.decisions.items())),
            "inputs_by_kind": dict(sorted(self.inputs.items())), "offenders": self.offenders,
        }  # fmt: skip

    def offends(self, record: Record, **what: Any) -> None:
        """Keep one of the first offenders."""
        if len(self.offenders) < OFFENDERS_MAX:
            at = f"{record.topic}/{record.partition}/{record.offset}"
            e = record.read_envelope()
            self.offenders.append(
                {"event_id": e.id, "type": e.type, "key": e.key, "at": at, **what}
            )


async def verify(services: Mapping[str, Service], bootstrap: str) -> Report:
    """Check every decision of these services on the log as it stands."""
    ends = await end_of(bootstrap, CATALOG.topics)
    return await verify_batches(services, read(bootstrap, ends))


async def verify_batches(
    services: Mapping[str, Service], batches: AsyncIterator[list[Record]]
) -> Report:
    """As `verify`, over records from anywhere."""
    report, known = Report(), Known()
    again = {e.TYPE: rule for s in services.values() for e, rule in s.rederive.items()}
    publishers = {s.publishes.topic for s in services.values() if s.publishes}
    taken: list[Record] = []
    seen: set[str] = set()
    with undisturbed():
        async for batch in batches:
            for record in batch:
                event = _first_time(record, seen)
                if event is None:
                    continue
                known.note(event, record.logged_at, record.read_envelope().causation_id)
                if record.topic in publishers and (event.TYPE in again or type(event) in NAMING):
                    _derive(record, again.get(event.TYPE), report)
                    taken.append(record)
                record.event = None
        _check_inputs(taken, known, report)
    return report


def _derive(record: Record, again: Rederive | None, report: Report) -> None:
    if again is None:
        return
    event_type = record.read_envelope().type
    report.decisions[event_type] += 1
    try:
        fields = differences(record, again)
    except Exception as failed:  # noqa: BLE001 (evidence that cannot be read derives nothing)
        fields = [f"{type(failed).__name__}: {failed}"]
    if fields:
        report.differing[event_type] += 1
        report.offends(record, fault="differs", fields=fields)


def _check_inputs(taken: Iterable[Record], known: Known, report: Report) -> None:
    for record in taken:
        cause_id = record.read_envelope().causation_id
        try:
            named = list(inputs_named_by(record.read_event()))
        except Exception as failed:  # noqa: BLE001 (evidence that cannot be read names nothing)
            report.faults["evidence unreadable"] += 1
            report.offends(record, fault="evidence unreadable", why=repr(failed))
            continue
        for name, what in named:
            report.inputs[name[0]] += 1
            why = known.why_not(name, what, record.logged_at + SKEW_MS, cause_id)
            if why:
                report.faults[f"{name[0]} {why}"] += 1
                report.offends(record, fault=f"input {why}", input=list(name))
        record.event = None


def _first_time(record: Record, seen: set[str]) -> Event | None:
    """The event, unless it cannot be read or is a copy."""
    try:
        event_id = record.read_envelope().id
        if event_id in seen:
            return None
        seen.add(event_id)
        return record.read_event()
    except ContractError:
        return None
