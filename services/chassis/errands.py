"""Errands: what somebody wants done while nothing else is written, e.g. a redrive."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from services.chassis.database import AWAY
from services.chassis.errors import unanswered

Errand = Callable[[], Awaitable[Any]]


class Errands:
    """Errands that wait, and whoever waits for them."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Errand, asyncio.Future[Any]]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, errand: Errand) -> "asyncio.Future[Any]":
        """Queue an errand; the future gets what it returns or raises."""
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((errand, done))
        return done

    async def run_next(self) -> Exception | None:
        """Do the oldest errand and tell who sent it; returns what it raised."""
        errand, done = self._waiting.popleft()
        found: Any = None
        failed: Exception | None = None
        try:
            found = await errand()
        except Exception as error:  # noqa: BLE001 (whoever sent the errand hears of it)
            failed = error
        if failed and not done.done():  # who sent it may have hung up
            done.set_exception(unanswered() if isinstance(failed, AWAY) else failed)
        elif not done.done():
            done.set_result(found)
        return failed
