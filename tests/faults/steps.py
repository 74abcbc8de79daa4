"""Where a process may die: each boundary between two steps of writer, relay, intake, job and blob store."""

import inspect
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any

from services.chassis.database import Database
from services.chassis.intake import Intake
from services.chassis.relay import Relay
from services.chassis.writer import Writer

STEPS: dict[str, tuple[Any, str, bool]] = {
    "writer gathered": (Writer, "_write", True),
    "writer ran a batch": (Writer, "run_batch", False),
    "writer is about to commit": (Database, "commit", True),
    "writer committed": (Database, "commit", False),
    "writer is about to answer": (Writer, "_settle", True),
    "writer answered": (Writer, "_settle", False),
    "intake polled": (Writer, "take", True),
    "intake took": (Writer, "take", False),
    "intake is about to note": (Intake, "_note", True),
    "intake noted": (Intake, "_note", False),
    "relay is about to send": (Relay, "_send_turn", True),
    "relay sent": (Relay, "_send_turn", False),
    "relay is about to note": (Relay, "_checkpoint", True),
    "relay noted": (Relay, "_checkpoint", False),
    "relay owns": (Relay, "_own", False),
}
"""Name of a boundary → the function it lies before (True) or after (False)."""

NOTIFICATION_STEPS = {
    "job begins": ("services.chassis.runtime", "run_job", True),
    "mail begun": ("services.notification.jobs", "_begin", False),
    "mail is about to be sent": ("services.notification.jobs", "_send", True),
    "mail sent": ("services.notification.jobs", "_send", False),
    "mail recorded": ("services.notification.jobs", "_record", False),
}
DOCUMENT_STEPS = {
    "blob is about to be put": ("services.document.clients.Blobs", "put", True),
    "blob put": ("services.document.clients.Blobs", "put", False),
}


def steps_of(service: str) -> list[str]:
    """Every boundary of a service."""
    own = {"notification": NOTIFICATION_STEPS, "document": DOCUMENT_STEPS}.get(service, {})
    return [*STEPS, *own]


def arm(said: str) -> None:
    """Die at `step:n`: the n-th time that boundary is reached."""
    step, _, number = said.rpartition(":")
    where, name, before = _found(step)
    setattr(where, name, _dying(getattr(where, name), int(number), before=before))


def _found(step: str) -> tuple[Any, str, bool]:
    if step in STEPS:
        return STEPS[step]
    path, name, before = {**NOTIFICATION_STEPS, **DOCUMENT_STEPS}[step]
    module, _, inner = path.rpartition(".")
    if inner[0].isupper():
        return getattr(import_module(module), inner), name, before
    return import_module(path), name, before


def _dying(function: Callable[..., Any], number: int, *, before: bool) -> Callable[..., Any]:
    count = Reached(number)
    if not inspect.iscoroutinefunction(function):

        @wraps(function)
        def plain(*args: Any, **named: Any) -> Any:
            count.step(before)
            result = function(*args, **named)
            count.step(not before)
            return result

        return plain

    @wraps(function)
    async def waits(*args: Any, **named: Any) -> Any:
        count.step(before)
        result = await function(*args, **named)
        count.step(not before)
        return result

    return waits


@dataclass
class Reached:
    """Counts how often a boundary was reached, and dies at the last time that is allowed."""

    left: int

    def step(self, here: bool) -> None:
        """Count, when this is the boundary that is meant."""
        self.left -= here
        if here and self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
