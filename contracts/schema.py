"""The JSON Schema of what a writer sends: closed, in declared order, described by docstrings."""

from typing import Any

from contracts.event import Event

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def writer_schema(event: type[Event]) -> Schema:
    """The schema of one version of one event, closed: a writer sends these fields and no others.

    Readers are wider than this on purpose: they ignore fields that they do not know.
    """
    body = _closed(event.model_json_schema(mode="serialization"))
    title = f"{event.TYPE} version {event.VERSION}"
    name = f"urn:mingjing:{event.TYPE}:{event.VERSION}"
    return {"$schema": DIALECT, "$id": name, "title": title} | body


def _closed(node: Schema) -> Schema:
    """The node and every object below it that names its fields, without titles made from names."""
    out = {key: _child(key, child) for key, child in node.items() if key != "title"}
    if "properties" in out:
        out["additionalProperties"] = False
    return out


def _child(key: str, child: Any) -> Any:
    if key in ("properties", "$defs"):
        return {name: _closed(schema) for name, schema in child.items()}
    if key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        return [_closed(schema) for schema in child]
    if key in ("items", "additionalProperties") and isinstance(child, dict):
        return _closed(child)
    return child
