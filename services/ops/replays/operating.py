"""The replays as ops and the command line offer them: one call each, with connections opened for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from services.chassis.causes import Record
from services.chassis.database import AWAY
from services.chassis.errors import unanswered
from services.ops.definitions import definitions
from services.ops.replays import cases
from services.ops.replays.fetching import Fetcher
from services.ops.replays.moment import Moment
from services.ops.replays.shares import stores_as_of
from services.ops.replays.states import differences, state_of_case

log = structlog.get_logger()

PAUSE_SECONDS = 0.5


class CaseUnknown(LookupError):
    """Nothing in the log concerns this case."""


class Cases:
    """States of one case at any moment, by the index; keeps its connections."""

    def __init__(self, connection: asyncpg.Connection, fetcher: Fetcher, bootstrap: str) -> None:
        self.connection = connection
        self.fetcher = fetcher
        self.bootstrap = bootstrap
        self.services = definitions()

    @classmethod
    @asynccontextmanager
    async def connected(cls, url: str, bootstrap: str) -> AsyncIterator["Cases"]:
        """With a connection to the index's database and one to the broker."""
        connection = await asyncpg.connect(
            url, timeout=10, server_settings={"application_name": "ops.cases"}
        )
        try:
            async with Fetcher(bootstrap) as fetcher:
                yield cls(connection, fetcher, bootstrap)
        finally:
            await connection.close()

    async def as_of(self, case: str, moment: Moment, other: Moment | None = None) -> dict[str, Any]:
        """The rows of a case in every service at a moment; with another, what differs between them.

        Raises:
            CaseUnknown: nothing in the log concerns it.
        """
        records = await cases.records_of(self.connection, self.fetcher, case)
        if not records:
            raise CaseUnknown(case)
        moments = [
            await cases.dated(self.connection, one) for one in (moment, other) if one is not None
        ]
        return case_report(self.services, case, records, moments)


class WarmCases:
    """`Cases` that stay connected beside a running ops; one question at a time."""

    def __init__(self, url: str, bootstrap: str) -> None:
        self.url = url
        self.bootstrap = bootstrap
        self._cases: Cases | None = None
        self._broken = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Stay connected for ever; whatever is away is waited for."""
        while True:
            try:
                async with Cases.connected(self.url, self.bootstrap) as self._cases:
                    await self._broken.wait()
            except (KafkaError, *AWAY) as away:
                log.warning("cases start over", error=f"{type(away).__name__}: {away}")
            self._cases = None
            self._broken.clear()
            await asyncio.sleep(PAUSE_SECONDS)

    async def as_of(self, case: str, moment: Moment, other: Moment | None = None) -> dict[str, Any]:
        """As `Cases.as_of`.

        Raises:
            CaseUnknown: nothing in the log concerns it. Transient: the broker or the index is away.
        """
        async with self._one_at_a_time:
            if self._cases is None:
                raise unanswered()
            try:
                return await self._cases.as_of(case, moment, other)
            except (KafkaError, *AWAY) as away:
                self._broken.set()
                raise unanswered() from away


async def case_by_search(
    bootstrap: str, case: str, moment: Moment, other: Moment | None = None
) -> dict[str, Any]:
    """As `Cases.as_of`, without an index: reads the whole log.

    Raises:
        CaseUnknown: nothing in the log concerns it.
    """
    records = await cases.search(bootstrap, case)
    if not records:
        raise CaseUnknown(case)
    moments = [_dated(one, records) for one in (moment, other) if one is not None]
    return case_report(definitions(), case, records, moments)


def case_report(
    services: dict[str, Any], case: str, records: list[Record], moments: list[Moment]
) -> dict[str, Any]:
    """The state at the first moment, and with a second one the differences between the two."""
    states = [state_of_case(services, records, moment) for moment in moments]
    report: dict[str, Any] = {
        "case": case, "at": moments[0].said, "records": len(records),
        "services": {name: tables for name, tables in states[0].items() if tables},
    }  # fmt: skip
    if len(states) > 1:
        report["and"] = moments[1].said
        report["differences"] = differences(states[0], states[1])
    return report


async def service_as_of(
    name: str, bootstrap: str, moment: Moment, other: Moment | None = None, *, rows: bool = False
) -> dict[str, Any]:
    """A whole store at a moment: rows per table; with another moment, what differs between them."""
    moments = [await _placed(one, bootstrap) for one in (moment, other) if one is not None]
    wanted = rows or other is not None
    stores = await stores_as_of(name, bootstrap, moments, rows=wanted)
    report: dict[str, Any] = {
        "service": name, "at": moment.said, "events": stores[0].events, "rows": stores[0].counts,
    }  # fmt: skip
    if rows:
        report["tables"] = stores[0].tables
    if other is not None:
        report["and"] = other.said
        report["differences"] = differences({name: stores[0].tables}, {name: stores[1].tables})
    return report


async def _placed(moment: Moment, bootstrap: str) -> Moment:
    """A place in the log with the time the broker took it at."""
    if moment.through is None:
        return moment
    async with Fetcher(bootstrap) as fetcher:
        found = await fetcher.fetch([moment.through])
    return _dated(moment, found)


def _dated(moment: Moment, records: list[Record]) -> Moment:
    if moment.through is None:
        return moment
    at = next(
        (r.logged_at for r in records if (r.topic, r.partition, r.offset) == moment.through), 0
    )
    return Moment(through=moment.through, logged_at=at)
