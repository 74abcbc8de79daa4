"""Bad requests by the dozen: for every route that takes something, everything that is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args
from urllib.parse import quote

import orjson

from services.chassis.auth import Role

UNKNOWN = "nobody-knows-this-id"
HUGE = 3 * 2**20
DEEP = 100_000
ROLES: tuple[Role, ...] = get_args(Role)
ANSWERS_ANYTHING = ("/v1/receipts/verification",)
"""Asked whether a document is a receipt of ours, it answers that it is not, whatever it is."""


@dataclass(frozen=True)
class Bad:
    """One request that must be refused: what is wrong, and how it is sent."""

    what: str
    method: str
    path: str
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    token: str = "good"
    """good: everybody's roles; none; forged; poor: a role that may do nothing here."""


def bad_requests(openapi: dict[str, Any]) -> Iterator[Bad]:
    """For every POST and PUT of a service's description."""
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            if method in ("post", "put"):
                yield from _of_route(openapi, method.upper(), path, operation)


def _of_route(
    openapi: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> Iterator[Bad]:
    known = _filled(operation, path, UNKNOWN)
    takes_json = "application/json" in operation.get("requestBody", {}).get("content", {})
    if takes_json:
        for what, content in _bodies(openapi, operation):
            yield Bad(what, method, known, content)
    else:
        yield Bad("unknown ids", method, known, b"not what anybody expects")
    yield Bad("NUL in the path", method, _filled(operation, path, "\0"), b"{}")
    yield Bad(
        "a broken character in the path", method, _filled(operation, path, "%ff", raw=True), b"{}"
    )
    yield Bad("an id without end", method, _filled(operation, path, "x" * 5_000), b"{}")
    yield Bad("a huge body", method, known, b'{"x":"' + b"x" * HUGE + b'"}')
    yield Bad("no token", method, known, b"{}", token="none")
    yield Bad("a forged token", method, known, b"{}", token="forged")
    yield Bad("no role", method, known, b"{}", token="poor")
    yield Bad("a time that is none", method, known, b"{}", {"Mingjing-Now": "yesterday"})
    yield Bad("a key without end", method, known, b"{}", {"Idempotency-Key": "k" * 5_000})
    yield Bad("not JSON at all", method, known, b"<a/>", {"Content-Type": "text/xml"})


def _bodies(openapi: dict[str, Any], operation: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    yield "malformed JSON", b'{"a": '
    yield "bytes that are no text", b"\xff\xfe\x00"
    yield "no body", b""
    yield "nested without end", b"[" * DEEP
    yield "a number without end", b'{"x": 1' + b"0" * 5_000 + b"}"
    whole: tuple[Any, ...] = ([], "text", 12, None, True, {}, {"nonsense": 1})
    for value in whole:
        yield f"the body {value!r}", orjson.dumps(value)
    names = _properties(openapi, operation)
    wrong: tuple[Any, ...] = (
        "\0",
        "\ud800",
        -1,
        10**30,
        1.5,
        None,
        [],
        {},
        [[]],
        True,
        "x" * 100_000,
    )
    for value in wrong:
        text = _json(dict.fromkeys(names, value))
        yield f"{str(value)[:20]!r} in every field", text


def _json(value: Any) -> bytes:
    import json  # noqa: PLC0415 (orjson rightly refuses to write what we want to send)

    return json.dumps(value).encode()


def _properties(openapi: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    while reference := schema.get("$ref") or next(
        (s["$ref"] for s in schema.get("anyOf", []) if "$ref" in s), None
    ):
        schema = openapi["components"]["schemas"][reference.rpartition("/")[2]]
    return list(schema.get("properties", ())) or ["x"]


def _filled(operation: dict[str, Any], path: str, value: str, *, raw: bool = False) -> str:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", value if raw else quote(value, safe=""))
    return path
