"""One real message for every version ever published, read as a consumer reads it."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.asyncapi import headers_schema
from contracts.catalog import CATALOG
from contracts.event import Contract, Event, partition_of, read_envelope
from contracts.generate import place, shapes
from contracts.schema import writer_schema
from tests.contracts.released import EXAMPLES, files, manifest, tampered

SHAPES = list(shapes())


def example(event: type[Event]) -> dict[str, Any]:
    """The example of a version, as committed."""
    found: dict[str, Any] = json.loads((EXAMPLES / place(event)).read_text())
    return found


def record(found: dict[str, Any]) -> tuple[list[tuple[str, bytes]], bytes, bytes]:
    """An example as headers, key and value of a Kafka record."""
    headers = [(name, text.encode()) for name, text in found["headers"].items()]
    value = json.dumps(found["value"], ensure_ascii=False, separators=(",", ":")).encode()
    return headers, found["key"].encode(), value


each_shape = pytest.mark.parametrize(
    ("contract", "event"), SHAPES, ids=[f"{e.TYPE}.v{e.VERSION}" for _, e in SHAPES]
)


@each_shape
def test_every_version_has_an_example_that_decodes_to_the_newest(
    contract: Contract, event: type[Event]
) -> None:
    """A reader of today reads what any release sent."""
    headers, key, value = record(example(event))

    envelope = read_envelope(headers, key)
    decoded = CATALOG.decode(envelope, value)

    assert type(decoded) is CATALOG.latest(event.TYPE)
    assert (envelope.type, envelope.version) == (event.TYPE, event.VERSION)
    assert envelope.source == f"mingjing/{contract.publisher}"


@each_shape
def test_every_example_is_valid_under_its_schema_and_its_headers_under_theirs(
    contract: Contract, event: type[Event]
) -> None:
    """The examples and the published schemas say the same."""
    found = example(event)

    Draft202012Validator(writer_schema(event)).validate(found["value"])
    Draft202012Validator(headers_schema()).validate(found["headers"])
    assert partition_of(found["key"]) in range(contract.partitions)


@each_shape
def test_an_example_is_written_again_as_the_same_bytes(
    contract: Contract, event: type[Event]
) -> None:
    """Reading and writing loses nothing and moves nothing: fields, order, numbers, texts."""
    found = example(event)
    headers, key, value = record(found)
    envelope = read_envelope(headers, key)

    decoded = event.model_validate_json(value)

    written = {*found["value"]}
    assert decoded.model_dump_json(include=written).encode() == value
    assert envelope.headers(int(found["headers"]["ce_sequence"])) == headers


@each_shape
def test_an_example_has_the_key_and_the_case_its_contract_promises(
    contract: Contract, event: type[Event]
) -> None:
    """The key is the body's key field; the correlation id is the first field that correlates."""
    found = example(event)
    body, headers = found["value"], found["headers"]

    case = next(body[name] for name in contract.correlates if body.get(name))

    assert found["key"] == body[event.KEY] == headers["ce_partitionkey"]
    assert headers["ce_correlationid"] == case
    assert headers["ce_causationid"] != headers["ce_id"]


def test_examples_are_one_for_every_version_and_no_more() -> None:
    """A new version without an example, and an example without a version, fail here."""
    assert set(files(EXAMPLES)) == {place(event) for _, event in SHAPES}


def test_no_released_example_was_changed_or_removed() -> None:
    """What went out stays in the log for ever; so does its example."""
    assert tampered(EXAMPLES, manifest(EXAMPLES)) == []


def test_every_example_was_released() -> None:
    """`make contracts ARGS=--release` is part of adding a version."""
    assert set(files(EXAMPLES)) - set(manifest(EXAMPLES)) == set()


def test_a_changed_and_a_removed_example_are_both_noticed(tmp_path: Path) -> None:
    """The check of the manifest itself, on a folder where both happened."""
    changed = tmp_path / "a.changed" / "v1.json"
    changed.parent.mkdir()
    changed.write_text("{}")
    held = {"a.changed/v1.json": "0" * 64, "b.gone/v1.json": "0" * 64}

    assert tampered(tmp_path, held) == [
        "a.changed/v1.json was changed; what was released stays so",
        "b.gone/v1.json is gone; what was released stays so",
    ]


def test_examples_name_only_applicants_that_are_plainly_made_up() -> None:
    """No invented fact is attached to a real society, and nobody can be rung up."""
    for _, event in SHAPES:
        text = json.dumps(example(event), ensure_ascii=False)
        for name in ("applicant_name", "payee_name", "supplier_name"):
            assert f'"{name}"' not in text or "虚构" in text
        body = example(event)["value"]
        if "applicant" in body:
            assert "虚构" in body["applicant"]["name"]
            assert body["applicant"]["contact_email"].endswith(".example")
