"""What one schema writes and another does not read, each with a value that shows it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from contracts.compatibility.samples import probes, sample
from contracts.compatibility.shapes import (
    ARRAYS,
    NUMBERS,
    OBJECTS,
    STRINGS,
    UNDERSTOOD,
    alternatives,
)
from contracts.compatibility.validity import accepts, same
from contracts.schema import Schema

KINDS = {
    "minimum": "minimum_raised",
    "maximum": "maximum_lowered",
    "exclusiveMinimum": "minimum_raised",
    "exclusiveMaximum": "maximum_lowered",
    "multipleOf": "multiple_changed",
    "minLength": "length_tightened",
    "maxLength": "length_tightened",
    "pattern": "pattern_changed",
    "format": "format_changed",
    "minItems": "items_tightened",
    "maxItems": "items_tightened",
    "uniqueItems": "items_made_unique",
    "minProperties": "properties_tightened",
    "maxProperties": "properties_tightened",
}
LIMITS = {
    "integer": NUMBERS,
    "number": NUMBERS,
    "string": STRINGS,
    "array": ARRAYS,
    "object": OBJECTS,
}
HARD_TO_PROBE = frozenset(("pattern", "format"))
"""Two of these may differ where no value we try tells them apart; then the gate assumes harm."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something written that is not read. `value` is such a value, when `shown`."""

    kind: str
    pointer: str = ""
    value: Any = None
    shown: bool = True

    def inside(self, step: str, wrap: Callable[[Any], Any]) -> "Difference":
        """The same difference, seen from the value around it."""
        value = wrap(self.value) if self.shown else None
        return replace(self, pointer=f"/{step}{self.pointer}", value=value)


def differences(written: Schema, read: Schema) -> Iterator[Difference]:
    """Every way in which a value of `written` can fail under `read`; both are normal schemas."""
    if same(written, read):
        return
    unknown = (set(written) | set(read)) - UNDERSTOOD
    if any(written.get(keyword) != read.get(keyword) for keyword in unknown):
        yield Difference("undecidable", shown=False)
    readers = tuple(alternatives(read))
    for one in alternatives(written):
        yield from _one_type(one, readers)


def _one_type(written: Schema, readers: tuple[Schema, ...]) -> Iterator[Difference]:
    """One branch of what is written, against whatever branches read its type."""
    if "enum" in written:
        refused = [v for v in written["enum"] if not any(accepts(one, v) for one in readers)]
        yield from (Difference(_refusal(v, readers), value=v) for v in refused)
        return
    kind = written["type"]
    able = [one for one in readers if one["type"] in (kind, *_wider(kind))]
    found = [list(_limits(written, one)) for one in able]
    if any(not one for one in found):
        return
    if len(found) == 1:
        yield from found[0]
    else:
        yield from _by_none(written, readers, [one for group in found for one in group])


def _by_none(
    written: Schema, readers: tuple[Schema, ...], found: list[Difference]
) -> Iterator[Difference]:
    """What no branch reads: differences that hold against all, or else any value that fails."""
    held = [d for d in found if d.shown and not any(accepts(one, d.value) for one in readers)]
    if held:
        yield from held
        return
    for value in probes(written, readers):
        if not any(accepts(one, value) for one in readers):
            yield Difference("null_refused" if value is None else "type_narrowed", value=value)
            return
    yield Difference("undecidable", shown=False)


def _wider(kind: str) -> tuple[str, ...]:
    return ("number",) if kind == "integer" else ()


def _refusal(value: Any, readers: tuple[Schema, ...]) -> str:
    if value is None:
        return "null_refused"
    return "enum_narrowed" if any("enum" in one for one in readers) else "type_narrowed"


def _limits(written: Schema, read: Schema) -> Iterator[Difference]:
    """Differences between two schemas of one type."""
    kind = written["type"]
    if "enum" in read:
        yield from _shown("enum_added", written, read)
        return
    for keyword in LIMITS.get(kind, ()):
        if keyword in read and read[keyword] != written.get(keyword):
            only = {"type": read["type"], keyword: read[keyword]}
            yield from _shown(KINDS[keyword], written, only, sure=keyword not in HARD_TO_PROBE)
    if kind == "array":
        yield from _items(written, read)
    if kind == "object":
        yield from _required(written, read)
        yield from _named(written, read)
        yield from _unnamed(written, read)


def _shown(kind: str, written: Schema, read: Schema, *, sure: bool = False) -> Iterator[Difference]:
    """A difference with a value, or without one where probing proves nothing."""
    for value in probes(written, (read,)):
        if not accepts(read, value):
            yield Difference(kind, value=value)
            return
    if not sure or "pattern" in written:
        yield Difference(kind, shown=False)


def _items(written: Schema, read: Schema) -> Iterator[Difference]:
    if written.get("maxItems") == 0:
        return
    rest = [sample(written.get("items", {}))] * (written.get("minItems", 1) - 1)
    for one in differences(written.get("items", {}), read.get("items", {})):
        yield one.inside("0", lambda value: [value, *rest])


def _required(written: Schema, read: Schema) -> Iterator[Difference]:
    for name in read.get("required", ()):
        if name not in written.get("required", ()):
            yield Difference("required_added", f"/{name}", sample(written))


def _named(written: Schema, read: Schema) -> Iterator[Difference]:
    """Fields the writer names: are they named, or let through, and read as they are written?"""
    for name, schema in written.get("properties", {}).items():
        rule = _rule(read, name)
        if rule is False:
            value = {**sample(written), name: sample(schema)}
            yield Difference("property_removed", f"/{name}", value)
            continue
        around = _around(written, name)
        yield from (one.inside(name, around) for one in differences(schema, rule))
        if "default" in rule and schema.get("default", rule["default"]) != rule["default"]:
            yield Difference("default_changed", f"/{name}", sample(written))


def _unnamed(written: Schema, read: Schema) -> Iterator[Difference]:
    """Fields the writer may add under any name, against what the reader makes of such names."""
    free = written.get("additionalProperties", True)
    if free is False:
        return
    schema = {} if free is True else free
    taken = {*written.get("properties", {}), *read.get("properties", {})}
    spare = next(name for name in ("key", "other_key", "a_third_key") if name not in taken)
    for name in (spare, *read.get("properties", {})):
        if name in written.get("properties", {}):
            continue
        around, rule = _around(written, name), _rule(read, name)
        if rule is False:
            value = around(sample(schema))
            yield Difference("additional_properties_closed", f"/{name}", value)
        else:
            yield from (one.inside(name, around) for one in differences(schema, rule))


def _rule(read: Schema, name: str) -> Any:
    """What a reader demands of a field: a schema, or False when it refuses the name."""
    rule = read.get("properties", {}).get(name, read.get("additionalProperties", True))
    return {} if rule is True else rule


def _around(written: Schema, name: str) -> Callable[[Any], Any]:
    return lambda value: {**sample(written), name: value}
