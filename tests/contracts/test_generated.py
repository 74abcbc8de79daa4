"""What is generated from the contracts is committed, and is what the contracts say today."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from contracts.catalog import CATALOG
from contracts.event import Contract, Event
from contracts.generate import meaning, place, schemas
from contracts.schema import writer_schema
from tests.contracts.generate import generated
from tests.contracts.released import SCHEMAS, files
from tests.contracts.test_examples import each_shape, example

GENERATED = generated()
ASYNCAPI = "asyncapi.yaml"


def document(root: Path) -> dict[str, Any]:
    """The committed AsyncAPI document."""
    found: dict[str, Any] = yaml.safe_load((root / "contracts" / ASYNCAPI).read_text())
    return found


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: "/".join(path.parts[-2:]))
def test_generating_again_gives_the_same_bytes(path: Path) -> None:
    """Run `make contracts` and commit what it writes."""
    assert path.read_bytes() == GENERATED[path].encode(), "out of date: run `make contracts`"


def test_there_is_no_schema_of_an_event_that_is_no_more() -> None:
    """A schema that nobody generates would be believed for ever."""
    assert set(files(SCHEMAS)) == set(schemas())


def test_generating_twice_gives_the_same_text() -> None:
    """No order of sets, no clock."""
    assert generated() == GENERATED


@each_shape
def test_a_schema_is_valid_closed_and_named(contract: Contract, event: type[Event]) -> None:
    """2020-12; every object with named fields is closed: a writer sends these and no others."""
    schema = writer_schema(event)

    Draft202012Validator.check_schema(schema)
    assert schema["title"] == f"{event.TYPE} version {event.VERSION}"
    objects = [one for one in _nodes(schema) if "type" in one and "properties" in one]
    assert objects
    assert all(one["additionalProperties"] is False for one in objects)


@each_shape
def test_a_schema_refuses_a_field_that_was_not_agreed(
    contract: Contract, event: type[Event]
) -> None:
    """The closed side, tried on the example."""
    body = example(event)["value"]
    validator = Draft202012Validator(writer_schema(event))

    assert validator.is_valid(body)
    assert not validator.is_valid(body | {"unheard_of": 1})


def test_the_catalogue_has_one_row_for_every_version(root: Path) -> None:
    """Type, version, key, topic and a meaning in one line."""
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split(" | ")]
        for line in (root / "contracts/CATALOGUE.md").read_text().splitlines()
        if line.startswith("| `")
    ]
    wanted = [
        (event.TYPE, str(event.VERSION), event.KEY, contract.topic, meaning(event))
        for contract in CATALOG.contracts
        for event in contract.events
    ]

    assert [(r[0], r[1].split(" ")[0], r[2], r[3], r[4]) for r in rows] == wanted
    assert all(row[4] and "|" not in row[4] for row in rows)


def test_every_reference_in_asyncapi_leads_somewhere(root: Path) -> None:
    """Inside the document, or to a schema that is committed beside it."""
    whole = document(root)
    found = [one["$ref"] for one in _nodes(whole) if "$ref" in one]

    assert found
    for reference in found:
        outside, _, inside = reference.partition("#/")
        if outside:
            assert (root / "contracts" / outside).is_file(), reference
        else:
            target: Any = whole
            for step in inside.split("/"):
                target = target[step]


def test_asyncapi_lists_every_event_on_its_topic(root: Path) -> None:
    """Channels are the topics, with their partitions; messages are the versions."""
    whole = document(root)

    assert whole["asyncapi"] == "3.0.0"
    assert {*whole["channels"]} == {contract.topic for contract in CATALOG.contracts}
    for contract in CATALOG.contracts:
        channel = whole["channels"][contract.topic]
        names = [f"{event.TYPE}.v{event.VERSION}" for event in contract.events]
        assert [*channel["messages"]] == names
        assert channel["bindings"]["kafka"]["partitions"] == contract.partitions
        assert all(re.fullmatch(r"[\w.\-]+", name) for name in names)


def test_a_publisher_sends_only_the_newest_versions(root: Path) -> None:
    """And a reader is promised all of them."""
    operations = document(root)["operations"]

    for contract in CATALOG.contracts:
        sent = [
            one["$ref"].split("/")[-1]
            for one in operations[f"{contract.publisher}_sends"]["messages"]
        ]
        assert sent == [f"{event.TYPE}.v{event.VERSION}" for event in contract.latest()]


@each_shape
def test_the_headers_schema_of_a_message_fits_its_example_and_no_other(
    contract: Contract, event: type[Event], root: Path
) -> None:
    """CloudEvents attributes with this type and this version."""
    whole = document(root)
    message = whole["components"]["messages"][f"{event.TYPE}.v{event.VERSION}"]
    _, identity = message["headers"]["allOf"]
    schema = {"allOf": [whole["components"]["schemas"]["Headers"], identity]}
    headers = example(event)["headers"]

    assert Draft202012Validator(schema).is_valid(headers)
    assert not Draft202012Validator(schema).is_valid(headers | {"ce_type": "other.thing"})
    assert not Draft202012Validator(schema).is_valid(headers | {"ce_dataversion": "99"})
    assert message["payload"]["$ref"] == f"./schemas/{place(event)}"


def test_topics_are_those_of_the_contracts_and_nothing_in_them_expires(root: Path) -> None:
    """What the broker is asked for."""
    found = yaml.safe_load((root / "deploy/topics.yaml").read_text())["topics"]

    assert [(one["name"], one["partitions"]) for one in found] == [
        (contract.topic, contract.partitions) for contract in CATALOG.contracts
    ]
    assert all(one["config"]["retention.ms"] == "-1" for one in found)
    assert all(one["config"]["cleanup.policy"] == "delete" for one in found)


def _nodes(value: Any) -> list[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(value, list):
        return [node for one in value for node in _nodes(one)]
    if isinstance(value, dict):
        return [value, *(node for one in value.values() for node in _nodes(one))]
    return []
