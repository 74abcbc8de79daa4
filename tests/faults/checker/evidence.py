"""What a run left behind, gathered once and then only read."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from contracts.catalog import CATALOG
from contracts.event import ContractError, Envelope
from services.chassis.causes import Record

SLICE_LINES_MAX = 6
PUBLISHERS = {contract.topic: contract.publisher for contract in CATALOG.contracts}


@dataclass(frozen=True)
class Offence:
    """One broken promise: of which kind, about what, and the few lines that show it."""

    kind: str
    about: str
    shown: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = "".join(f"\n      {line[:240]}" for line in self.shown[:SLICE_LINES_MAX])
        return f"{self.kind}: {self.about}{lines}"


@dataclass(frozen=True)
class Answered:
    """What came back of one sending: a status and a body, or None when nobody knows."""

    status: int | None
    body: Any = None
    at: str = ""
    """The instant it was asked at, where that was another than at first."""

    @property
    def is_definite(self) -> bool:
        """Whether it says what became of the command."""
        return self.status is not None and self.status < 500


@dataclass
class Command:
    """One command of the client's journal: what was asked under one key, and every answer to it."""

    key: str
    cause: str
    """The id every event that follows from it names as its cause."""
    service: str
    path: str
    said: Any
    at: str
    answers: list[Answered] = field(default_factory=list)

    @property
    def outcome(self) -> Answered | None:
        """The last definite answer, or None."""
        return next((a for a in reversed(self.answers) if a.is_definite), None)

    @property
    def succeeded(self) -> bool:
        """Whether it was answered with success."""
        return self.outcome is not None and (self.outcome.status or 0) < 400

    @property
    def refused(self) -> bool:
        """Whether it was refused for good."""
        return self.outcome is not None and (self.outcome.status or 0) >= 400

    def __str__(self) -> str:
        answers = ", ".join(str(a.status or "unknown") for a in self.answers)
        return f"{self.service} {self.path} {orjson.dumps(self.said).decode()[:80]} at {self.at}: {answers}"


@dataclass(frozen=True)
class Letter:
    """A record a service set aside."""

    topic: str
    partition: int
    offset: int
    key: str
    state: str
    code: str


@dataclass(frozen=True, order=True)
class Mail:
    """One mail as the catcher took it."""

    message_id: str
    recipient: str
    sha256: str


@dataclass(frozen=True)
class Said:
    """One genuine event of the log: its record, its envelope, its body."""

    record: Record
    envelope: Envelope
    body: dict[str, Any]

    def __str__(self) -> str:
        r, e = self.record, self.envelope
        where = f"{r.topic}/{r.partition}@{r.offset} seq {e.sequence}"
        return f"{where} {e.type} key {e.key} id {e.id} cause {e.causation_id}"


@dataclass
class Evidence:
    """Everything the checker reads.

    Shapes: `stores` per service and table its rows as encoded tuples, sorted; `letters` and `marks`
    per service; `blobs` digest named → digest found; `receipts` (receipt, whether it verifies).
    """

    records: list[Record]
    stores: dict[str, dict[str, list[tuple[Any, ...]]]]
    letters: dict[str, list[Letter]]
    marks: dict[str, dict[str, tuple[int, int]]]
    written: dict[str, dict[int, int]] = field(default_factory=dict)
    """Per service and own partition the sequence that its outbox would give next."""
    commands: list[Command] = field(default_factory=list)
    mails: list[Mail] | None = None
    blobs: dict[str, str] | None = None
    receipts: list[tuple[Any, bool]] = field(default_factory=list)
    closes_before: dict[str, str] = field(default_factory=dict)
    """Per call the instant its electronic window closes, exclusive."""
    other_causes: set[str] = field(default_factory=set)
    """Causes that are neither commands of the journal nor events: what a simulation scripted."""

    @cached_property
    def _read(self) -> list[tuple[Record, Said | None]]:
        """Every record in the order of topic, partition, offset, and what it says when it is genuine."""
        ordered = sorted(self.records, key=lambda r: (r.topic, r.partition, r.offset))
        return [(record, _read(record)) for record in ordered]

    @cached_property
    def said(self) -> list[Said]:
        """Genuine events in the order of topic, partition, offset; copies by the relay included."""
        return [said for _, said in self._read if said is not None]

    @cached_property
    def events(self) -> dict[str, Said]:
        """Every event once, the first time it was said."""
        found: dict[str, Said] = {}
        for said in self.said:
            found.setdefault(said.envelope.id, said)
        return found

    @cached_property
    def of_type(self) -> Mapping[str, list[Said]]:
        """Every event once, by type."""
        found: dict[str, list[Said]] = defaultdict(list)
        for said in self.events.values():
            found[said.envelope.type].append(said)
        return found

    @cached_property
    def caused_by(self) -> Mapping[str, list[Said]]:
        """Every event once, by the cause it names."""
        found: dict[str, list[Said]] = defaultdict(list)
        for said in self.events.values():
            found[said.envelope.causation_id].append(said)
        return found

    @cached_property
    def poisoned(self) -> set[str]:
        """Keys under which somebody else wrote."""
        return {(r.key or b"").decode("utf-8", "replace") for r in self.foreign()}

    @cached_property
    def good_places(self) -> set[tuple[str, int, int]]:
        """Where genuine events stand."""
        return {(s.record.topic, s.record.partition, s.record.offset) for s in self.said}

    def foreign(self) -> Iterator[Record]:
        """Records that no service of ours wrote."""
        return (record for record, said in self._read if said is None)


def _read(record: Record) -> Said | None:
    """The event, when a service of ours wrote it on its own topic."""
    try:
        envelope = record.read_envelope()
    except ContractError:
        return None
    if envelope.source != f"mingjing/{PUBLISHERS.get(record.topic)}" or envelope.sequence < 0:
        return None
    try:
        return Said(record, envelope, orjson.loads(record.value))
    except orjson.JSONDecodeError:
        return None
