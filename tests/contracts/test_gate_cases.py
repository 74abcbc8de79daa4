"""The gate on small schemas, one question each, where the answer can be seen by eye."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contracts.compatibility import Released, Violation, breaches, check
from contracts.compatibility.patterns import matching
from contracts.compatibility.samples import NothingFits, sample
from contracts.compatibility.shapes import RecursiveSchema, normal
from contracts.compatibility.validity import accepts
from contracts.schema import Schema
from tests.contracts.mutations import mutations
from tests.contracts.strategies import JSON

TEXT, NUMBER, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}
DAY = "^[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}$"
MUTATED = [one.new for one in mutations() if one.edit != "pattern and a longest length"][::97]


def closed(field: Schema, *, required: bool = True) -> Schema:
    """An object of one field, `it`."""
    return {
        "type": "object",
        "properties": {"it": field},
        "required": ["it"] if required else [],
        "additionalProperties": False,
    }


def found(old: Schema, new: Schema) -> list[tuple[str, str, Any]]:
    """Direction and kind of each violation, with what the counter-example says of `it`."""
    return [
        (one.direction, one.kind, one.counter_example and one.counter_example.get("it", "nothing"))
        for one in check(closed(old), closed(new))
    ]


def test_whole_numbers_are_numbers_but_not_the_other_way() -> None:
    """1 is a number; 0.5 is no whole number."""
    assert found(NUMBER, {"type": "number"}) == [("forward", "type_narrowed", 0.5)]
    assert found({"type": "number"}, NUMBER) == [("backward", "type_narrowed", 0.5)]


def test_a_list_of_values_is_read_by_a_longer_list_and_by_its_type() -> None:
    """Widening harms only readers of the old list."""
    short, long = {"enum": ["a"]}, {"enum": ["a", "b"]}

    assert found(short, long) == [("forward", "enum_narrowed", "b")]
    assert found(long, short) == [("backward", "enum_narrowed", "b")]
    assert found(short, TEXT) == [("forward", "enum_added", "x")]
    assert found({"const": "a"}, {"enum": ["a"]}) == []


def test_true_is_not_one() -> None:
    """JSON keeps them apart, Python does not."""
    assert found({"enum": [1]}, {"enum": [True]}) == [
        ("backward", "enum_narrowed", 1),
        ("forward", "enum_narrowed", True),
    ]


def test_a_union_is_read_by_a_union_that_covers_it_in_any_order() -> None:
    """Branches are compared by what they mean."""
    one = {"anyOf": [TEXT, NUMBER, NULL]}

    assert found(one, {"type": ["null", "integer", "string"]}) == []
    assert found(one, {"anyOf": [NUMBER, TEXT]}) == [("backward", "null_refused", None)]


def test_a_branch_that_two_branches_cover_together_is_not_judged() -> None:
    """Exact inclusion in a union of lengths is out of reach: the gate says so and refuses."""
    halves = {"anyOf": [TEXT | {"maxLength": 4}, TEXT | {"minLength": 5}]}

    assert found(TEXT, halves) == [("backward", "undecidable", None)]


def test_a_branch_that_no_branch_covers_is_shown() -> None:
    """A text of the length that both leave out."""
    gap = {"anyOf": [TEXT | {"maxLength": 1}, TEXT | {"minLength": 3}]}

    assert found(TEXT, gap) == [("backward", "type_narrowed", "xx")]


@pytest.mark.parametrize(
    ("old", "new", "kind", "value"),
    [
        ({"minimum": 0}, {"minimum": 1}, "minimum_raised", 0),
        ({"minimum": 0}, {"exclusiveMinimum": 0}, "minimum_raised", 0),
        ({}, {"minimum": -5}, "minimum_raised", -6),
        ({"maximum": 9}, {"maximum": 8}, "maximum_lowered", 9),
        ({"maximum": 9}, {"exclusiveMaximum": 9}, "maximum_lowered", 9),
        ({}, {"maximum": 7}, "maximum_lowered", 8),
        ({"multipleOf": 100}, {"multipleOf": 1000}, "multiple_changed", -100),
        ({"minimum": 10, "maximum": 14}, {"multipleOf": 6}, "multiple_changed", 10),
    ],
)
def test_bounds_one_tick_each_side(old: Schema, new: Schema, kind: str, value: int) -> None:
    """The example is the first number past the new bound."""
    assert ("backward", kind, value) in found(NUMBER | old, NUMBER | new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"minimum": 1}, {"exclusiveMinimum": 0}),
        ({"minimum": 1}, {"minimum": 0}),
        ({"maximum": 9}, {"exclusiveMaximum": 10}),
        ({"multipleOf": 1000}, {"multipleOf": 100}),
        ({"minimum": 6, "maximum": 6}, {"multipleOf": 3}),
    ],
)
def test_bounds_that_loosen_are_read(old: Schema, new: Schema) -> None:
    """Also where another keyword says the same."""
    assert [one for one in found(NUMBER | old, NUMBER | new) if one[0] == "backward"] == []


def test_a_pattern_is_told_apart_by_a_text() -> None:
    """The month 13 is written by one and refused by the other."""
    loose = TEXT | {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}

    backward = found(loose, TEXT | {"pattern": DAY})[0]

    assert backward == ("backward", "pattern_changed", "0000-00-00")


def test_two_patterns_that_mean_the_same_are_refused_without_an_example() -> None:
    """Equality of patterns is not decided; a new version costs less than a wrong guess."""
    old, new = TEXT | {"pattern": "^(a|b)$"}, TEXT | {"pattern": "^[ab]$"}

    assert found(old, new) == [
        ("backward", "pattern_changed", None),
        ("forward", "pattern_changed", None),
    ]
    assert "none could be built" in str(check(closed(old), closed(new))[0])


def test_a_changed_default_changes_what_old_records_mean() -> None:
    """The example lacks the field: it is read as before, and means something else."""
    old = closed({"type": "integer", "default": 1}, required=False)
    new = closed({"type": "integer", "default": 2}, required=False)

    assert check(old, new) == [Violation("backward", "default_changed", "/it", {})]


def test_an_open_object_may_be_given_no_new_rule() -> None:
    """Somebody may have written anything under that name already."""
    old = {"type": "object"}
    new = {"type": "object", "properties": {"it": NUMBER}}

    kinds = [(one.direction, one.kind, one.pointer) for one in check(old, new)]

    assert ("backward", "type_narrowed", "/it") in kinds


def test_what_the_gate_cannot_judge_it_refuses() -> None:
    """A keyword it does not know differs: that is an answer too."""
    old = closed({"oneOf": [TEXT, NUMBER]})
    new = closed({"oneOf": [NUMBER, TEXT]})

    assert [one.kind for one in check(old, new)] == ["undecidable", "undecidable"]
    assert check(old, old) == []


def test_a_schema_that_contains_itself_is_refused() -> None:
    """Events are finite records."""
    loop = closed({"$ref": "#/$defs/Loop"}) | {"$defs": {"Loop": {"$ref": "#/$defs/Loop"}}}

    with pytest.raises(RecursiveSchema):
        normal(loop)


def test_a_definition_may_be_renamed_or_written_out() -> None:
    """References are followed before anything is compared."""
    named = closed({"$ref": "#/$defs/It"}) | {"$defs": {"It": {"title": "It", **TEXT}}}

    assert check(named, closed(TEXT)) == []
    assert check(closed(TEXT), named) == []


def test_a_schema_that_nothing_fits_has_no_sample() -> None:
    """Said, not looped over."""
    with pytest.raises(NothingFits):
        sample({"type": "integer", "minimum": 1, "maximum": 0})


def test_a_change_of_what_nobody_can_write_is_refused() -> None:
    """No text matches, so no event can be built to judge by."""
    nothing = TEXT | {"pattern": "^aaa$", "maxLength": 2}
    two = closed(nothing) | {"required": ["it", "that"]}
    two["properties"] = {"it": nothing, "that": NUMBER}
    other = two | {"properties": {"it": nothing, "that": TEXT}}

    assert [one.kind for one in check(two, other)] == ["undecidable", "undecidable"]


def test_a_version_that_is_gone_is_a_breach_shown_by_a_record_of_it() -> None:
    """The log still holds it."""
    (breach,) = breaches([Released("abacus.counted", 1, 0, closed(NUMBER))], {})

    assert breach.violation == Violation("backward", "version_removed", "", {"it": 0})
    assert str(breach).startswith("abacus.counted version 1 revision 0: backward: / ")


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("^a?b+$", ["b", "ab", "bb", "bbb"]),
        ("^(x|yz)$", ["x", "yz"]),
        ("^[a-c0]{2}$", ["aa", "cc", "00"]),
        (r"^\d{1,2}\.$", ["0.", "9.", "00."]),
        (r"^(?:a|b)\-$", ["a-", "b-"]),
        ("^a{2,}$", ["aa", "aaa", "aaaa"]),
        ("", [""]),
    ],
)
def test_texts_of_a_pattern_try_each_choice(pattern: str, texts: list[str]) -> None:
    """Alternatives, ends of classes, fewest and most repetitions."""
    assert matching(pattern) == texts


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"^(a)\1$", "[^a]", "a)b", "(a", "*", r"\Z", "[a"])
def test_a_pattern_outside_the_dialect_has_no_texts(pattern: str) -> None:
    """Then the gate assumes the worst."""
    assert matching(pattern) == []


@given(st.sampled_from(MUTATED), JSON)
def test_the_gates_own_validator_agrees_with_an_independent_one(schema: Schema, value: Any) -> None:
    """On any JSON, and on a valid event with any JSON in one of its fields."""
    validator, plain = Draft202012Validator(schema), normal(schema)
    events = [value, *({**sample(plain), name: value} for name in plain["properties"])]

    for event in events:
        assert accepts(plain, event) == validator.is_valid(event)


@given(st.sampled_from(MUTATED))
def test_the_smallest_event_is_valid_and_lacks_all_that_is_optional(schema: Schema) -> None:
    """A counter-example holds nothing that does not matter."""
    smallest = sample(normal(schema))

    Draft202012Validator(schema).validate(smallest)
    assert set(smallest) == set(schema["required"])
