"""Events made by Hypothesis from the published schemas, not from the code that reads them."""

import json
from functools import cache
from typing import Any

from hypothesis import strategies as st

from contracts.compatibility.shapes import alternatives, normal
from contracts.event import Envelope, Event
from contracts.schema import Schema, writer_schema

# Texts that have UTF-8 bytes: half a surrogate pair has none, and no writer can send it.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SAFE = 2**53 - 1
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@cache
def bodies(event: type[Event]) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies that a writer of this version may send."""
    return _values(normal(writer_schema(event)))


def wire(body: Any) -> bytes:
    """A body as another writer might spell it: sorted, spaced, escaped."""
    return json.dumps(body, sort_keys=True).encode()


def envelope_of(event: type[Event], time: str = "2021-07-12T18:00:00+08:00") -> Envelope:
    """An envelope for a body of this version."""
    return Envelope(
        id="00000000-0000-5000-8000-000000000001",
        type=event.TYPE,
        version=event.VERSION,
        source=f"mingjing/{event.TYPE.partition('.')[0]}",
        time=time,
        key="key",
        correlation_id="case",
        causation_id="cause",
    )


def _values(schema: Schema) -> st.SearchStrategy[Any]:
    return st.one_of([_one_type(one) for one in alternatives(schema)])


def _one_type(schema: Schema) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "null" | "boolean" as kind:
            return st.none() if kind == "null" else st.booleans()
        case "integer":
            return st.integers(schema.get("minimum", -SAFE), schema.get("maximum", SAFE))
        case "string":
            return _texts(schema)
        case "array":
            return st.lists(_values(schema["items"]), max_size=3)
        case "object":
            return _objects(schema)
        case other:
            raise TypeError(f"no strategy makes a JSON Schema {other}: write one here")


def _texts(schema: Schema) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].removesuffix("$") + r"\Z")
    return TEXTS.filter(lambda text: len(text) >= schema.get("minLength", 0))


def _objects(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    if "properties" not in schema:
        free = schema.get("additionalProperties", True)
        return st.dictionaries(TEXTS, JSON if free is True else _values(free), max_size=3)
    named = {name: _values(one) for name, one in schema["properties"].items()}
    optional = {name: named.pop(name) for name in [*named] if name not in schema["required"]}
    return st.fixed_dictionaries(named, optional=optional)
