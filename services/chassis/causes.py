"""What arrives: records from the log and commands from people; and what is kept when one is refused."""

from asyncio import Future
from base64 import b64decode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from contracts.catalog import CATALOG
from contracts.event import Envelope, Event, Headers, read_envelope
from services.chassis.errors import Invalid
from services.chassis.model import Answer

EVENT_BYTES_MAX = 8 * 2**20
"""What the broker takes; a larger event would stop everything behind it in the outbox."""


@dataclass(slots=True)
class Record:
    """One record of a topic, as the broker gave it. `offset` counts from 0 within its partition."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Headers
    value: bytes
    envelope: Envelope | None = None
    event: Event | None = None
    logged_at: int = 0
    """When the producer handed it to the broker: milliseconds since 1970, UTC."""

    @property
    def place(self) -> str:
        """Topic and partition, the unit that keeps order."""
        return f"{self.topic}/{self.partition}"

    def read_envelope(self) -> Envelope:
        """The envelope, read once.

        Raises:
            ContractError: the headers cannot be read.
        """
        if self.envelope is None:
            self.envelope = read_envelope(self.headers, self.key)
        return self.envelope

    def read_event(self) -> Event:
        """The body in its newest version, read once.

        Raises:
            ContractError: the body cannot be read.
        """
        if self.event is None:
            self.event = CATALOG.decode(self.read_envelope(), self.value)
        return self.event


@dataclass(slots=True)
class Ask:
    """A command somebody sent, and the future that gets its answer.

    `replay_key` is the caller's Idempotency-Key with the caller in it, `fingerprint` the SHA-256 of
    the request; both empty where the caller gave no key.
    """

    id: str
    command: Any
    now: str
    correlation_id: str
    replay_key: str = ""
    fingerprint: str = ""
    traceparent: str = ""
    future: "Future[Answer] | None" = None


@dataclass(slots=True)
class Emitted:
    """An event on its way out, with its place in the outbox once the batch knows it."""

    envelope: Envelope
    event: Event
    value: bytes
    partition: int
    sequence: int = -1


@dataclass(slots=True)
class DeadLetter:
    """A record that was not applied, kept whole.

    States: `dead` (unreadable, nothing waits for it), `parked` (refused: its key waits), `queued`
    (waits behind a parked one).
    """

    topic: str
    partition: int
    offset: int
    key: str
    event_id: str
    event_type: str
    state: str
    code: str
    reason: str
    headers: Headers = field(repr=False)
    value: bytes = field(repr=False)
    attempts: int = 1

    @property
    def fingerprint(self) -> str:
        """Groups failures of one kind: SHA-256 of type, code and the first line of the reason."""
        first = self.reason.splitlines()[0] if self.reason else ""
        return sha256(f"{self.event_type}|{self.code}|{first}".encode()).hexdigest()[:16]


def dead_letter(record: Record, state: str, code: str, reason: str) -> DeadLetter:
    """Keep a record with its bytes, why, and whether its key waits."""
    envelope = record.envelope
    return DeadLetter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=(record.key or b"").decode("utf-8", "replace"),
        event_id=envelope.id if envelope else "",
        event_type=envelope.type if envelope else "",
        state=state,
        code=code,
        reason=reason,
        headers=record.headers,
        value=record.value,
    )


def letter_record(row: Any) -> Record:
    """The record of a row of the table of dead letters, as it came."""
    headers = [(n, b64decode(v)) for n, v in orjson.loads(row["headers"])]
    return Record(
        row["topic"], row["partition"], row["position"], row["event_key"].encode(), headers,
        b64decode(row["body"]),
    )  # fmt: skip


def sequence_of(record: Record) -> int:
    """The producer's sequence; -1 where there is none or the headers cannot be read."""
    for name, value in record.headers:
        if name == "ce_sequence":
            try:
                return int(value)
            except (TypeError, ValueError):
                return -1
    return -1


def written(event: Event) -> bytes:
    """The body of an event as it is sent.

    Raises:
        Invalid: no broker would take it.
    """
    value = event.to_json()
    if len(value) > EVENT_BYTES_MAX:
        raise Invalid(
            "event_too_large",
            f"This makes an event of {len(value)} bytes; at most {EVENT_BYTES_MAX} can be sent. Say less.",
            f"由此产生的事件为 {len(value)} 字节，最多 {EVENT_BYTES_MAX} 字节，请精简内容。",
        )
    return value
