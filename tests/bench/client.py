"""A process of keep-alive HTTP clients that submit applications; it makes load and measures waiting."""

import asyncio
import time
from collections import deque
from random import Random
from typing import Any
from urllib.parse import urlsplit

import uvloop

from tests.bench.line import serve

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
CREATED = b"201"


class Clients:
    """Requests prepared beforehand, so that little of the machine goes into making them."""

    def __init__(self) -> None:
        self.host, self.port = "", 0
        self.requests: deque[bytes] = deque()
        self.waits: list[float] = []
        self.refused: list[str] = []

    async def prepare(self, url: str, requests: list[tuple[str, str, str]], now: str) -> int:
        """Take requests: path, bearer token, idempotency key."""
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or 0
        self.requests += [
            f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
            f"Idempotency-Key: {key}\r\nMingjing-Now: {now}\r\nContent-Length: 0\r\n\r\n".encode()
            for path, token, key in requests
        ]
        return len(self.requests)

    async def closed(self, connections: int, count: int) -> dict[str, Any]:
        """Send `count` requests as fast as answers come."""
        waiting = deque(self.requests.popleft() for _ in range(count))

        async def one() -> None:
            connection = await asyncio.open_connection(self.host, self.port)
            while waiting:
                await self._send(*connection, waiting.popleft(), time.monotonic())
            connection[1].close()

        began = time.monotonic()
        await asyncio.gather(*(one() for _ in range(connections)))
        return self._taken(time.monotonic() - began)

    async def arriving(self, connections: int, rate: float, count: int) -> dict[str, Any]:
        """Send `count` requests at random instants; waiting begins at the instant each was due."""
        random, due = Random(str(rate)), time.monotonic()  # noqa: S311 (arrivals, no secret)
        queue: asyncio.Queue[tuple[bytes, float]] = asyncio.Queue()

        async def one() -> None:
            connection = await asyncio.open_connection(self.host, self.port)
            while True:
                request, since = await queue.get()
                await self._send(*connection, request, since)
                queue.task_done()

        tasks = [asyncio.create_task(one()) for _ in range(connections)]
        began = due
        for _ in range(count):
            due += random.expovariate(rate)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            queue.put_nowait((self.requests.popleft(), due))
        await queue.join()
        for task in tasks:
            task.cancel()
        return self._taken(time.monotonic() - began)

    async def _send(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        request: bytes,
        since: float,
    ) -> None:
        writer.write(request)
        head = await reader.readuntil(HEAD_END)
        lines = head.lower().split(b"\r\n")
        length = next(int(line[len(LENGTH) :]) for line in lines if line.startswith(LENGTH))
        body = await reader.readexactly(length)
        self.waits.append(time.monotonic() - since)
        if head[9:12] != CREATED:
            self.refused.append(body.decode())

    def _taken(self, seconds: float) -> dict[str, Any]:
        waits, self.waits = self.waits, []
        return {"seconds": seconds, "waits": waits, "refused": self.refused[:2]}


async def _run() -> None:
    clients = Clients()
    orders = (clients.prepare, clients.closed, clients.arriving)
    await serve({order.__name__: order for order in orders})


if __name__ == "__main__":
    uvloop.run(_run())
