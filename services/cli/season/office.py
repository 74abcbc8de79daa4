"""The one way a season talks to the system: HTTP, as people with roles, at instants of 2021."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import httpx

from services.chassis.auth import Role
from services.cli.stack import Stack

CONCURRENT_MAX = 24
ATTEMPTS_MAX = 40
PAUSE_SECONDS = 0.25


class Refusal(Exception):
    """A request was refused where the season expected it to pass; carries the problem document."""


@dataclass(slots=True)
class Person:
    """Somebody with roles; `subject` is whom they act for."""

    id: str
    roles: tuple[Role, ...]
    subject: str = ""


OFFICER = Person("officer-zhou", ("officer",))
CLERK = Person("clerk-lin", ("clerk",))
SCREENER = Person("screener-qi", ("screener",))
MAKER = Person("finance-he", ("finance",))
CHECKER = Person("finance-tang", ("finance",))
TREASURER = Person("treasurer-bai", ("treasurer",))


@dataclass(slots=True)
class Office:
    """Sends requests with a bearer token, an instant and an idempotency key each.

    A service that is away is asked again with the same key: that is what the key is for.
    """

    stack: Stack
    seed: int
    latencies: list[float] = field(default_factory=list)
    """Seconds from sending a submission to holding its receipt."""
    retried: int = 0
    attempts_max: int = ATTEMPTS_MAX
    _client: httpx.AsyncClient | None = None
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONCURRENT_MAX))

    async def __aenter__(self) -> "Office":
        self._client = self.connect()
        return self

    def connect(self) -> httpx.AsyncClient:
        """The line to the services."""
        limits = httpx.Limits(
            max_connections=CONCURRENT_MAX * 2, max_keepalive_connections=CONCURRENT_MAX
        )
        return httpx.AsyncClient(timeout=60, limits=limits)

    async def __aexit__(self, *_: object) -> None:
        assert self._client is not None
        await self._client.aclose()

    async def post(  # noqa: PLR0913 (a request has that many parts)
        self, who: Person, at: str, service: str, path: str, body: Any = None, *,
        content: bytes | None = None, media: str = "", expect: Iterable[int] = (200, 201),
        measured: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """POST and return the JSON answer.

        Raises:
            Refusal: the status is none of those expected.
        """
        headers = self._headers(who, at)
        headers["Idempotency-Key"] = self._key(who, at, path, body, content)
        if media:
            headers["Content-Type"] = media
        async with self._slots:
            began = time.perf_counter()
            response = await self._send("POST", service, path, headers, json=body, content=content)
            if measured:
                self.latencies.append(time.perf_counter() - began)
        if response.status_code not in expect:
            raise Refusal(f"POST {service} {path}: {response.status_code} {response.text}")
        return dict(response.json())

    async def get(self, who: Person, at: str, service: str, path: str) -> dict[str, Any]:
        """GET and return the JSON answer.

        Raises:
            Refusal: the status is not 200.
        """
        async with self._slots:
            response = await self._send("GET", service, path, self._headers(who, at))
        if response.status_code != HTTPStatus.OK:
            raise Refusal(f"GET {service} {path}: {response.status_code} {response.text}")
        return dict(response.json())

    async def _send(
        self, method: str, service: str, path: str, headers: dict[str, str], **what: Any
    ) -> httpx.Response:
        assert self._client is not None
        response = httpx.Response(HTTPStatus.SERVICE_UNAVAILABLE)
        for attempt in range(self.attempts_max):
            try:
                response = await self._client.request(
                    method, f"{self.stack.url(service)}{path}", headers=headers,
                    **{k: v for k, v in what.items() if v is not None},
                )  # fmt: skip
                if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                    return response
            except httpx.TransportError:
                if attempt == self.attempts_max - 1:
                    raise
            self.retried += 1
            await asyncio.sleep(PAUSE_SECONDS)
        return response

    def _key(self, who: Person, at: str, path: str, body: Any, content: bytes | None) -> str:
        """The same request has the same key, in every run of a seed."""
        said = json.dumps([who.id, at, path, body], ensure_ascii=False, sort_keys=True).encode()
        return f"season/{self.seed}/{sha256(said + (content or b'')).hexdigest()[:32]}"

    def _headers(self, who: Person, at: str) -> dict[str, str]:
        token = self.stack.token(who.id, who.roles, who.subject)
        return {"Authorization": f"Bearer {token}", "Mingjing-Now": at}
