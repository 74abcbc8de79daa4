"""What is in the log, and how every service stands."""

import asyncio
from typing import Any

import httpx
from fastapi import APIRouter
from fastapi.responses import Response

from services.chassis.auth import token_for
from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.ops.lag import OBSERVER, standings, with_lag
from services.ops.store import ends, kinds

router = APIRouter(tags=["standing"])
SECONDS_MAX = 2


@router.get("/v1/log")
async def show_log(gate: Gate) -> Response:
    """Every topic's end, and the event types and versions in it: contract versions in flight."""
    gate.allow("operator")
    async with gate.query() as session:
        return json_response({"ends": await ends(session), "types": await kinds(session)}, 200)


@router.get("/v1/overview")
async def show_overview(gate: Gate) -> Response:
    """How every service stands: faults, lag in events and seconds, outbox, parked keys, breaker."""
    gate.allow("operator")
    settings = gate.runtime.settings
    said = await standings(settings.services, settings.token_secret.get_secret_value())
    async with gate.query() as session:
        services = await with_lag(session, said)
    ready = {name: not one.get("faults") for name, one in services.items()}
    return json_response({"ready": ready, "services": services}, 200)


@router.get("/v1/dead-letters")
async def show_dead_letters(gate: Gate) -> Response:
    """The dead letters of all services, grouped by what went wrong, and every key that waits."""
    gate.allow("operator")
    services: dict[str, str] = gate.runtime.settings.services
    secret = gate.runtime.settings.token_secret.get_secret_value()
    token = {"authorization": f"Bearer {token_for(secret, OBSERVER)}"}
    async with httpx.AsyncClient(timeout=SECONDS_MAX, headers=token) as client:
        found = await asyncio.gather(*(_letters(client, url) for url in services.values()))
    return json_response({"services": dict(zip(services, found, strict=True))}, 200)


async def _letters(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    try:
        groups = await client.get(f"{url}/v1/operations/dead-letter-groups")
        keys = await client.get(f"{url}/v1/operations/parked-keys")
        return {**groups.raise_for_status().json(), **keys.raise_for_status().json()}
    except (httpx.HTTPError, ValueError) as away:
        return {"error": f"{type(away).__name__}: {away}"}
