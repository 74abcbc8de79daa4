"""Faults of broker, database and mail server."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from random import Random

import psutil

from deploy.missing import Missing
from deploy.process import Process
from services.cli.stack import ROOT, SERVICES
from tests.faults.kinds.copies import all_in_step
from tests.faults.machine import Machine

BALLAST_CHUNK = b"\0" * 2**20
LEFT_BEHIND_SECONDS_MAX = 60


async def broker_killed(machine: Machine, random: Random) -> float:
    """Kill -9; seconds until all services are ready again."""
    random.choice(machine.nodes).kill()
    await asyncio.sleep(random.choice((0, 1, 3)))
    return await broker_started(machine)


async def broker_started(machine: Machine) -> float:
    """Start every broker that is away; seconds until every service sends and reads again."""
    began = time.monotonic()
    await asyncio.to_thread(machine.kafka.start, detached=True)
    await machine.ready(machine.services)
    took = time.monotonic() - began
    await all_in_step(machine)
    return took


async def broker_stopped(machine: Machine, random: Random) -> float:
    """A clean stop, an outage, a start."""
    await asyncio.to_thread(random.choice(machine.nodes).stop)
    await asyncio.sleep(random.choice((0, 2, 4)))
    return await broker_started(machine)


async def broker_frozen(machine: Machine, random: Random) -> None:
    """Connections stay open and nobody answers."""
    node = random.choice(machine.nodes)
    node.pause()
    await asyncio.sleep(random.uniform(1, 12))
    node.resume()
    await all_in_step(machine)


async def broker_disk_full(machine: Machine, random: Random) -> float:
    """No room for another byte of log: the broker gives up, room is made, it starts again."""
    node = random.choice(machine.nodes)
    with filled(machine.mounted[node.folder]):
        await asyncio.sleep(random.uniform(2, 4))
    node.kill()
    return await broker_started(machine)


async def database_killed(machine: Machine, random: Random) -> None:
    """The postmaster and all its back ends die at once."""
    machine.postgres.kill()
    await asyncio.sleep(random.choice((0, 1, 2)))
    await database_started(machine)


async def postmaster_killed(machine: Machine, random: Random) -> None:
    """The postmaster dies alone; its back ends see it and go, and only then may another one start."""
    assert machine.postgres.pid
    os.kill(machine.postgres.pid, signal.SIGKILL)
    await asyncio.sleep(random.choice((0, 1)))
    async with asyncio.timeout(LEFT_BEHIND_SECONDS_MAX):
        while True:
            try:
                return await database_started(machine)
            except Missing:  # memory is still shared with the back ends of the dead one
                await asyncio.sleep(0.5)


async def database_started(machine: Machine) -> None:
    """Start the database and wait until all services write again."""
    await asyncio.to_thread(machine.postgres.start, detached=True)
    await machine.ready(SERVICES)


async def backend_killed(machine: Machine, random: Random) -> None:
    """Kill -9 of one back end: the database ends all of them and recovers."""
    for pid in (await asyncio.to_thread(machine.backends, random.choice(SERVICES)))[:1]:
        os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(1)
    await machine.ready(SERVICES)


async def backend_frozen(machine: Machine, random: Random) -> None:
    """One back end stands still, perhaps in the middle of a commit, with its locks held."""
    name = random.choice(SERVICES)
    pids = (await asyncio.to_thread(machine.backends, name))[:2]
    _signal(pids, signal.SIGSTOP)
    await asyncio.sleep(random.uniform(2, 8))
    _signal(pids, signal.SIGCONT)
    await machine.ready([name])


async def backends_terminated(machine: Machine, random: Random) -> None:
    """An administrator ends every session of a service."""
    _signal(await asyncio.to_thread(machine.backends, random.choice(SERVICES)), signal.SIGTERM)
    await machine.ready(SERVICES)


async def database_frozen(machine: Machine, random: Random) -> None:
    """Postmaster and back ends stand still for a while."""
    assert machine.postgres.pid
    postmaster = psutil.Process(machine.postgres.pid)
    family = [postmaster, *postmaster.children(recursive=True)]
    _signal([process.pid for process in family], signal.SIGSTOP)
    await asyncio.sleep(random.uniform(1, 6))
    _signal([process.pid for process in family], signal.SIGCONT)


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


async def database_disk_full(machine: Machine, random: Random) -> None:
    """No room for another byte of WAL: nothing commits until room is made."""
    with filled(machine.mounted[machine.postgres.folder]):
        await asyncio.sleep(random.uniform(2, 4))
    if not machine.postgres.pid:
        await asyncio.to_thread(machine.postgres.start, detached=True)
    await asyncio.sleep(1)
    if not machine.postgres.pid:
        await asyncio.to_thread(machine.postgres.start, detached=True)
    await machine.ready(SERVICES)


@contextlib.contextmanager
def filled(folder: Path):  # type: ignore[no-untyped-def]
    """A file system filled to the last byte, until the block ends."""
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(BALLAST_CHUNK)
    try:
        yield
    finally:
        ballast.unlink()


async def mail_down(machine: Machine, random: Random) -> None:
    """Nobody takes mail for a while."""
    machine.mail.kill()
    await asyncio.sleep(random.uniform(1, 4))
    machine.start_mail()


async def mail_refuses(machine: Machine, random: Random) -> None:
    """The mail server answers 451 to the next few mails."""
    machine.mail.kill()
    folder = machine.folder / "mail"
    command = [
        sys.executable, "-m", "deploy.mail.catcher", "--port", (folder / "port").read_text().strip(),
        "--folder", str(folder / "caught"), "--refuse-first", str(random.randint(1, 8)),
    ]  # fmt: skip
    process = Process(folder / "pid.json")
    process.start(
        command, folder / "mail.log", env={**os.environ, "PYTHONPATH": str(ROOT)}, detached=True
    )
    await asyncio.sleep(4)
