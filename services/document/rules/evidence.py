"""Everything an assessment rests on, as JSON and back, so that its event alone can repeat it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.document.rules.assessment import RULES_VERSION, Assessment, missing
from services.document.rules.facts import Correction, FileIn, Parcel, Received
from services.document.rules.requirements import Channel, Requirements

_DAYS = ("dispatched_on", "due_on")
_INSTANTS = ("received_at", "arrived_at", "requested_at", "closes_before")


class EvidenceUnreadable(ValueError):
    """The evidence was written for other rules than these."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The inputs of one assessment, and the version of the call they were judged under."""

    call_version: int
    requirements: Requirements
    received: Received


def as_document(evidence: Evidence) -> dict[str, Any]:
    """The evidence as a JSON object."""
    return {
        "rules": RULES_VERSION,
        "call_version": evidence.call_version,
        "requirements": requirements_document(evidence.requirements),
        "received": {
            name: [_plain(_fields(row)) for row in rows]
            for name, rows in _fields(evidence.received).items()
        },
    }


def requirements_document(requirements: Requirements) -> dict[str, Any]:
    """The requirements as a JSON object, channels by name."""
    held = {k: v for k, v in _fields(requirements).items() if k != "channels"}
    channels = {name: _plain(_fields(rule)) for name, rule in requirements.channels}
    return {**_plain(held), "channels": channels}


def read_requirements(document: Mapping[str, Any]) -> Requirements:
    """The requirements of a JSON object that `requirements_document` wrote."""
    channels = tuple((name, Channel(**_rich(c))) for name, c in document["channels"].items())
    return Requirements(**_tuples({**document, "channels": channels}))


def read_evidence(document: Mapping[str, Any]) -> Evidence:
    """The evidence of a JSON object that `as_document` wrote.

    Raises:
        EvidenceUnreadable: it names another version of the rules.
    """
    if document["rules"] != RULES_VERSION:
        raise EvidenceUnreadable(f"written for {document['rules']}; these are {RULES_VERSION}")
    came = document["received"]
    return Evidence(
        call_version=document["call_version"],
        requirements=read_requirements(document["requirements"]),
        received=Received(
            files=tuple(FileIn(**_rich(f)) for f in came["files"]),
            parcels=tuple(Parcel(**_rich(p)) for p in came["parcels"]),
            corrections=tuple(Correction(**_rich(c)) for c in came["corrections"]),
        ),
    )


def assess_again(document: Mapping[str, Any]) -> Assessment:
    """The assessment that the recorded evidence leads to, on any later day."""
    evidence = read_evidence(document)
    return missing(evidence.requirements, evidence.received)


def _fields(held: Any) -> dict[str, Any]:
    """A dataclass's fields as they are: nothing in them can change, so nothing need be copied."""
    return {name: getattr(held, name) for name in held.__dataclass_fields__}


def _plain(value: Any) -> Any:
    """Days and instants as text, tuples as lists."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _rich(row: Mapping[str, Any]) -> dict[str, Any]:
    """Text back to days and instants, by the column's name."""
    rich = dict(row)
    for name in _DAYS:
        if rich.get(name) is not None:
            rich[name] = date.fromisoformat(rich[name])
    for name in _INSTANTS:
        if name in rich:
            rich[name] = datetime.fromisoformat(rich[name])
    return rich


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(each) if isinstance(each, list) else each for name, each in row.items()}
