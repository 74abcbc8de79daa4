"""Whether a value is valid under a normal schema: enough of JSON Schema to check a claim."""

import re
from collections.abc import Callable
from typing import Any

from contracts.compatibility.shapes import type_of
from contracts.schema import Schema

FORMATS: dict[str, tuple[str, str]] = {
    "date": (r"\d{4}-\d{2}-\d{2}", "2021-07-12"),
    "date-time": (
        r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})",
        "2021-07-12T18:00:00Z",
    ),
    "email": (r"[^@]+@[^@]+", "clerk@example.org"),
    "ipv4": (r"\d{1,3}(\.\d{1,3}){3}", "192.0.2.1"),
    "uuid": (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "00000000-0000-5000-8000-000000000001"),
}
"""A shape and a value for each format we can tell; another format is never taken for harmless."""


def accepts(schema: Schema, value: Any) -> bool:
    """Whether the value is valid under the schema."""
    if "anyOf" in schema and not any(accepts(one, value) for one in schema["anyOf"]):
        return False
    if "enum" in schema and not any(same(one, value) for one in schema["enum"]):
        return False
    kind = type_of(value)
    if "type" in schema and not _typed(schema["type"], kind):
        return False
    return _PARTS.get(kind, _anything)(schema, value)


def same(one: Any, other: Any) -> bool:
    """JSON equality, all the way down: `true` is not 1, as it is in Python."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type_of(one) == type_of(other) and bool(one == other)


def _typed(allowed: str | list[str], kind: str) -> bool:
    names = (allowed,) if isinstance(allowed, str) else allowed
    return kind in names or (kind == "integer" and "number" in names)


def _anything(_: Schema, __: Any) -> bool:
    return True


def _number(schema: Schema, value: Any) -> bool:
    return (
        ("minimum" not in schema or value >= schema["minimum"])
        and ("maximum" not in schema or value <= schema["maximum"])
        and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
        and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
        and ("multipleOf" not in schema or value % schema["multipleOf"] == 0)
    )


def _sized(schema: Schema, noun: str, size: int) -> bool:
    return bool(schema.get(f"min{noun}", 0) <= size <= schema.get(f"max{noun}", size))


def _string(schema: Schema, value: str) -> bool:
    if not _sized(schema, "Length", len(value)):
        return False
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return False
    shape, _ = FORMATS.get(schema.get("format", ""), ("", ""))
    return not shape or re.fullmatch(shape, value) is not None


def _array(schema: Schema, value: list[Any]) -> bool:
    if not _sized(schema, "Items", len(value)):
        return False
    if schema.get("uniqueItems") and any(
        same(a, b) for i, a in enumerate(value) for b in value[:i]
    ):
        return False
    return all(accepts(schema.get("items", {}), item) for item in value)


def _object(schema: Schema, value: dict[str, Any]) -> bool:
    named = schema.get("properties", {})
    if not _sized(schema, "Properties", len(value)):
        return False
    if any(name not in value for name in schema.get("required", ())):
        return False
    others = schema.get("additionalProperties", True)
    for name, child in value.items():
        rule = named.get(name, others)
        if rule is False or (isinstance(rule, dict) and not accepts(rule, child)):
            return False
    return True


_PARTS: dict[str, Callable[[Schema, Any], bool]] = {
    "integer": _number,
    "number": _number,
    "string": _string,
    "array": _array,
    "object": _object,
}
