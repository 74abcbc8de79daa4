"""Ops over HTTP: the story of a case, what is in the log, and how every service stands."""

import asyncio
from typing import Any

import httpx
from fastapi import APIRouter
from fastapi.responses import Response

from services.chassis.errors import NotFound
from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.ops.store import ends, story, types

router = APIRouter()


@router.get("/v1/traces/{case}")
async def show_trace(case: str, gate: Gate) -> Response:
    """The causal tree of an application or any correlation id, across all services."""
    gate.allow("operator", "officer")
    async with gate.query() as session:
        found = await story(session, case)
    if not found:
        raise NotFound(
            "case_unknown",
            f"Nothing in the log concerns {case}.",
            f"日志中没有与 {case} 有关的记录。",
        )
    return json_response({"case": case, "events": [row.model_dump() for row in found]}, 200)


@router.get("/v1/log")
async def show_log(gate: Gate) -> Response:
    """Every topic's end, and the event types and versions in it."""
    gate.allow("operator")
    async with gate.query() as session:
        return json_response({"ends": await ends(session), "types": await types(session)}, 200)


@router.get("/v1/overview")
async def show_overview(gate: Gate) -> Response:
    """How every service stands: ready or why not, lag, outbox, dead letters."""
    gate.allow("operator")
    services: dict[str, str] = gate.runtime.settings.services
    async with httpx.AsyncClient(timeout=2) as client:
        states = await asyncio.gather(*(_state(client, url) for url in services.values()))
    return json_response({"services": dict(zip(services, states, strict=True))}, 200)


async def _state(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    try:
        ready = (await client.get(f"{url}/readyz")).json()
        metrics = (await client.get(f"{url}/metrics")).text
    except (httpx.HTTPError, ValueError) as away:
        return {
            "ready": False,
            "reasons": {"http": f"{type(away).__name__}: {away}"},
            "metrics": {},
        }
    return {**ready, "metrics": _figures(metrics)}


def _figures(text: str) -> dict[str, float]:
    found = {}
    for line in text.splitlines():
        name, _, value = line.rpartition(" ")
        if name.startswith("mingjing_") and "_created" not in name:
            found[name.partition("{")[0]] = float(value)
    return found
