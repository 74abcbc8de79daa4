"""Faults that need another start of a service: death at a step, a wrong clock; and a store swapped under it."""

import asyncio
import os
from pathlib import Path
from random import Random

from services.chassis.replay import rebuild
from services.cli.definitions import definition
from services.cli.stack import SERVICES
from tests.faults.kinds.processes import restarted
from tests.faults.machine import Machine
from tests.faults.steps import steps_of

DIES_SECONDS_MAX = 8
LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
)


def faketime() -> str:
    """The library that shifts a process's clock; empty where it is not installed."""
    found = (
        p for p in (os.environ.get("FAKETIME_LIBRARY", ""), *LIBRARIES) if p and Path(p).exists()
    )
    return next(found, "")


async def killed_at_a_step(machine: Machine, random: Random) -> float:
    """Start a service so that it dies at a boundary between two steps; then start it whole."""
    name = random.choice(SERVICES)
    step = random.choice(steps_of(name))
    return await died_at(machine, name, step, random.randint(1, 6))


async def died_at(machine: Machine, name: str, step: str, number: int) -> float:
    """Let it die at this boundary, at this count; where work never takes it there, it lives on."""
    process = machine.process(name)
    process.kill()
    machine.crash_at(name, step, number)
    await asyncio.to_thread(machine.start_service, name)
    loop = asyncio.get_running_loop()
    until = loop.time() + DIES_SECONDS_MAX
    while process.pid and loop.time() < until:  # noqa: ASYNC110 (another process dies)
        await asyncio.sleep(0.1)
    process.kill()
    return await restarted(machine, name)


async def clock_wrong(machine: Machine, random: Random) -> float:
    """A service believes it is hours earlier or later; instants come with commands, so nothing changes."""
    name = random.choice(SERVICES)
    machine.process(name).kill()
    shift = random.choice(("+2h", "-90m", "+1d", "-400d"))
    machine.extra[name] = {
        "LD_PRELOAD": faketime(),
        "FAKETIME": shift,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    await restarted(machine, name)
    await asyncio.sleep(random.uniform(2, 5))
    machine.process(name).kill()
    return await restarted(machine, name)


async def rebuilt_under_load(machine: Machine, random: Random) -> None:
    """The store of a service is folded again from the log and put in place of the live one, under load."""
    name = random.choice(SERVICES)
    for _ in range(5):
        done = await rebuild(
            definition(name), machine.postgres.url(name), machine.bootstrap, swap=True
        )
        assert done.equal, f"{name} rebuilt is not {name}: {done.to_json()}"
        if done.swapped:
            return
        await asyncio.sleep(0.5)
