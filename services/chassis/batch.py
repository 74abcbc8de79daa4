"""One version of a store, and what one transaction adds to it."""

from dataclasses import dataclass, field

from services.chassis.causes import Ask, DeadLetter, Emitted
from services.chassis.errors import ServiceError
from services.chassis.model import Answer, Need
from services.chassis.tables import Row
from services.chassis.views import Changes


@dataclass
class Head:
    """One version of a service's store: what was read, and what the outbox will be numbered.

    `marks`: per `topic/partition` the next offset and the last producer sequence applied.
    `sequences`: per own partition the next outbox sequence. `parked`: keys that wait, as (topic, key).
    """

    version: int = 0
    marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    sequences: dict[int, int] = field(default_factory=dict)
    parked: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class Replay:
    """An answer already given for an idempotency key."""

    key: str
    fingerprint: str
    answer: Answer


@dataclass
class Batch:
    """Everything one transaction writes, and the answers to give once it is durable."""

    changes: Changes = field(default_factory=Changes)
    emitted: list[Emitted] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    replays: dict[str, Replay] = field(default_factory=dict)
    answers: list[tuple[Ask, Answer | ServiceError]] = field(default_factory=list)
    marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    sequences: dict[int, int] = field(default_factory=dict)
    parked: set[tuple[str, str]] = field(default_factory=set)
    audits: list[Row] = field(default_factory=list)
    missing: set[Need] = field(default_factory=set)
    asked_keys: set[str] = field(default_factory=set)
    applied: int = 0
    duplicates: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (
            self.marks or self.changes.rows or self.changes.counts or self.emitted
            or self.letters or self.replays or self.audits
        )  # fmt: skip
