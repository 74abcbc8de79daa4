"""What the log itself promises: dense sequences, one key one partition, ids that follow from causes."""

from collections import defaultdict
from collections.abc import Iterator

from contracts.event import partition_of
from services.chassis.ids import derived
from tests.faults.checker.evidence import PUBLISHERS, Evidence, Offence, Said


def disordered(evidence: Evidence) -> Iterator[Offence]:
    """Within a partition sequences go up by one; a repeat is the same event; a key has one place."""
    held: dict[tuple[str, int], dict[int, Said]] = defaultdict(dict)
    for said in evidence.said:
        record, sequence = said.record, said.envelope.sequence
        place = held[record.topic, record.partition]
        if partition_of(said.envelope.key) != record.partition:
            yield Offence(
                "order", f"key {said.envelope.key} is in a partition not its own", (str(said),)
            )
        before = place.get(sequence)
        if before is None and sequence != len(place):
            last = place[max(place)] if place else said
            yield Offence(
                "order", f"{record.place} jumps to sequence {sequence}", (str(last), str(said))
            )
        if before is not None and before.record.value != record.value:
            yield Offence(
                "order",
                f"{record.place} sequence {sequence} is two events",
                (str(before), str(said)),
            )
        place.setdefault(sequence, said)


def unsent(evidence: Evidence) -> Iterator[Offence]:
    """Every sequence that a service's outbox gave is in the log."""
    held: dict[str, set[int]] = defaultdict(set)
    for said in evidence.said:
        held[said.record.place].add(said.envelope.sequence)
    topics = {publisher: topic for topic, publisher in PUBLISHERS.items()}
    for name, sequences in evidence.written.items():
        for partition, following in sequences.items():
            place = f"{topics[name]}/{partition}"
            if missing := sorted(set(range(following)) - held[place]):
                yield Offence("lost", f"{place} has no sequence {missing[:5]} of {following}")


def misnamed(evidence: Evidence) -> Iterator[Offence]:
    """Each event's id is the one its cause gives it; a cause's events are numbered without a gap."""
    groups: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for said in evidence.events.values():
        groups[PUBLISHERS[said.record.topic], said.envelope.causation_id].append(said)
    for (_, cause), group in groups.items():
        numbers = range(len(group))
        for said in group:
            if all(
                said.envelope.id != derived(cause, f"{said.envelope.type}:{n}") for n in numbers
            ):
                yield Offence(
                    "phantom", "an event's id does not follow from its cause", (str(said),)
                )
