"""Edits of real schemas: those that break a promise, and those that keep every one."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from contracts.compatibility import Direction
from contracts.generate import shapes
from contracts.schema import Schema, writer_schema

Node = dict[str, Any]
Edit = Callable[[Node, str], None]
"""Changes one object of a schema, at one of the fields it names, in place."""


@dataclass(frozen=True)
class Mutation:
    """A schema before and after one edit; `breaks` names the directions it must be refused in."""

    edit: str
    place: str
    old: Schema
    new: Schema
    breaks: frozenset[Direction]

    def __str__(self) -> str:
        return f"{self.edit} at {self.place}"


BACKWARD: frozenset[Direction] = frozenset({"backward"})
FORWARD: frozenset[Direction] = frozenset({"forward"})
BOTH = BACKWARD | FORWARD
NEITHER: frozenset[Direction] = frozenset()


def _field(change: Callable[[Node], object]) -> Edit:
    return lambda node, name: void(change(node["properties"][name]))


def void(_: object) -> None:
    """Drop a value: edits change in place."""


def _update(**values: Any) -> Edit:
    return _field(lambda field: field.update(values))


def _replace(schema: Node) -> Edit:
    def edit(node: Node, name: str) -> None:
        node["properties"][name] = copy.deepcopy(schema)

    return edit


def _pop(*keywords: str) -> Edit:
    return _field(lambda field: [field.pop(keyword) for keyword in keywords])


def _remove(node: Node, name: str) -> None:
    del node["properties"][name]
    node["required"] = [one for one in node.get("required", []) if one != name]


def _rename(node: Node, name: str) -> None:
    node["properties"][f"{name}_renamed"] = node["properties"][name]
    node["required"].append(f"{name}_renamed")
    _remove(node, name)


def _require_new(node: Node, _: str) -> None:
    node["properties"]["brand_new"] = {"type": "string"}
    node["required"] = [*node.get("required", []), "brand_new"]


def _make_optional(node: Node, name: str) -> None:
    node["required"] = [one for one in node["required"] if one != name]


def _make_nullable(node: Node, name: str) -> None:
    node["properties"][name] = {"anyOf": [node["properties"][name], {"type": "null"}]}


def _refuse_null(node: Node, name: str) -> None:
    branches = node["properties"][name]["anyOf"]
    node["properties"][name] = next(one for one in branches if one["type"] != "null")


def _add_optional(schema: Node) -> Edit:
    return lambda node, _: node["properties"].update(brand_new=copy.deepcopy(schema))


def _reorder(node: Node, _: str) -> None:
    node["properties"] = dict(reversed(node["properties"].items()))
    node["required"] = list(reversed(node.get("required", [])))


def _kind(field: Node) -> str:
    """What a field is, for choosing the edits that make sense there."""
    if "anyOf" in field:
        return "nullable" if {"type": "null"} in field["anyOf"] else "union"
    if "enum" in field:
        return "enum"
    if field.get("type") == "string":
        return "pattern" if "pattern" in field else "id" if "maxLength" in field else "text"
    if field.get("type") == "integer":
        return "money" if "maximum" in field else "integer"
    if field.get("type") == "object":
        return "document" if field.get("additionalProperties") is True else "map"
    return str(field.get("type", "reference"))


A_TEXT, A_NUMBER = {"type": "string"}, {"type": "integer"}

EDITS: dict[str, tuple[str, Edit, frozenset[Direction]]] = {
    # name: (the kind of field it is tried on, the edit, the directions it breaks)
    "require a new field": ("any", _require_new, BACKWARD),
    "remove a field": ("required", _remove, BOTH),
    "rename a field": ("required", _rename, BOTH),
    "remove an optional field": ("optional", _remove, BACKWARD),
    "make a field optional": ("required", _make_optional, FORWARD),
    "let a field be null": ("not nullable", _make_nullable, FORWARD),
    "refuse null": ("nullable", _refuse_null, BACKWARD),
    "text becomes a number": ("text", _replace(A_NUMBER), BOTH),
    "text becomes a list of texts": ("text", _replace({"type": "array", "items": A_TEXT}), BOTH),
    "text gets a list of values": ("text", _update(enum=["red", "green"]), BACKWARD),
    "text becomes one value": ("text", _update(const="red"), BACKWARD),
    "text gets a pattern": ("text", _update(pattern="^[a-z]{3}$"), BACKWARD),
    "text gets a longest length": ("text", _update(maxLength=80), BACKWARD),
    "text gets a least length": ("text", _update(minLength=1), BACKWARD),
    "text gets a format": ("text", _update(format="email"), BACKWARD),
    "id may be empty": ("id", _update(minLength=0), FORWARD),
    "id may be longer": ("id", _update(maxLength=256), FORWARD),
    "id must be shorter": ("id", _update(maxLength=64), BACKWARD),
    "id loses its limits": ("id", _pop("minLength", "maxLength"), FORWARD),
    "pattern goes": ("pattern", _pop("pattern"), FORWARD),
    "pattern becomes another": ("pattern", _update(pattern="^[A-Z]{2}[0-9]{4}$"), BOTH),
    "pattern and a longest length": ("pattern", _update(maxLength=9), BACKWARD),
    "value taken off a list": ("enum", _field(lambda f: f["enum"].pop()), BACKWARD),
    "value put on a list": ("enum", _field(lambda f: f["enum"].append("maybe")), FORWARD),
    "list of values goes": ("enum", _pop("enum"), FORWARD),
    "money from one yuan": ("money", _update(minimum=100), BACKWARD),
    "money up to a million": ("money", _update(maximum=100_000_000), BACKWARD),
    "money without an upper limit": ("money", _pop("maximum"), FORWARD),
    "money strictly below its limit": ("money", _update(exclusiveMaximum=2**53 - 1), BACKWARD),
    "money in whole yuan": ("money", _update(multipleOf=100), BACKWARD),
    "number may be a fraction": ("integer", _update(type="number"), FORWARD),
    "number becomes a text": ("integer", _replace(A_TEXT), BOTH),
    "number from zero": ("integer", _update(minimum=0), BACKWARD),
    "number from above zero": ("integer", _update(exclusiveMinimum=0), BACKWARD),
    "truth becomes a text": ("boolean", _replace(A_TEXT), BOTH),
    "truth must be true": ("boolean", _update(const=True), BACKWARD),
    "list must not be empty": ("array", _update(minItems=1), BACKWARD),
    "list of at most three": ("array", _update(maxItems=3), BACKWARD),
    "list without repeats": ("array", _update(uniqueItems=True), BACKWARD),
    "list of other things": ("array", _update(items={"type": "boolean"}), BOTH),
    "map of texts": ("map", _update(additionalProperties=A_TEXT), BOTH),
    "map closed": ("map", _update(additionalProperties=False), BACKWARD),
    "document of texts": ("document", _update(additionalProperties=A_TEXT), BACKWARD),
    "document closed": ("document", _update(additionalProperties=False), BACKWARD),
    "document must hold a field": ("document", _update(required=["origin"]), BACKWARD),
    "document names a field": ("document", _update(properties={"origin": A_TEXT}), BACKWARD),
    "document of at most one field": ("document", _update(maxProperties=1), BACKWARD),
    "document becomes a list": ("document", _replace({"type": "array", "items": {}}), BOTH),
    # And those that keep every promise.
    "add an optional text": ("any", _add_optional({"type": "string", "default": ""}), NEITHER),
    "add an optional number": ("any", _add_optional({"type": "integer", "minimum": 0}), NEITHER),
    "add an optional list": ("any", _add_optional({"type": "array", "items": A_TEXT}), NEITHER),
    "add an optional object": ("any", _add_optional({"type": "object"}), NEITHER),
    "fields in another order": ("any", _reorder, NEITHER),
    "another description": ("any field", _update(description="said better"), NEITHER),
    "another title": ("any field", _update(title="Titled"), NEITHER),
    "an example": ("text", _update(examples=["x"]), NEITHER),
    "marked as deprecated": ("any field", _update(deprecated=True), NEITHER),
    "a limit that is there already": ("text", _update(minLength=0), NEITHER),
    "one type in a list": ("text", _update(type=["string"]), NEITHER),
    "values in another order": ("enum", _field(lambda f: f["enum"].reverse()), NEITHER),
    "a bound implied by whole numbers": ("from zero", _update(exclusiveMinimum=-1), NEITHER),
    "a multiple of one": ("integer", _update(multipleOf=1), NEITHER),
    "repeats still allowed": ("array", _update(uniqueItems=False), NEITHER),
    "open said twice": ("document", _update(minProperties=0), NEITHER),
}


def mutations() -> Iterator[Mutation]:
    """Every edit at every place of every schema where it makes sense."""
    for _, event in shapes():
        old = writer_schema(event)
        for path in _objects(old):
            for name, field in _at(old, path)["properties"].items():
                yield from _at_field(f"{event.TYPE}.v{event.VERSION}", old, path, name, field)


def _at_field(
    event: str, old: Schema, path: tuple[str, ...], field_name: str, field: Node
) -> Iterator[Mutation]:
    required = field_name in _at(old, path).get("required", ())
    fits = {
        "any": field_name == next(iter(_at(old, path)["properties"])),
        "any field": True,
        "required": required,
        "optional": not required,
        "not nullable": _kind(field) != "nullable" and required,
        "from zero": field.get("minimum") == 0,
        _kind(field): True,
    }
    for name, (kind, edit, breaks) in EDITS.items():
        if fits.get(kind):
            new = copy.deepcopy(old)
            edit(_at(new, path), field_name)
            place = "/".join((event, *path, field_name))
            yield Mutation(name, place, old, new, breaks)


def _objects(schema: Schema) -> list[tuple[str, ...]]:
    """The paths of the objects that a schema names the fields of: itself and its definitions."""
    return [(), *(("$defs", name) for name in schema.get("$defs", ()))]


def _at(schema: Schema, path: tuple[str, ...]) -> Node:
    for step in path:
        schema = schema[step]
    return schema
