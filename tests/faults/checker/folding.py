"""Stores against the log: every table is its fold, and what was not applied was set aside, in order."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from contracts.catalog import CATALOG
from contracts.event import ContractError
from services.chassis.causes import Record
from services.chassis.model import Service
from services.chassis.rows import Cache
from services.chassis.views import Changes, FoldRows
from services.cli.definitions import definition
from tests.faults.checker.evidence import Evidence, Offence

REDRIVEN = ("redriven", "discarded")


def diverged(evidence: Evidence) -> Iterator[Offence]:
    """Each store, folded again from the dump of the log, has the same rows as the live one."""
    for name, live in evidence.stores.items():
        try:
            folded = fold_again(definition(name), evidence)
        except Exception as refused:  # noqa: BLE001 (whatever it was: the log cannot be folded)
            yield Offence("convergence", f"{name} cannot be folded: {refused}")
            continue
        for table, rows in live.items():
            if rows != folded[table]:
                extra = [f"live only: {row}" for row in rows if row not in folded[table]]
                missing = [f"folded only: {row}" for row in folded[table] if row not in rows]
                yield Offence(
                    "convergence", f"{name}.{table} is not its fold", (*extra[:3], *missing[:3])
                )


def fold_again(service: Service, evidence: Evidence) -> dict[str, list[tuple[Any, ...]]]:
    """Every folded and counted table from the log alone: each sequence once, letters left out."""
    cache = Cache(service.tables, complete=True)
    letters = evidence.letters[service.name]
    aside = {(x.topic, x.partition, x.offset) for x in letters if x.state not in REDRIVEN}
    for record in _each_once(service, evidence.records, aside):
        fold = service.fold_of.get(record.read_envelope().type)
        if fold is not None:
            fold.apply(
                record.read_event(), FoldRows(cache, fold, record.read_envelope(), Changes())
            )
            cache.settle()
    return {
        spec.name: sorted(spec.encode(r) for r in cache.rows[spec.name].values() if r is not None)
        for spec in service.tables
        if spec.kind != "workspace"
    }


def _each_once(
    service: Service, records: list[Record], aside: set[tuple[str, int, int]]
) -> Iterator[Record]:
    """What a service should have applied: its own events, and others' that it reads and did not set aside."""
    own = service.publishes.topic if service.publishes else ""
    seen: set[tuple[str, int]] = set()
    for record in records:
        mine = record.topic == own and _is_own(record, service.name)
        if not mine and (record.topic not in service.consumes or not _is_readable(record)):
            continue
        sequence = record.read_envelope().sequence
        is_copy = sequence >= 0 and (record.place, sequence) in seen
        seen.add((record.place, sequence))
        if not is_copy and (record.topic, record.partition, record.offset) not in aside:
            yield record


def _is_own(record: Record, name: str) -> bool:
    try:
        envelope = record.read_envelope()
    except ContractError:
        return False
    return envelope.source == f"mingjing/{name}" and envelope.sequence >= 0


def overtaken(evidence: Evidence) -> Iterator[Offence]:
    """Behind a parked record every later one of its key waits, too."""
    for name, letters in evidence.letters.items():
        service = definition(name)
        aside = {(x.topic, x.partition, x.offset) for x in letters}
        waiting = {
            (x.topic, x.key): x
            for x in sorted(letters, key=lambda x: -x.offset)
            if x.state == "parked"
        }
        seen: set[tuple[str, int, int]] = set()
        for record in evidence.records if waiting else ():
            first = waiting.get((record.topic, (record.key or b"").decode("utf-8", "replace")))
            if (
                first is None
                or record.offset <= first.offset
                or record.partition != first.partition
            ):
                continue
            if _is_copy(record, seen) or not _applied(record, service, evidence):
                continue
            if (record.topic, record.partition, record.offset) not in aside:
                yield Offence(
                    "order", f"{name} let a record overtake the parked one of its key",
                    (str(first), f"{record.topic}/{record.partition}@{record.offset}"),
                )  # fmt: skip


def _applied(record: Record, service: Service, evidence: Evidence) -> bool:
    """Whether the service has passed it and wants its kind."""
    try:
        wanted = service.handles(record.read_envelope().type)
    except ContractError:
        return False
    return wanted and record.offset < evidence.marks[service.name].get(record.place, (0, -1))[0]


def _is_copy(record: Record, seen: set[tuple[str, int, int]]) -> bool:
    try:
        sequence = record.read_envelope().sequence
    except ContractError:
        return False
    place = (record.topic, record.partition, sequence)
    copy = sequence >= 0 and place in seen
    seen.add(place)
    return copy


def set_aside_without_need(evidence: Evidence) -> Iterator[Offence]:
    """No service sets a good event aside: only what somebody else wrote, and what waits behind it."""
    for name, letters in evidence.letters.items():
        for letter in letters:
            place = (letter.topic, letter.partition, letter.offset)
            if (
                letter.key not in evidence.poisoned
                and place in evidence.good_places
                and letter.state not in REDRIVEN
            ):
                yield Offence(
                    "lost", f"{name} set a good event aside: {letter.code}", (str(letter),)
                )


def forgotten(evidence: Evidence) -> Iterator[Offence]:
    """What nobody can read is kept by everyone who reads its topic."""
    kept = {
        name: {(x.topic, x.partition, x.offset) for x in evidence.letters[name]}
        for name in evidence.letters
    }
    unreadable = defaultdict(list)
    for record in evidence.foreign():
        if not _is_readable(record):
            unreadable[record.topic].append(record)
    for name in evidence.letters:
        for topic in definition(name).consumes:
            for record in unreadable[topic]:
                place = (record.topic, record.partition, record.offset)
                passed = record.offset < evidence.marks[name].get(record.place, (0, -1))[0]
                if passed and place not in kept[name]:
                    yield Offence("lost", f"{name} passed over an unreadable record", (str(place),))


def _is_readable(record: Record) -> bool:
    try:
        envelope = record.read_envelope()
    except ContractError:
        return False
    return CATALOG.latest(envelope.type) is not None
