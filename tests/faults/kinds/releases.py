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
from tests.faults.release import NEXT_RELEASE
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
    await dies_at(machine, name, random.choice(steps_of(name)), random.randint(1, 6))
    return await restarted(machine, name)


async def dies_at(machine: Machine, name: str, step: str, number: int) -> bool:
    """Let it die at this boundary, at this count; False where work did not take it there in time."""
    process = machine.process(name)
    process.kill()
    machine.crash_at(name, step, number)
    await asyncio.to_thread(machine.start_service, name)
    loop = asyncio.get_running_loop()
    until = loop.time() + DIES_SECONDS_MAX
    while process.pid and loop.time() < until:  # noqa: ASYNC110 (another process dies)
        await asyncio.sleep(0.1)
    died = not process.pid
    process.kill()
    return died


def shifted(clock: str) -> dict[str, str]:
    """The environment of a process whose clock is shifted, as faketime says it: +2h, @2021-07-12 …."""
    return {
        "LD_PRELOAD": faketime(),
        "FAKETIME": clock,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "TZ": "UTC",
    }


async def clock_wrong(machine: Machine, random: Random) -> float:
    """A service believes it is hours earlier or later; instants come with commands, so nothing changes."""
    name = random.choice(SERVICES)
    machine.process(name).kill()
    shift = random.choice(("+2h", "-90m", "+1d", "-400d"))
    machine.extra[name] = shifted(shift)
    await restarted(machine, name)
    await asyncio.sleep(random.uniform(2, 5))
    machine.process(name).kill()
    return await restarted(machine, name)


async def upgraded_and_back(machine: Machine, random: Random) -> None:
    """One service after another becomes the next release, at first beside this one; then this one again."""
    names = random.sample(SERVICES, len(SERVICES))
    await _both_releases(machine, names[0])
    for told in ({NEXT_RELEASE: "1"}, {}):
        for name in names:
            await asyncio.to_thread(machine.process(name).stop)
            machine.extra[name] = dict(told)
            await restarted(machine, name)


async def _both_releases(machine: Machine, name: str) -> None:
    """For a while both work on one store."""
    machine.extra[name] = {NEXT_RELEASE: "1"}
    replica = await asyncio.to_thread(machine.start_replica, name)
    try:
        await asyncio.sleep(6)
    finally:
        await asyncio.to_thread(replica.stop)


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
