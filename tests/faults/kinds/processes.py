"""Faults of our own processes: killed, stopped, frozen, doubled."""

import asyncio
import contextlib
import os
import signal
from random import Random

from services.cli.stack import SERVICES
from tests.faults.machine import Machine


async def killed(machine: Machine, random: Random) -> float:
    """Kill -9, a pause, a restart; how long until it is ready again."""
    name = random.choice(SERVICES)
    machine.process(name).kill()
    await asyncio.sleep(random.choice((0, 0, 0.5, 2)))
    return await restarted(machine, name)


async def restarted(machine: Machine, name: str) -> float:
    """Start a service; seconds until it is ready."""
    await asyncio.to_thread(machine.start_service, name)
    return await machine.ready([name])


async def told_to_stop(machine: Machine, random: Random) -> float:
    """SIGTERM while it works, and a restart."""
    name = random.choice(SERVICES)
    await asyncio.to_thread(machine.process(name).stop)
    return await restarted(machine, name)


async def frozen(machine: Machine, random: Random) -> None:
    """SIGSTOP for a while: a long pause of garbage collection, a stalled machine."""
    process = machine.process(random.choice(SERVICES))
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(random.uniform(1, 12))
    process.signal(signal.SIGCONT)


async def rolling_restart(machine: Machine, random: Random) -> None:
    """One service after another stops and starts, as in an upgrade."""
    for name in random.sample(SERVICES, len(SERVICES)):
        await asyncio.to_thread(machine.process(name).stop)
        await restarted(machine, name)


async def rebalance_storm(machine: Machine, random: Random) -> None:
    """A second replica of a service comes and goes; the group shares its partitions anew each time."""
    name = random.choice(SERVICES)
    for _ in range(2):
        replica = await asyncio.to_thread(machine.start_replica, name)
        await asyncio.sleep(random.uniform(2, 5))
        await asyncio.to_thread(replica.stop)


async def replica_killed(machine: Machine, random: Random) -> float:
    """Two replicas share the work, the first one dies, the second goes on alone until it is back."""
    name = random.choice(SERVICES)
    replica = await asyncio.to_thread(machine.start_replica, name)
    await asyncio.sleep(random.uniform(3, 6))
    machine.process(name).kill()
    await asyncio.sleep(random.uniform(0, 2))
    took = await restarted(machine, name)
    await asyncio.to_thread(replica.kill)
    return took


async def producer_stalled(machine: Machine, random: Random) -> None:
    """A relay stands still, loses its office to another replica's, and then goes on where it stood."""
    name = random.choice(SERVICES)
    process = machine.process(name)
    replica = await asyncio.to_thread(machine.start_replica, name)
    try:
        await asyncio.sleep(random.uniform(4, 6))
        process.signal(signal.SIGSTOP)
        for pid in await asyncio.to_thread(machine.backends, name, f"{name}.relay"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        await asyncio.sleep(random.uniform(4, 8))
        process.signal(signal.SIGCONT)
        await asyncio.sleep(2)
    finally:
        process.signal(signal.SIGCONT)
        await asyncio.to_thread(replica.stop)
    await machine.ready([name])
