"""The headers of a record: what is written is read, and what cannot be read says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.event import ContractError, Envelope, Headers, read_envelope
from tests.contracts.strategies import TEXTS

ENVELOPE = Envelope(
    id="52c9eb63-d48c-5830-823c-2cce72234dce",
    type="submission.call_closed",
    version=1,
    source="mingjing/submission",
    time="2021-07-13T00:00:00+08:00",
    key="cast-2021-open-cooperation",
    correlation_id="cast-2021-open-cooperation",
    causation_id="a8bd2d46-44a0-5a4b-9395-8fade5fb2e86",
    traceparent="00-0fdd272212f781201d7f9462d74b0e48-6900828860c0a9dc-01",
    sequence=41,
)


def headers(**changed: bytes | None) -> Headers:
    """The headers of a good record, with some replaced; None takes one away."""
    found = dict(ENVELOPE.headers(41))
    replaced = {f"ce_{name}": value for name, value in changed.items()}
    return [(name, value) for name, value in {**found, **replaced}.items() if value is not None]


def refusal(found: Headers, key: bytes | None = b"key") -> ContractError:
    """The error that reading the headers raises."""
    with pytest.raises(ContractError) as caught:
        read_envelope(found, key)
    return caught.value


def test_what_is_written_is_read_again() -> None:
    """Every attribute survives the trip through headers and key."""
    assert read_envelope(ENVELOPE.headers(41), ENVELOPE.key.encode()) == ENVELOPE


@given(
    texts=st.tuples(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS),
    version=st.integers(-1, 2**31),
    sequence=st.integers(-1, 2**63),
    time=st.datetimes(timezones=st.timezones()).map(lambda one: one.isoformat()),
)
def test_any_envelope_survives_the_trip(
    texts: tuple[str, str, str, str, str, str, str], version: int, sequence: int, time: str
) -> None:
    """Ids are opaque: any text with UTF-8 bytes, any offset a clock can have."""
    if time[-6] not in "+-":
        return  # an offset with seconds, from before time zones were whole minutes
    name, kind, source, key, correlation, causation, trace = texts
    one = Envelope(name, kind, version, source, time, key, correlation, causation, trace, sequence)

    assert read_envelope(one.headers(sequence), key.encode()) == one


@pytest.mark.parametrize("name", ["id", "type", "source", "time", "dataversion"])
def test_a_missing_required_header_is_named(name: str) -> None:
    """Whoever reads the dead letter learns which one."""
    error = refusal(headers(**{name: None}))

    assert error.code == "headers_unreadable"
    assert error.reason == f"header ce_{name} is missing"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dataversion", b"two"),
        ("dataversion", b""),
        ("dataversion", b"1.0"),
        ("sequence", b"first"),
        ("id", b"\xff\xfe"),
        ("correlationid", b"\xc3("),
        ("time", b""),
        ("time", b"2021-07-12"),
        ("time", b"2021-07-12T18:00:00"),
        ("time", b"2021-07-12T24:00:00+08:00"),
        ("time", b"2021-13-01T00:00:00Z"),
        ("time", b"2021-07-12T18:00:00+08:00\n"),
        ("time", "٢٠٢١-07-12T18:00:00Z".encode()),
    ],
)
def test_a_malformed_header_is_a_contract_error(name: str, value: bytes) -> None:
    """Never a ValueError that a consumer would take for a bug of its own."""
    assert refusal(headers(**{name: value})).code == "headers_unreadable"


@pytest.mark.parametrize("name", ["ce_id", "ce_time", "ce_dataversion", "ce_correlationid"])
def test_a_null_header_is_a_contract_error(name: str) -> None:
    """Kafka lets a header's value be null, whatever the types say."""
    found = [(key, None if key == name else value) for key, value in headers()]

    assert refusal(found).code == "headers_unreadable"  # type: ignore[arg-type]


def test_a_key_that_is_no_text_is_a_contract_error() -> None:
    """A key is the id of an aggregate, and ids are UTF-8."""
    assert refusal(headers(), b"\xff").code == "headers_unreadable"


def test_a_record_without_a_key_has_an_empty_one() -> None:
    """Null is readable: that the event then has no order is for others to judge."""
    assert read_envelope(headers(), None).key == ""


def test_what_a_foreign_producer_may_leave_out_is_empty() -> None:
    """Correlation, causation, trace and sequence are ours; CloudEvents does not ask for them."""
    left_out = dict.fromkeys(("correlationid", "causationid", "traceparent", "sequence"))

    found = read_envelope(headers(**left_out), b"key")

    assert (found.correlation_id, found.causation_id, found.traceparent) == ("", "", "")
    assert found.sequence == -1


@given(st.lists(st.tuples(TEXTS, st.binary(max_size=20)), max_size=6), st.binary(max_size=20))
def test_no_headers_at_all_raise_anything_else(found: Headers, key: bytes) -> None:
    """Whatever bytes arrive: an envelope or a ContractError."""
    required = [("ce_id", b"x"), ("ce_type", b"x"), ("ce_source", b"x"), *found]
    assert _outcome(required, key) in ("read", "headers_unreadable")


def _outcome(found: Headers, key: bytes) -> str:
    try:
        read_envelope(found, key)
    except ContractError as error:
        return error.code
    return "read"


def test_the_outbox_and_the_log_say_the_same() -> None:
    """Written out twice for speed: once as text for the table, once as bytes for the broker."""
    assert [(n, v.encode()) for n, v in ENVELOPE.attributes(41)] == ENVELOPE.headers(41)
