"""The laws every contract keeps, whatever it is about."""

import re
from itertools import pairwise

import pytest

from contracts.catalog import CATALOG
from contracts.event import PARTITIONS, Contract, Event, partition_of
from contracts.generate import shapes
from contracts.schema import writer_schema
from tests.contracts.test_examples import each_shape


@each_shape
def test_a_type_is_its_publisher_and_a_fact_in_snake_case(
    contract: Contract, event: type[Event]
) -> None:
    """`<publisher>.<past_tense_fact>`: the topic follows from the type alone."""
    assert re.fullmatch(rf"{contract.publisher}\.[a-z]+(_[a-z]+)*", event.TYPE)
    assert contract.topic == f"{contract.publisher}.events"
    assert CATALOG.topic_of(event) == contract.topic


@each_shape
def test_the_key_field_is_there_and_is_a_text(contract: Contract, event: type[Event]) -> None:
    """An event without a key has no order."""
    schema = writer_schema(event)

    assert event.model_fields[event.KEY].annotation is str
    assert event.KEY in schema["required"]
    assert schema["properties"][event.KEY]["minLength"] == 1


@each_shape
def test_every_event_says_what_it_means_and_belongs_to_a_case(
    contract: Contract, event: type[Event]
) -> None:
    """A docstring for the catalogue; at least one required field that correlates."""
    required = set(writer_schema(event)["required"])

    assert event.__doc__
    assert event.__doc__ != Event.__doc__
    assert required & set(contract.correlates)


@pytest.mark.parametrize("contract", CATALOG.contracts, ids=lambda one: one.publisher)
def test_every_field_that_correlates_is_in_some_event(contract: Contract) -> None:
    """A misspelt name would silently correlate nothing."""
    known = {name for event in contract.events for name in event.model_fields}

    assert set(contract.correlates) <= known
    assert contract.partitions == PARTITIONS


def test_versions_are_dense_and_each_old_one_steps_to_the_next() -> None:
    """Versions 1 to N are all here; N-1 of them have an upcast; the newest has none."""
    steps = {old: step for one in CATALOG.contracts for old, step in one.upcasts}
    versions: dict[str, list[type[Event]]] = {}
    for _, event in shapes():
        versions.setdefault(event.TYPE, []).append(event)

    for family in versions.values():
        assert [event.VERSION for event in family] == list(range(1, len(family) + 1))
        assert [event in steps for event in family] == [True] * (len(family) - 1) + [False]
        for old, new in pairwise(family):
            assert steps[old].__annotations__["return"] is new


def test_at_least_one_event_has_a_second_version() -> None:
    """The machinery of versions is used, not only built."""
    assert max(event.VERSION for _, event in shapes()) >= 2


@pytest.mark.parametrize(
    ("key", "partition"),
    [
        ("cast-2021-open-cooperation", 6),
        ("a8bd2d46-44a0-5a4b-9395-8fade5fb2e86", 0),
        ("虚构光影学会", 6),
        ("", 0),
        ("a", 3),
        ("b", 1),
        ("case-00007", 0),
    ],
)
def test_a_key_keeps_its_partition_for_ever(key: str, partition: int) -> None:
    """Golden values: another number here would split a key's order across two partitions."""
    assert partition_of(key) == partition


def test_partitions_are_all_used() -> None:
    """CRC-32 spreads plain ids over every partition."""
    assert {partition_of(f"case-{number}") for number in range(200)} == set(range(PARTITIONS))
