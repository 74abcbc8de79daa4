"""One way to run the chassis, so that each promise is held in memory and on the real thing."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

from contracts.catalog import CATALOG
from contracts.event import Envelope, Event, Headers, partition_of
from contracts.submission import ApplicationSubmitted, ApplicationWithdrawn, CallPublished
from services.chassis.causes import Ask
from services.chassis.errors import ServiceError
from services.chassis.ids import derived
from services.chassis.model import Answer
from services.chassis.tables import Row
from tests.chassis.commands import Submit
from tests.chassis.probes import PROBES, submitted, withdrawn

NOW = "2021-07-01T09:00:00+08:00"
SUBMISSIONS = "submission.events"
ELIGIBILITY = "eligibility.events"


class Wire(NamedTuple):
    """A record as a producer hands it to the broker."""

    topic: str
    partition: int
    key: bytes | None
    headers: Headers
    value: bytes


class Letter(NamedTuple):
    """What a test looks at in a dead letter."""

    key: str
    state: str
    code: str
    event_type: str


class Logged(NamedTuple):
    """What a test looks at in the log. The sequence is the producer's."""

    partition: int
    sequence: int
    key: str
    event_id: str
    value: bytes


def application(number: object, title: str = "A title") -> ApplicationSubmitted:
    """The event that an application was submitted; each number is another applicant."""
    return submitted(Submit(id=f"a{number}", applicant_id=f"o{number}", title=title), NOW)


def withdrawal(application_id: str) -> ApplicationWithdrawn:
    """The event that an application was withdrawn."""
    return withdrawn(application_id, NOW)


def call() -> CallPublished:
    """The call whose coming lets refused applications go on."""
    return CallPublished(
        call_id="call", call_version=1, call={}, call_sha256="0" * 64, published_by="o",
        published_at=NOW,
    )  # fmt: skip


def wire(event: Event, *, sequence: int = -1, event_id: str = "", version: int = 0) -> Wire:
    """The event as its publisher would send it."""
    topic = CATALOG.topic_of(type(event))
    envelope = Envelope(
        id=event_id or derived(event.key, event.TYPE), type=event.TYPE,
        version=version or event.VERSION, source="test", time=NOW, key=event.key,
        correlation_id=event.key, causation_id="",
    )  # fmt: skip
    return Wire(
        topic, partition_of(event.key), event.key.encode(), envelope.headers(sequence),
        event.to_json(),
    )  # fmt: skip


def neighbour(key: str, count: int = 1) -> list[int]:
    """Numbers of applications in the same partition as a key's."""
    wanted = wire(application(key)).partition
    found = (n for n in range(1_000) if wire(application(n)).partition == wanted)
    return [next(found) for _ in range(count)]


def with_header(record: Wire, name: str, value: bytes | None) -> Wire:
    """The record with one header overwritten; Kafka allows null, though our type does not."""
    headers: Any = [(n, value if n == name else v) for n, v in record.headers]
    return record._replace(headers=headers)


def command(body: Any, *, key: str = "", fingerprint: str = "", number: int = 0) -> Ask:
    """A command as the gate hands it to the writer."""
    return Ask(
        id=derived(key or f"{body!r}/{number}", "ask"), command=body, now=NOW, correlation_id="",
        replay_key=key, fingerprint=fingerprint or repr(body) if key else "",
    )  # fmt: skip


def service_of(table: type[Row]) -> str:
    """The name of the probe that owns a table."""
    return next(s.name for s in PROBES if table.spec.name in s.tables.specs)


class Runner(ABC):
    """The probes, running. Everything a test does and looks at goes through here."""

    @abstractmethod
    async def ask_all(self, service: str, asks: Sequence[Ask]) -> list[Answer | ServiceError]:
        """Give commands at the same time; the answers in the same order."""

    @abstractmethod
    async def send(self, *records: Wire) -> None:
        """Put records on the log, as they are."""

    @abstractmethod
    async def settle(self) -> None:
        """Wait until nobody has anything to do."""

    @abstractmethod
    async def rows(self, table: type[Row]) -> list[Any]:
        """Every row of a table, in primary key order."""

    @abstractmethod
    async def letters(self, service: str) -> list[Letter]:
        """The dead letters of a service, in the order of the log."""

    @abstractmethod
    async def log(self, topic: str) -> list[Logged]:
        """What this runner put on a topic, per partition in order."""

    @abstractmethod
    async def redrive(self, service: str, topic: str, key: str) -> None:
        """Let a parked key go on."""

    async def ask(self, service: str, body: Any, *, key: str = "", fingerprint: str = "") -> Answer:
        """Give one command.

        Raises:
            ServiceError: it was refused.
        """
        (answer,) = await self.ask_all(service, [command(body, key=key, fingerprint=fingerprint)])
        if isinstance(answer, ServiceError):
            raise answer
        return answer

    async def receive(self, *events: Event) -> None:
        """Put events on the log and wait until they have had their effect."""
        await self.send(*(wire(event) for event in events))
        await self.settle()
