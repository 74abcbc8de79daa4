"""Bodies: what any writer sends is read, written again as equal bytes, or refused with a code."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contracts.catalog import CATALOG
from contracts.event import Contract, ContractError, Envelope, Event
from contracts.generate import shapes
from contracts.schema import writer_schema
from contracts.submission import CallClosed
from tests.contracts.strategies import bodies, envelope_of, wire
from tests.contracts.test_examples import each_shape

quick = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BODY = {
    "call_id": "cast-2021-open-cooperation",
    "closed_by": "clock",
    "closed_at": "2021-07-13T00:00:00+08:00",
}


def refusal(envelope: Envelope, value: bytes) -> ContractError:
    """The error that decoding raises."""
    with pytest.raises(ContractError) as caught:
        CATALOG.decode(envelope, value)
    return caught.value


@each_shape
@quick
@given(data=st.data())
def test_whatever_its_schema_allows_is_read_and_valid_again(
    contract: Contract, event: type[Event], data: st.DataObject
) -> None:
    """Total, deterministic, and the result keeps the newest schema: for old versions, upcasts."""
    value = wire(data.draw(bodies(event)))
    newest = CATALOG.latest(event.TYPE)
    assert newest is not None

    decoded = CATALOG.decode(envelope_of(event), value)

    assert type(decoded) is newest
    assert CATALOG.decode(envelope_of(event), value) == decoded
    Draft202012Validator(writer_schema(newest)).validate(json.loads(decoded.to_json()))


@each_shape
@quick
@given(data=st.data())
def test_equal_events_are_equal_bytes_both_ways(
    contract: Contract, event: type[Event], data: st.DataObject
) -> None:
    """Written, read and written again: the same event and the same bytes."""
    first = CATALOG.decode(envelope_of(event), wire(data.draw(bodies(event))))

    again = CATALOG.decode(envelope_of(type(first)), first.to_json())

    assert again == first
    assert again.to_json() == first.to_json()


@each_shape
def test_a_reader_ignores_a_field_it_does_not_know(contract: Contract, event: type[Event]) -> None:
    """An additive change of a writer that was deployed first harms nobody."""
    value = wire({"call_id": "x", "unheard_of": 1} | _sample(event))

    assert "unheard_of" not in json.loads(CATALOG.decode(envelope_of(event), value).to_json())


def _sample(event: type[Event]) -> dict[str, Any]:
    from contracts.compatibility.samples import sample  # noqa: PLC0415
    from contracts.compatibility.shapes import normal  # noqa: PLC0415

    found: dict[str, Any] = sample(normal(writer_schema(event)))
    return found


def test_a_type_that_nobody_publishes_is_refused() -> None:
    """The reader cannot know what it means; somebody has to look."""
    error = refusal(_typed("submission.moon_landed", 1), wire(BODY))

    assert (error.code, error.reason) == (
        "type_unknown",
        "nobody publishes submission.moon_landed",
    )


@pytest.mark.parametrize("version", [0, -1, 2, 2**40])
def test_a_version_that_is_not_known_is_refused(version: int) -> None:
    """A newer writer was deployed first: the record waits for the newer reader."""
    error = refusal(_typed(CallClosed.TYPE, version), wire(BODY))

    assert error.code == "version_unknown"
    assert "the newest known here is 1" in error.reason


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (b"", "body"),
        (b"\xff\xfe", "body"),
        (b"null", "body"),
        (b"[]", "body"),
        (b'{"call_id": "x"', "body"),
        (b"[" * 100_000, "body"),
        (wire(BODY | {"closed_at": "yesterday"}), "closed_at"),
        (wire(BODY | {"call_id": 7}), "call_id"),
        (wire(BODY | {"call_id": ""}), "call_id"),
        (wire(BODY | {"call_id": "x" * 129}), "call_id"),
        (wire({"call_id": "x"}), "closed_by"),
    ],
)
def test_an_unreadable_body_says_where(value: bytes, where: str) -> None:
    """The first fault, with the field it is in."""
    error = refusal(envelope_of(CallClosed), value)

    assert error.code == "body_unreadable"
    assert error.reason.startswith(f"{where}: ")


def test_a_tombstone_is_refused() -> None:
    """A record without a value deletes nothing here: the log is never compacted."""
    assert refusal(envelope_of(CallClosed), None).code == "body_unreadable"  # type: ignore[arg-type]


def test_the_longest_id_is_read() -> None:
    """128 characters are an id; one more is not (above)."""
    read = CATALOG.decode(envelope_of(CallClosed), wire(BODY | {"call_id": "x" * 128}))

    assert read.key == "x" * 128


@given(st.binary(max_size=60), st.sampled_from([event for _, event in shapes()]))
def test_no_bytes_raise_anything_else(value: bytes, event: type[Event]) -> None:
    """Whatever arrives: an event or a ContractError."""
    with pytest.raises(ContractError):
        CATALOG.decode(envelope_of(event), value)


def _typed(event_type: str, version: int) -> Envelope:
    known = envelope_of(CallClosed)
    return Envelope(known.id, event_type, version, known.source, known.time, "key", "case", "cause")
