"""`/docs`: a service's routes as one plain page, made from its OpenAPI document; no script, no outside asset."""

from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

Cells = list[tuple[str, ...]]

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #888; --accent: #0b6e6e; }
body { font: 16px/1.55 system-ui, "Noto Sans CJK SC", "PingFang SC", sans-serif; max-width: 62rem;
  margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.05rem; margin: 2.4rem 0 .4rem; color: var(--soft) }
p { margin: .3rem 0 } code, pre { font: .88em ui-monospace, monospace }
details { border-top: 1px solid var(--line); padding: .55rem 0 } summary { cursor: pointer }
small { color: var(--soft); display: block; padding-left: 5.3rem }
summary b { display: inline-block; min-width: 4.2rem; color: var(--accent) }
table { border-collapse: collapse; margin: .5rem 0 .8rem; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600; color: var(--soft); font-size: .85rem }
"""

INTRODUCTION = """
<p>Send a bearer token: <code>mingjing token officer</code> prints one. Every POST takes an
<code>Idempotency-Key</code>; the same request again gets the same answer. A refusal is a problem document
with a stable <code>code</code>, <code>detail</code> and <code>detail_zh</code>.</p>
<p>请求须带令牌（<code>mingjing token officer</code>）；POST 可带 <code>Idempotency-Key</code>，重复请求得到相同答复。
被拒绝时返回问题文档：<code>code</code>、<code>detail</code>、<code>detail_zh</code>。</p>
"""


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """The page."""
    document = request.app.openapi()
    title = escape(document["info"]["title"])
    body = "".join(_groups(document))
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>'
        f"<h1>{title}</h1>{INTRODUCTION}"
        f'<p><a href="/openapi.json">openapi.json</a></p>{body}</html>'
    )


def _groups(document: dict[str, Any]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            tag = (route.get("tags") or ["routes"])[0]
            groups.setdefault(tag, []).append(_route(document, path, method, route))
    for tag, routes in groups.items():
        yield f"<h2>{escape(tag)}</h2>{''.join(routes)}"


def _route(document: dict[str, Any], path: str, method: str, route: dict[str, Any]) -> str:
    told = escape(route.get("description") or route.get("summary", ""))
    parameters: Cells = [
        (
            p["name"],
            p["in"],
            "yes" if p.get("required") else "",
            _kind(p["schema"]),
            p.get("description", ""),
        )
        for p in route.get("parameters", ())
    ]
    return (
        f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code>"
        f"<small>{told.partition('.')[0]}</small></summary><p>{told}</p>"
        f"{_table(('parameter', 'in', 'required', 'kind', 'meaning'), parameters)}"
        f"{_body(document, route)}</details>"
    )


def _body(document: dict[str, Any], route: dict[str, Any]) -> str:
    contents: dict[str, Any] = route.get("requestBody", {}).get("content", {})
    first: dict[str, Any] = next(iter(contents.values()), {})
    schema = _resolved(document, first.get("schema", {}))
    required = set(schema.get("required", ()))
    fields: Cells = [
        (
            name,
            "body",
            "yes" if name in required else "",
            _kind(field),
            field.get("description", ""),
        )
        for name, field in schema.get("properties", {}).items()
    ]
    return _table(("field", "in", "required", "kind", "meaning"), fields)


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document.get("components", {}).get("schemas", {}).get(name, schema)
    return found


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    bounds = [
        f"{k} {schema[k]}" for k in ("minimum", "maximum", "maxLength", "pattern") if k in schema
    ]
    return " ".join([str(schema.get("type", "any")), *bounds])


def _table(head: tuple[str, ...], rows: Cells) -> str:
    if not rows:
        return ""
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(str(c))}</td>" for c in row) + "</tr>" for row in rows
    )
    return "<table><tr>" + "".join(f"<th>{h}</th>" for h in head) + f"</tr>{lines}</table>"
