"""The AsyncAPI 3 document of the whole system, as plain data."""

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.catalog import CATALOG
from contracts.event import Contract, Event
from contracts.generate import TOPIC_SETTINGS, meaning, place, shapes
from contracts.values import CLOCK, DAY, OFFSET

Document = dict[str, Any]
Reads = Mapping[str, frozenset[str]]
"""Per service, the types of the events it folds or reacts to."""

KAFKA_BINDING = "0.5.0"


def asyncapi(version: str, reads: Reads) -> Document:
    """The document; `reads` adds what each service receives to what each one sends."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Mingjing",
            "version": version,
            "description": (
                "Events of a public call for proposals. Bodies are JSON in the record's value; "
                "CloudEvents 1.0 attributes are record headers (binary mode). The key of a record "
                "is the id of what the fact is about, and picks the partition: CRC-32 of its "
                "UTF-8 bytes modulo the count."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {one.topic: _channel(one) for one in CATALOG.contracts},
        "operations": {**_sends(), **_receives(reads)},
        "components": {
            "schemas": {"Headers": headers_schema()},
            "messages": {_name(event): _message(event) for _, event in shapes()},
            "correlationIds": {
                "case": {
                    "description": "The case all events of one story share.",
                    "location": "$message.header#/ce_correlationid",
                }
            },
        },
    }


def headers_schema() -> Document:
    """What the headers of every record hold; all values are UTF-8 text."""
    text = {"type": "string"}
    named = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": named | {"description": "The event's id: a function of its cause."},
            "ce_type": named,
            "ce_source": named | {"description": "The service that wrote it."},
            "ce_time": text | {"pattern": f"^{DAY}T{CLOCK}{OFFSET}$"},
            "ce_dataversion": text | {"pattern": "^[1-9][0-9]*$"},
            "ce_partitionkey": named | {"description": "The same text as the record's key."},
            "ce_correlationid": text,
            "ce_causationid": text,
            "ce_sequence": text | {"pattern": "^(-1|0|[1-9][0-9]*)$"},
            "ce_traceparent": text | {"description": "W3C trace context, or empty."},
            "content-type": {"const": "application/json"},
        },
        "required": [
            "ce_specversion",
            "ce_id",
            "ce_type",
            "ce_source",
            "ce_time",
            "ce_dataversion",
            "ce_partitionkey",
            "content-type",
        ],
    }


def _name(event: type[Event]) -> str:
    return f"{event.TYPE}.v{event.VERSION}"


def _channel(contract: Contract) -> Document:
    kafka = {
        "topic": contract.topic,
        "partitions": contract.partitions,
        "topicConfiguration": {
            "cleanup.policy": [TOPIC_SETTINGS["cleanup.policy"]],
            "retention.ms": int(TOPIC_SETTINGS["retention.ms"]),
        },
        "bindingVersion": KAFKA_BINDING,
    }
    messages = {
        _name(one): {"$ref": f"#/components/messages/{_name(one)}"} for one in contract.events
    }
    return {
        "address": contract.topic,
        "description": f"Everything {contract.publisher} publishes.",
        "messages": messages,
        "bindings": {"kafka": kafka},
    }


def _message(event: type[Event]) -> Document:
    identity = {
        "type": "object",
        "properties": {
            "ce_type": {"const": event.TYPE},
            "ce_dataversion": {"const": str(event.VERSION)},
        },
    }
    return {
        "name": event.TYPE,
        "title": f"{event.TYPE} version {event.VERSION}",
        "summary": meaning(event),
        "contentType": "application/json",
        "correlationId": {"$ref": "#/components/correlationIds/case"},
        "headers": {"allOf": [{"$ref": "#/components/schemas/Headers"}, identity]},
        "payload": {"$ref": f"./schemas/{place(event)}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"The body's `{event.KEY}`."},
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _sends() -> Document:
    """A publisher sends the newest version of each of its events, and no other."""
    return {
        f"{one.publisher}_sends": _operation("send", one, one.latest()) for one in CATALOG.contracts
    }


def _receives(reads: Reads) -> Document:
    """A reader reads every version that ever was, of the types it cares about."""
    found = {}
    for service, types in sorted(reads.items()):
        for contract in CATALOG.contracts:
            wanted = [event for event in contract.events if event.TYPE in types]
            if wanted:
                name = f"{service}_receives_{contract.publisher}"
                found[name] = _operation("receive", contract, wanted)
    return found


def _operation(action: str, contract: Contract, events: Iterable[type[Event]]) -> Document:
    channel = f"#/channels/{contract.topic}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{_name(event)}"} for event in events],
    }
