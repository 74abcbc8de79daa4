"""Upcasts: old records mean today what they meant when they were written."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalog import CATALOG
from contracts.event import Catalog, Contract, ContractError, Envelope, Event
from contracts.submission import ApplicationSubmitted, ApplicationSubmittedV1, submitted_v1_to_v2
from tests.contracts.strategies import bodies, envelope_of, wire

TIME = "2021-07-05T14:12:09+08:00"
OLD = ApplicationSubmittedV1.model_validate(
    {
        "application_id": "application",
        "call_id": "call",
        "applicant": {
            "id": "91FICTIVE000000C03",
            "name": "虚构山岳研究会（示例）",
            "member_class": "regular",
            "contact_email": "office-c@applicants.example",
        },
        "title": "山岳科普国际合作（虚构）",
        "items": ["1.6"],
        "requested_yuan": "298500.50",
        "form": {"plan": "虚构"},
        "form_sha256": "0" * 64,
    }
)


@pytest.mark.parametrize(
    ("yuan", "fen"),
    [
        ("0", 0),
        ("0.01", 1),
        ("0.1", 10),
        ("0.29", 29),
        ("1", 100),
        ("298500.50", 29_850_050),
        ("300000", 30_000_000),
        ("9999999999999.99", 999_999_999_999_999),
    ],
)
def test_yuan_become_exactly_as_many_fen(yuan: str, fen: int) -> None:
    """Unit: fen. No rounding can occur, because no third decimal place can be written."""
    old = OLD.model_copy(update={"requested_yuan": yuan})

    assert submitted_v1_to_v2(old, envelope_of(type(OLD), TIME)).requested_fen == fen


@pytest.mark.parametrize(
    "yuan",
    ["", "-1", "+1", "01", ".5", "1.", "1.005", "1e3", "NaN", "Infinity", "10000000000000", "１"],
)
def test_yuan_that_are_no_whole_fen_are_never_read(yuan: str) -> None:
    """So the upcast is total: it never meets them."""
    body = OLD.model_dump(mode="json") | {"requested_yuan": yuan}

    with pytest.raises(ContractError) as caught:
        CATALOG.decode(envelope_of(ApplicationSubmittedV1, TIME), wire(body))

    assert caught.value.code == "body_unreadable"
    assert caught.value.reason.startswith("requested_yuan: ")


def test_what_version_1_did_not_say_comes_from_its_envelope() -> None:
    """It left as the submission committed, under the call's only version of the time."""
    new = CATALOG.decode(envelope_of(ApplicationSubmittedV1, TIME), OLD.to_json())

    assert isinstance(new, ApplicationSubmitted)
    assert (new.call_version, new.submitted_at, new.submitted_by) == (1, TIME, OLD.applicant.id)
    kept = ("application_id", "call_id", "applicant", "title", "items", "form", "form_sha256")
    assert [getattr(new, name) for name in kept] == [getattr(OLD, name) for name in kept]


def test_an_upcast_that_cannot_hold_is_a_contract_error() -> None:
    """A time that no reader of headers would have let through must not look like a bug."""
    with pytest.raises(ContractError) as caught:
        CATALOG.decode(envelope_of(ApplicationSubmittedV1, "yesterday"), OLD.to_json())

    assert caught.value.code == "body_unreadable"


@given(bodies(ApplicationSubmittedV1))
def test_fen_and_yuan_agree_for_every_version_1(body: dict[str, str]) -> None:
    """Against arithmetic on the digits alone, without Decimal."""
    whole, _, part = body["requested_yuan"].partition(".")

    new = CATALOG.decode(envelope_of(ApplicationSubmittedV1), wire(body))

    assert isinstance(new, ApplicationSubmitted)
    assert new.requested_fen == int(whole) * 100 + int(part.ljust(2, "0"))


class Counted(Event):
    """A made-up event, first shape."""

    TYPE: ClassVar[str] = "abacus.counted"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "id"

    id: str
    beads: int


class CountedV2(Event):
    """Second shape: the count is a text."""

    TYPE: ClassVar[str] = "abacus.counted"
    VERSION: ClassVar[int] = 2
    KEY: ClassVar[str] = "id"

    id: str
    beads: str


class CountedV3(Event):
    """Third shape: and it says when."""

    TYPE: ClassVar[str] = "abacus.counted"
    VERSION: ClassVar[int] = 3
    KEY: ClassVar[str] = "id"

    id: str
    beads: str
    counted_at: str


def _one_to_two(old: Counted, _: Envelope) -> CountedV2:
    return CountedV2(id=old.id, beads=str(old.beads))


def _two_to_three(old: CountedV2, envelope: Envelope) -> CountedV3:
    return CountedV3(id=old.id, beads=old.beads, counted_at=envelope.time)


ABACUS = Catalog(
    [
        Contract(
            publisher="abacus",
            topic="abacus.events",
            events=(Counted, CountedV2, CountedV3),
            upcasts=((Counted, _one_to_two), (CountedV2, _two_to_three)),
        )
    ]
)


@given(st.integers(-(2**53), 2**53))
def test_two_steps_are_the_same_as_one_after_the_other(beads: int) -> None:
    """upcast(1 → 3) = upcast(2 → 3) after upcast(1 → 2), from objects and from bytes."""
    old = Counted(id="x", beads=beads)
    envelope, later = envelope_of(Counted, TIME), envelope_of(CountedV2, TIME)

    both = ABACUS.decode(envelope, old.to_json())
    halfway = _one_to_two(old, envelope)

    assert both == ABACUS.decode(later, halfway.to_json())
    assert both == CountedV3(id="x", beads=str(beads), counted_at=TIME)


def test_the_newest_version_passes_through_unchanged() -> None:
    """An upcast never touches what needs none."""
    new = CountedV3(id="x", beads="7", counted_at=TIME)

    assert ABACUS.upcast(new, envelope_of(CountedV3)) is new
