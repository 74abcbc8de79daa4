"""Schemas made comparable: references followed, annotations dropped, unions spelled out."""

from collections.abc import Iterator
from typing import Any

from contracts.schema import Schema

NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
STRINGS = ("minLength", "maxLength", "pattern", "format")
ARRAYS = ("minItems", "maxItems", "uniqueItems")
OBJECTS = ("minProperties", "maxProperties")
STRUCTURE = ("type", "enum", "anyOf", "items", "properties", "required", "additionalProperties")
UNDERSTOOD = frozenset((*NUMBERS, *STRINGS, *ARRAYS, *OBJECTS, *STRUCTURE, "default"))
ANNOTATIONS = frozenset(
    ("$schema", "$id", "$defs", "$comment", "title", "description", "examples", "deprecated")
)
TYPES = ("null", "boolean", "number", "string", "array", "object")


class RecursiveSchema(ValueError):
    """A schema that contains itself. Events are finite records; none of ours needs it."""


def normal(root: Schema) -> Schema:
    """The schema with references followed, annotations dropped and `const` as an `enum` of one."""
    return _normal(root, root.get("$defs", {}), ())


def opened(schema: Schema) -> Schema:
    """The same normal schema as a reader of ours applies it: unknown fields are let through."""
    out = {key: _each(key, child, opened) for key, child in schema.items()}
    if "properties" in out and out.get("additionalProperties") is False:
        del out["additionalProperties"]
    return out


def alternatives(schema: Schema) -> Iterator[Schema]:
    """A normal schema as the union of schemas with exactly one type each."""
    if "anyOf" in schema:
        beside = {key: child for key, child in schema.items() if key != "anyOf"}
        for one in schema["anyOf"]:
            yield from alternatives(beside | one)
    elif "enum" in schema:
        yield from _by_type_of_value(schema)
    else:
        types = schema.get("type", TYPES)
        for name in (types,) if isinstance(types, str) else types:
            yield schema | {"type": name}


def type_of(value: Any) -> str:
    """The JSON type of a value; a whole number is an integer."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if value == int(value) else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _normal(node: Schema, definitions: Schema, inside: tuple[str, ...]) -> Schema:
    if "$ref" in node:
        name = node["$ref"].removeprefix("#/$defs/")
        if name in inside:
            raise RecursiveSchema(f"{name} contains itself")
        beside = {key: child for key, child in node.items() if key != "$ref"}
        return _normal(definitions[name] | beside, definitions, (*inside, name))
    kept = {key: child for key, child in node.items() if key not in ANNOTATIONS}
    if "const" in kept:
        kept["enum"] = [kept.pop("const")]
    return {
        key: _each(key, child, lambda one: _normal(one, definitions, inside))
        for key, child in kept.items()
    }


def _each(key: str, child: Any, change: Any) -> Any:
    """Apply a change to the schemas that a keyword holds; names of properties are not keywords."""
    if key == "properties":
        return {name: change(schema) for name, schema in child.items()}
    if key == "anyOf":
        return [change(schema) for schema in child]
    if key in ("items", "additionalProperties") and isinstance(child, dict):
        return change(child)
    return child


def _by_type_of_value(schema: Schema) -> Iterator[Schema]:
    groups: dict[str, list[Any]] = {}
    for value in schema["enum"]:
        groups.setdefault(type_of(value), []).append(value)
    for name, values in groups.items():
        yield schema | {"type": name, "enum": values}
