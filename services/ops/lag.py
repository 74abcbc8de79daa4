"""How every service stands: lag in events and in seconds, outbox age, parked keys, circuit breaker."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.auth import Actor, token_for
from services.ops.store import ends, logged_at

SECONDS_MAX = 2
OBSERVER = Actor("ops", frozenset({"operator"}))


async def standings(services: Mapping[str, str], secret: str) -> dict[str, dict[str, Any]]:
    """What every service says of itself; one that does not answer says so."""
    token = {"authorization": f"Bearer {token_for(secret, OBSERVER)}"}
    async with httpx.AsyncClient(timeout=SECONDS_MAX, headers=token) as client:
        said = await asyncio.gather(*(_standing(client, url) for url in services.values()))
    return dict(zip(services, said, strict=True))


async def _standing(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    try:
        answer = await client.get(f"{url}/v1/operations/standing")
        return dict(answer.raise_for_status().json())
    except (httpx.HTTPError, ValueError) as away:
        return {"faults": {"http": f"{type(away).__name__}: {away}"}}


async def with_lag(
    session: AsyncSession, standing: Mapping[str, dict[str, Any]], now: float | None = None
) -> dict[str, dict[str, Any]]:
    """The standings with how far each service is behind the log as ops has read it.

    Per service: `lag` in events and in seconds since the broker took the oldest event that the
    service has not applied.
    """
    at = await ends(session)
    waiting = {name: _behind(said, at) for name, said in standing.items()}
    oldest = await _oldest(session, waiting)
    now_ms = int((time.time() if now is None else now) * 1000)
    return {
        name: {**said, "lag": _lag(waiting[name], oldest, now_ms)}
        for name, said in standing.items()
    }


def _behind(said: Mapping[str, Any], at: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Per place the position and the end, where they differ."""
    positions, consumes = said.get("positions", {}), set(said.get("consumes", ()))
    return {
        place: (positions.get(place, 0), end)
        for place, end in at.items()
        if place.rpartition("/")[0] in consumes and positions.get(place, 0) < end
    }


async def _oldest(
    session: AsyncSession, waiting: Mapping[str, dict[str, tuple[int, int]]]
) -> dict[tuple[str, int], int]:
    """When the broker took the records that the services will read next."""
    found: dict[tuple[str, int], int] = {}
    for behind in waiting.values():
        wanted = {place: position for place, (position, _) in behind.items()}
        for place, logged in (await logged_at(session, wanted)).items():
            found[place, wanted[place]] = logged
    return found


def _lag(
    behind: Mapping[str, tuple[int, int]], oldest: Mapping[tuple[str, int], int], now_ms: int
) -> dict[str, Any]:
    places = {
        place: {"events": end - position, "seconds": _seconds(oldest.get((place, position)), now_ms)}
        for place, (position, end) in behind.items()
    }  # fmt: skip
    ages = [p["seconds"] for p in places.values() if p["seconds"] is not None]
    return {
        "events": sum(p["events"] or 0 for p in places.values()),
        "seconds": max(ages, default=0),
        "places": places,
    }


def _seconds(logged_ms: int | None, now_ms: int) -> int | None:
    return None if logged_ms is None else max(0, (now_ms - logged_ms) // 1000)
