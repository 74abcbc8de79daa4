"""Values that a schema allows: the smallest one, and a handful that probe its edges."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from contracts.compatibility.patterns import matching
from contracts.compatibility.shapes import alternatives
from contracts.compatibility.validity import FORMATS, accepts
from contracts.schema import Schema

TEXTS = ("x", "", "?", "0", "A", "明", "x y")
FEW: dict[str, tuple[Any, ...]] = {"null": (None,), "boolean": (False, True)}
ELEMENTS_MAX = 24
"""Edges are probed with at most this many values per element of an array or object."""


class NothingFits(ValueError):
    """No value was found that the schema allows."""


def sample(schema: Schema) -> Any:
    """The plainest value that the schema allows.

    Raises:
        NothingFits: none was found.
    """
    for value in probes(schema):
        return value
    raise NothingFits(str(schema))


def probes(schema: Schema, edges: Iterable[Schema] = ()) -> Iterator[Any]:
    """Values valid under the schema, the plainest first, on both sides of every edge.

    `edges` are schemas whose limits are worth probing as well: the other shape's.
    """
    for one in alternatives(schema):
        for value in _candidates(one, tuple(edges)):
            if accepts(schema, value):
                yield value


def _candidates(schema: Schema, edges: tuple[Schema, ...]) -> Iterable[Any]:
    if "enum" in schema:
        return list(schema["enum"])
    match schema["type"]:
        case "null" | "boolean" as kind:
            return FEW[kind]
        case "integer" | "number":
            return _numbers((schema, *edges), whole=schema["type"] == "integer")
        case "string":
            return _strings(schema, edges)
        case "array":
            return _arrays(schema, edges)
        case _:
            return _objects(schema, edges)


def _limits(schemas: Iterable[Schema], *keywords: str) -> Iterator[Any]:
    for schema in schemas:
        yield from (schema[keyword] for keyword in keywords if keyword in schema)


def _numbers(schemas: Iterable[Schema], *, whole: bool) -> Iterator[Any]:
    schemas = tuple(schemas)
    yield from (0, 1, -1)
    bounds = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    steps = {1, *_limits(schemas, "multipleOf")}
    for edge in (0, *_limits(schemas, *bounds)):
        for step in sorted(steps):
            # The nearest multiples on each side, whatever the step.
            below = edge // step * step
            yield from (edge, edge - 1, edge + 1, below - step, below, below + step)
        if not whole:
            yield from (edge + 0.5, edge - 0.5)


def _sizes(schemas: Iterable[Schema], noun: str) -> Iterator[int]:
    for limit in _limits(schemas, f"min{noun}", f"max{noun}"):
        yield from (size for size in (limit, limit - 1, limit + 1) if size >= 0)


def _strings(schema: Schema, edges: tuple[Schema, ...]) -> Iterator[str]:
    if "pattern" in schema:
        yield from matching(schema["pattern"])
        return
    if "format" in schema:
        yield from (text for name, (_, text) in FORMATS.items() if name == schema["format"])
        return
    yield from TEXTS
    for edge in edges:
        yield from matching(edge.get("pattern", ""))
        yield from (text for name, (_, text) in FORMATS.items() if name == edge.get("format"))
    yield from ("x" * size for size in _sizes((schema, *edges), "Length"))


def _arrays(schema: Schema, edges: tuple[Schema, ...]) -> Iterator[list[Any]]:
    items = list(islice(probes(schema.get("items", {"type": "integer"})), ELEMENTS_MAX))
    yield []
    if not items:
        return
    yield from ([item] for item in items)
    for size in (2, *_sizes((schema, *edges), "Items")):
        yield [items[0]] * size
        yield [items[at % len(items)] for at in range(size)]


def _objects(schema: Schema, edges: tuple[Schema, ...]) -> Iterator[dict[str, Any]]:
    named = schema.get("properties", {})
    least = {name: sample(named.get(name, {})) for name in schema.get("required", ())}
    yield least
    others = schema.get("additionalProperties", True)
    if others is False:
        spare = [name for name in named if name not in least]
        yield from ({**least, name: sample(named[name])} for name in spare)
        return
    filler = sample(others if isinstance(others, dict) else {})
    for size in (1, *_sizes((schema, *edges), "Properties")):
        yield {**least, **{f"field_{at}": filler for at in range(size - len(least))}}
