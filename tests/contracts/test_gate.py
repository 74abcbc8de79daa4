"""The gate's own score: does every edit that breaks fail, and every edit that does not pass?"""

import copy
import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from contracts.compatibility import Violation, check
from contracts.compatibility.shapes import opened
from contracts.event import Contract, Event
from contracts.schema import Schema, writer_schema
from tests.contracts.mutations import EDITS, Mutation, mutations
from tests.contracts.test_examples import each_shape

SEED = 20210701
PER_EDIT = 6


def chosen() -> list[Mutation]:
    """At most six of each kind of edit, drawn with a seed from all places where it makes sense."""
    by_edit: dict[str, list[Mutation]] = {}
    for one in mutations():
        by_edit.setdefault(one.edit, []).append(one)
    random = Random(SEED)  # noqa: S311 (a seed is wanted here, not a secret)
    return [
        one
        for all_of in by_edit.values()
        for one in random.sample(all_of, min(PER_EDIT, len(all_of)))
    ]


CHOSEN = chosen()
BREAKING = [one for one in CHOSEN if one.breaks]
SAFE = [one for one in CHOSEN if not one.breaks]


def valid(schema: Schema, event: Any) -> bool:
    """What an independent validator says."""
    return Draft202012Validator(schema, format_checker=FormatChecker()).is_valid(event)


def tolerant(schema: Schema) -> Schema:
    """The schema as a reader applies it; definitions included."""
    open_body = opened(schema)
    definitions = {name: opened(one) for name, one in schema.get("$defs", {}).items()}
    return open_body | {"$defs": definitions}


def shows(violation: Violation, old: Schema, new: Schema) -> bool:
    """Whether the counter-example is written under one shape and refused under the other."""
    event = json.loads(json.dumps(violation.counter_example))
    if violation.direction == "backward":
        return valid(old, event) and not valid(new, event)
    return valid(new, event) and not valid(tolerant(old), event)


def test_there_are_enough_edits_and_every_kind_of_them_is_tried() -> None:
    """At least 60 that break and 40 that do not; none of the listed edits is dead."""
    assert len(BREAKING) >= 60
    assert len(SAFE) >= 40
    assert {one.edit for one in CHOSEN} == set(EDITS)


@pytest.mark.parametrize("mutation", BREAKING, ids=str)
def test_an_edit_that_breaks_is_refused_with_an_event_that_shows_it(mutation: Mutation) -> None:
    """In exactly the directions it breaks, each with a counter-example that jsonschema confirms."""
    found = check(mutation.old, mutation.new)

    assert {one.direction for one in found} == mutation.breaks
    for one in found:
        assert shows(one, mutation.old, mutation.new), one


@pytest.mark.parametrize("mutation", SAFE, ids=str)
def test_an_edit_that_keeps_every_promise_is_let_through(mutation: Mutation) -> None:
    """A gate that cries wolf is switched off."""
    assert check(mutation.old, mutation.new) == []


def test_the_score_over_every_place_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """All edits at all places, not only those drawn: none escapes, none is refused in vain."""
    seen = list(mutations())
    wrong = [
        str(one)
        for one in seen
        if {violation.direction for violation in check(one.old, one.new)} != one.breaks
    ]

    with capsys.disabled():
        breaking = sum(bool(one.breaks) for one in seen)
        print(
            f"\ngate: {breaking} breaking and {len(seen) - breaking} safe edits, {len(wrong)} wrong"
        )
    assert wrong == []


@pytest.mark.parametrize("mutation", BREAKING[::7], ids=str)
def test_a_violation_is_printed_with_its_event_and_how_to_mend_it(mutation: Mutation) -> None:
    """What the author of the change reads."""
    for one in check(mutation.old, mutation.new):
        first, event, mend = str(one).splitlines()

        assert first.startswith(f"{one.direction}: {one.pointer or '/'} {one.kind}: ")
        assert json.loads(event.removeprefix("    event: ")) == one.counter_example
        assert "new version" in mend


@each_shape
def test_a_schema_keeps_its_own_promises(contract: Contract, event: type[Event]) -> None:
    """The least a gate must let through."""
    schema = writer_schema(event)

    assert check(schema, copy.deepcopy(schema)) == []


@given(st.sampled_from(BREAKING), st.sampled_from(BREAKING))
def test_two_edits_at_once_hide_nothing(one: Mutation, other: Mutation) -> None:
    """From one shape to a quite different one: every example that is given holds."""
    for violation in check(one.new, other.new):
        if violation.counter_example is not None and violation.kind != "default_changed":
            assert shows(violation, one.new, other.new), violation
