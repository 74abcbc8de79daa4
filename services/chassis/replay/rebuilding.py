"""Rebuild: fold the log again next to the live store, compare, and take its place when asked to."""

import asyncio
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from services.chassis.garbage import collect_rarely
from services.chassis.ids import fresh
from services.chassis.model import Service
from services.chassis.replay.connecting import connected
from services.chassis.replay.cut import read_cut
from services.chassis.replay.folding import Folder, undisturbed
from services.chassis.replay.shadow import SHADOW, Hashes, Shadow, hashes
from services.chassis.replay.sharing import added, fold_in_shares, is_worth_it
from services.chassis.replay.source import Source

CATCH_UP_ROUNDS_MAX = 20
NEAR_RECORDS = 500
"""So few records behind, the rest is folded while nobody else may commit."""
LOCK_SECONDS_MAX = 10
AUDIT = """
insert into audit (id, act, actor, approver, detail, done_at)
values ($1, $2, $3, $4, $5, to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))
"""


class SwapRefused(Exception):
    """The live tables could not be locked in time: long queries are running. Try again."""


@dataclass
class Rebuilt:
    """A store folded again from the log, next to the live one."""

    service: str
    events: int
    tables: dict[str, dict[str, Any]]
    swapped: bool = False
    caught_up: int = 0
    """Records that arrived while the rebuild ran and are in the swapped tables, too."""

    @property
    def equal(self) -> bool:
        """Whether every table has the same bytes."""
        return all(t["equal"] for t in self.tables.values())

    def to_json(self) -> dict[str, Any]:
        """The report: per table rows and hashes, live and rebuilt."""
        rows = sum(t["rows"] for t in self.tables.values())
        return {
            "service": self.service, "equal": self.equal, "events": self.events, "rows": rows,
            "swapped": self.swapped, "caught_up": self.caught_up, "tables": self.tables,
        }  # fmt: skip


async def rebuild(
    service: Service, url: str, bootstrap: str, *, swap: bool = False, mend: str = "", where: str = "",
) -> Rebuilt:  # fmt: skip
    """Fold the log again up to the live store's own positions and compare every table.

    With `swap` it goes on until it has caught up with a store that keeps writing, and then puts the
    rebuilt tables in the place of the live ones in one transaction, which also moves the head on, so
    that running replicas forget what they held in memory. Tables that differ are swapped only when
    `mend` names who answers for it; the audit keeps that. With `where`, the service's definition as
    `module:NAME`, a long log is compared by several processes.

    Raises:
        SwapRefused: the live tables could not be locked in time; nothing was changed.
    """
    collect_rarely()
    async with connected(url) as connection:
        shadow = Shadow(service, connection)
        folder = Folder(service)
        source = Source(service, bootstrap, folder)
        try:
            with undisturbed():
                if swap or mend:
                    return await _swapped(shadow, folder, source, mend)
                if where and is_worth_it((await read_cut(connection)).records):
                    return await _compared_in_shares(shadow, bootstrap, url, where)
                return await _compared(shadow, folder, source)
        finally:
            await shadow.drop()


async def _compared(shadow: Shadow, folder: Folder, source: Source) -> Rebuilt:
    """Against one snapshot of the live store; nobody waits for us."""
    connection = shadow.connection
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        cut = await read_cut(connection)
        live = await hashes(connection, shadow.service, "public")
        await source.advance(cut, connection)
    await shadow.fill(folder)
    again = await hashes(connection, shadow.service, SHADOW)
    return Rebuilt(shadow.service.name, folder.folded, _tables(live, again))


async def _compared_in_shares(shadow: Shadow, bootstrap: str, url: str, where: str) -> Rebuilt:
    """The same by several processes, which fold while the database hashes the live tables."""
    connection = shadow.connection
    await shadow.make()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        cut = await read_cut(connection)
        done = await asyncio.gather(
            hashes(connection, shadow.service, "public"),
            fold_in_shares(where, url, bootstrap, cut),
            return_exceptions=True,  # the connection is free again before anything is raised
        )
    live, shares = (_or_raise(one) for one in done)
    for table, rows in added(shadow.service, shares).items():
        await shadow.copy(shadow.service.spec(table), rows)
    await shadow.index()
    again = await hashes(connection, shadow.service, SHADOW)
    events = sum(share.events for share in shares)
    return Rebuilt(shadow.service.name, events, _tables(live, again))


async def _swapped(shadow: Shadow, folder: Folder, source: Source, mend: str) -> Rebuilt:
    connection = shadow.connection
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await source.advance(await read_cut(connection), connection)
    await shadow.fill(folder)
    folder.touched = set()
    caught_up = await _catch_up(shadow, folder, source)
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = '{LOCK_SECONDS_MAX}s'")
            cut = await read_cut(connection, lock=True)
            caught_up += await source.advance(cut, connection)
            await _merge(shadow, folder)
            live = await hashes(connection, shadow.service, "public")
            again = await hashes(connection, shadow.service, SHADOW)
            done = Rebuilt(shadow.service.name, folder.folded, _tables(live, again))
            done.caught_up = caught_up
            if done.equal or mend:
                await shadow.take_over()
                await _move_head(connection, done, mend)
                done.swapped = True
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as busy:
        raise SwapRefused(f"{shadow.service.name}: {busy}; nothing was changed") from busy
    return done


async def _catch_up(shadow: Shadow, folder: Folder, source: Source) -> int:
    """Fold what arrived meanwhile, again and again, until little is left."""
    seen = 0
    for _ in range(CATCH_UP_ROUNDS_MAX):
        async with shadow.connection.transaction(isolation="repeatable_read", readonly=True):
            came = await source.advance(await read_cut(shadow.connection), shadow.connection)
        await _merge(shadow, folder)
        seen += came
        if came <= NEAR_RECORDS:
            break
    return seen


async def _merge(shadow: Shadow, folder: Folder) -> None:
    touched, folder.touched = folder.touched or set(), set()
    await shadow.merge(folder, touched)


async def _move_head(connection: asyncpg.Connection, done: Rebuilt, mend: str) -> None:
    """Replicas that run see a newer head and forget their rows; the audit says who did it."""
    await connection.execute(
        "update head set version = version + 1, commit_id = 'rebuild' where id = 1"
    )
    differing = [name for name, table in done.tables.items() if not table["equal"]]
    detail = orjson.dumps({"events": str(done.events), "differing": ", ".join(differing)}).decode()
    await connection.execute(AUDIT, fresh(), "rebuild", mend, "", detail)


def _or_raise(done: Any) -> Any:
    if isinstance(done, BaseException):
        raise done
    return done


def _tables(live: Hashes, again: Hashes) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "rows": again[name][1], "live_rows": live[name][1], "sha256": again[name][0],
            "live_sha256": live[name][0], "equal": again[name] == live[name],
        }
        for name in live
    }  # fmt: skip
