"""The load: whole seasons over HTTP, one after another, each under a call and an account of its own."""

import asyncio
import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

import asyncpg
import orjson

from contracts.catalog import CATALOG
from services.chassis.log import end_of
from services.cli.definitions import definition
from services.cli.season.money import ACCOUNT
from services.cli.season.office import Office
from services.cli.season.play import Season
from services.cli.stack import SERVICES
from services.submission.calls import CAST_2021, load
from tests.faults.journal import Journal, JournalOffice
from tests.faults.machine import Machine

SENT = "select json_object_agg(part, sent) from relay"
HOPS = 3
"""As many topics an event may have to go through before the next act can begin."""
PAUSE_SECONDS = 0.1
AWAY = (
    OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError,
)  # fmt: skip


def call_number(number: int) -> dict[str, Any]:
    """The call of 2021 under another id."""
    call = copy.deepcopy(load(CAST_2021))
    call["id"] = f"faults-{number}"
    return call


def own_names(number: int) -> tuple[tuple[str, str], ...]:
    """What a season says otherwise than every other: accounts and applicants."""
    return (
        (ACCOUNT, f"{ACCOUNT[:-6]}{number:06d}"),
        ("FICTION-", f"FICTION-{number}-"),
        ("622200000000", f"6222{number:04d}0000"),
        ("622800000000", f"6228{number:04d}0000"),
    )


@dataclass
class LoadSeason(Season):
    """A season whose people write a journal, and that waits for its own events only."""

    journal: Journal | None = None
    number: int = 0
    staff: JournalOffice | None = None

    def office(self) -> Office:
        assert self.journal is not None
        self.staff = JournalOffice(
            self.stack, self.seed, journal=self.journal, rename=own_names(self.number)
        )
        return self.staff

    async def settle(self) -> None:
        """What was committed by now reaches everybody, and what follows from it, too."""
        assert isinstance(self.stack, Machine)
        for _ in range(HOPS):
            await caught_up(self.stack)


async def caught_up(machine: Machine, names: Iterable[str] = SERVICES) -> None:
    """Wait until all that is in any outbox now is in the log, and all that is in the log is applied."""
    names = tuple(names)
    written = {name: await _asked(machine, name, "select sequences from head") for name in names}
    for name, sequences in written.items():
        await _until(machine, name, SENT, partial(_covers, sequences))
    ends = await _ends(machine)
    for name in names:
        wanted = {
            p: end for p, end in ends.items() if p.rpartition("/")[0] in definition(name).consumes
        }
        await _until(machine, name, "select marks from head", partial(_reached, wanted))


async def passed(machine: Machine, names: Iterable[str], ends: dict[str, int]) -> None:
    """Wait until these services have read so far."""
    for name in names:
        await _until(machine, name, "select marks from head", partial(_reached, ends))


async def _until(
    machine: Machine, name: str, query: str, holds: Callable[[dict[str, Any]], bool]
) -> None:
    while not holds(await _asked(machine, name, query)):  # noqa: ASYNC110 (a store wakes nobody)
        await asyncio.sleep(PAUSE_SECONDS)


def _covers(sequences: dict[str, int], sent: dict[str, int]) -> bool:
    return all(sent.get(part, -1) >= following - 1 for part, following in sequences.items())


def _reached(ends: dict[str, int], marks: dict[str, list[int]]) -> bool:
    return all(marks.get(place, [0])[0] >= end for place, end in ends.items())


async def _asked(machine: Machine, name: str, query: str) -> dict[str, Any]:
    """One JSON value of a database, asked until it answers."""
    while True:
        try:
            connection = await asyncpg.connect(
                machine.postgres.url(name), timeout=5, command_timeout=5
            )
            try:
                return dict(orjson.loads(await connection.fetchval(query) or "{}"))
            finally:
                connection.terminate()
        except AWAY:
            await asyncio.sleep(PAUSE_SECONDS * 5)


async def _ends(machine: Machine) -> dict[str, int]:
    while True:
        try:
            async with asyncio.timeout(10):
                return await end_of(machine.bootstrap, CATALOG.topics)
        except Exception:  # noqa: BLE001 (a broker that is away says so in many ways)
            await asyncio.sleep(PAUSE_SECONDS * 5)


@dataclass
class Load:
    """Some seasons at a time, until told that it is enough."""

    machine: Machine
    journal: Journal
    seed: int
    applicants: int = 40
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    calls: dict[str, str] = field(default_factory=dict)
    finished: int = 0
    stopped: list[str] = field(default_factory=list)
    """Seasons that could not go on, and why: none should."""
    retried: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _running: list[LoadSeason] = field(default_factory=list)

    async def run(self, at_once: int) -> None:
        """Play seasons until it is enough; those that began are played to their end."""
        await asyncio.gather(*(self._one_after_another() for _ in range(at_once)))

    async def _one_after_another(self) -> None:
        while not self.enough.is_set():
            number = next(self._numbers)
            call = call_number(number)
            self.calls[call["id"]] = call["window"]["closes_before"]
            season = LoadSeason(
                self.machine, call, self.seed * 1_000 + number, applicants=self.applicants,
                journal=self.journal, number=number,
            )  # fmt: skip
            self._running.append(season)
            try:
                await season.play()
                self.finished += 1
            except Exception as stopped:  # noqa: BLE001 (whatever it was, it is told, and the storm goes on)
                self.stopped.append(
                    f"season {number}: {type(stopped).__name__} {str(stopped)[:600]}"
                )
            self.retried += season.staff.retried if season.staff else 0

    def give_up_after(self, seconds: float) -> None:
        """From then on nobody asks again."""
        for season in self._running:
            if season.staff is not None:
                season.staff.gives_up_at = asyncio.get_running_loop().time() + seconds
