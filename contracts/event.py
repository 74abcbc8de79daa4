"""What an event is on the wire: a pydantic body, CloudEvents 1.0 attributes as Kafka headers."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple
from zlib import crc32

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.values import CLOCK, DAY, OFFSET

PARTITIONS = 8
"""Partitions of every topic. Part of the contract: it fixes which keys share an order."""

Headers = list[tuple[str, bytes]]

_INSTANT = re.compile(DAY + "T" + CLOCK + OFFSET)


class ContractError(Exception):
    """A record that cannot be read as an event; `code` says which promise it breaks."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class Event(BaseModel):
    """A fact that happened. Readers ignore fields they do not know; writers send only these.

    Subclasses set TYPE (`<publisher>.<past_tense_fact>`), VERSION (from 1) and KEY (the field whose
    value orders the event: all events of one key stay in order).
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    TYPE: ClassVar[str]
    VERSION: ClassVar[int]
    KEY: ClassVar[str]

    @property
    def key(self) -> str:
        """The id of the aggregate this fact belongs to."""
        return str(getattr(self, self.KEY))

    def to_json(self) -> bytes:
        """The body as sent: UTF-8 JSON, fields as declared, so equal events are equal bytes."""
        return self.__pydantic_serializer__.to_json(self)


class Envelope(NamedTuple):
    """The CloudEvents attributes of one event. Times are ISO 8601 with an offset."""

    id: str
    type: str
    version: int
    source: str
    time: str
    key: str
    correlation_id: str
    causation_id: str
    traceparent: str = ""
    sequence: int = -1
    """Dense per producer and partition, from 0; -1 where the producer gave none."""

    def attributes(self, sequence: int) -> list[tuple[str, str]]:
        """The binary CloudEvents binding as text, with the sequence the outbox chose."""
        (event_id, kind, version, source, time, key, correlation, causation, trace, _) = self
        return [
            ("ce_specversion", "1.0"), ("ce_id", event_id), ("ce_type", kind), ("ce_source", source),
            ("ce_time", time), ("ce_dataversion", str(version)), ("ce_partitionkey", key),
            ("ce_correlationid", correlation), ("ce_causationid", causation),
            ("ce_sequence", str(sequence)), ("ce_traceparent", trace),
            ("content-type", "application/json"),
        ]  # fmt: skip

    def headers(self, sequence: int) -> Headers:
        """The same as Kafka carries it."""
        return [
            ("ce_specversion", b"1.0"), ("ce_id", self.id.encode()), ("ce_type", self.type.encode()),
            ("ce_source", self.source.encode()), ("ce_time", self.time.encode()),
            ("ce_dataversion", b"%d" % self.version), ("ce_partitionkey", self.key.encode()),
            ("ce_correlationid", self.correlation_id.encode()),
            ("ce_causationid", self.causation_id.encode()), ("ce_sequence", b"%d" % sequence),
            ("ce_traceparent", self.traceparent.encode()), ("content-type", b"application/json"),
        ]  # fmt: skip


def partition_of(key: str, partitions: int = PARTITIONS) -> int:
    """The partition of a key: CRC-32 of its UTF-8 bytes, modulo the count; chosen by the writer."""
    return crc32(key.encode()) % partitions


def read_envelope(headers: Iterable[tuple[str, bytes]], key: bytes | None) -> Envelope:
    """The envelope in a record's headers.

    Raises:
        ContractError: `headers_unreadable` when a required attribute is missing or malformed.
    """
    found = dict(headers)
    perhaps = found.get
    try:
        return Envelope(  # by position, for it is done for every record
            found["ce_id"].decode(), found["ce_type"].decode(), int(found["ce_dataversion"]),
            found["ce_source"].decode(), _instant(found["ce_time"].decode()),
            key.decode() if key else "", perhaps("ce_correlationid", b"").decode(),
            perhaps("ce_causationid", b"").decode(), perhaps("ce_traceparent", b"").decode(),
            int(perhaps("ce_sequence", b"-1")),
        )  # fmt: skip
    except KeyError as missing:
        reason = f"header {missing.args[0]} is missing"
        raise ContractError("headers_unreadable", reason) from missing
    except (ValueError, AttributeError, TypeError) as bad:  # Kafka allows null as a value
        raise ContractError("headers_unreadable", str(bad)) from bad


def is_instant(text: str) -> bool:
    """Whether the text may be the time of an event: ISO 8601 with an offset, one form only."""
    return _INSTANT.fullmatch(text) is not None


def _instant(text: str) -> str:
    """The text, when it is an instant: reactions take their `now` from it."""
    if not is_instant(text):
        raise ValueError("header ce_time is not an ISO 8601 instant with an offset")
    return text


Upcast = Callable[[Any, Envelope], Event]


@dataclass(frozen=True)
class Contract:
    """Everything one publisher says: its topic, every version of every event, and the upcasts.

    `correlates` names the body fields whose first non-empty value is the correlation id, so that
    all that concerns one case can be found by one id whoever caused it.
    """

    publisher: str
    topic: str
    events: tuple[type[Event], ...]
    upcasts: tuple[tuple[type[Event], Upcast], ...] = ()
    correlates: tuple[str, ...] = ()
    partitions: int = PARTITIONS

    def latest(self) -> tuple[type[Event], ...]:
        """The newest version of each event type, in the order of declaration."""
        newest: dict[str, type[Event]] = {}
        for event in self.events:
            if event.TYPE not in newest or newest[event.TYPE].VERSION < event.VERSION:
                newest[event.TYPE] = event
        return tuple(newest.values())


class Catalog:
    """All contracts, with look-ups by topic, type and version."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self.contracts = tuple(contracts)
        self.topics = {contract.topic: contract for contract in self.contracts}
        self._versions = {
            (event.TYPE, event.VERSION): event
            for contract in self.contracts
            for event in contract.events
        }
        self._latest = {
            event.TYPE: event for contract in self.contracts for event in contract.latest()
        }
        self._upcasts = {old: step for contract in self.contracts for old, step in contract.upcasts}

    def latest(self, event_type: str) -> type[Event] | None:
        """The newest version of an event type, or None when nobody publishes it."""
        return self._latest.get(event_type)

    def topic_of(self, event: type[Event]) -> str:
        """The topic an event is published on."""
        return next(c.topic for c in self.contracts if event.TYPE.split(".")[0] == c.publisher)

    def decode(self, envelope: Envelope, value: bytes) -> Event:
        """The body of a record as the newest version of its event.

        Raises:
            ContractError: `type_unknown`, `version_unknown` or `body_unreadable`.
        """
        shape = self._versions.get((envelope.type, envelope.version))
        if shape is None:
            raise self._unknown(envelope)
        try:
            return self.upcast(shape.__pydantic_validator__.validate_json(value), envelope)
        except ValidationError as bad:
            raise ContractError("body_unreadable", _first_fault(bad)) from bad

    def upcast(self, event: Event, envelope: Envelope) -> Event:
        """Step an old version up, one version at a time, until it is the newest."""
        while step := self._upcasts.get(type(event)):
            event = step(event, envelope)
        return event

    def _unknown(self, envelope: Envelope) -> ContractError:
        newest = self._latest.get(envelope.type)
        if newest is None:
            return ContractError("type_unknown", f"nobody publishes {envelope.type}")
        return ContractError(
            "version_unknown",
            f"{envelope.type} version {envelope.version}; "
            f"the newest known here is {newest.VERSION}",
        )


def _first_fault(bad: ValidationError) -> str:
    fault = bad.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"]) or "body"
    return f"{where}: {fault['msg']}"
