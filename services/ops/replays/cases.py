"""Finding a case's records: by the index and the tail it has not read, or by reading all of the log."""

from collections.abc import Iterable
from typing import Any

import asyncpg

from contracts.catalog import CATALOG
from services.chassis.causes import Record
from services.chassis.log import end_of, read
from services.ops.replays.fetching import Fetcher, Place
from services.ops.replays.moment import Moment

RECORDS_MAX = 10_000
KEYS = """
select distinct event_key from seen where correlation_id = $1 or event_key = $1
"""
PLACES = """
select topic, partition, position from seen where event_key = any($1::text[])
order by logged_at, topic, partition, position limit $2
"""
ENDS = "select topic, partition, next from place"
LOGGED = "select logged_at from seen where topic = $1 and partition = $2 and position = $3"


async def records_of(connection: asyncpg.Connection, fetcher: Fetcher, case: str) -> list[Record]:
    """Every record under the keys this case concerns, oldest first, as far as the index has read."""
    keys = [row["event_key"] for row in await connection.fetch(KEYS, case)]
    places = [_place(row) for row in await connection.fetch(PLACES, keys, RECORDS_MAX)]
    return in_order(await fetcher.fetch(places))


async def unread(connection: asyncpg.Connection, bootstrap: str) -> list[Record]:
    """What the log holds beyond the index: usually nothing."""
    since = {f"{r['topic']}/{r['partition']}": r["next"] for r in await connection.fetch(ENDS)}
    ends = await end_of(bootstrap, CATALOG.topics)
    return [record async for batch in read(bootstrap, ends, since) for record in batch]


async def search(bootstrap: str, case: str) -> list[Record]:
    """Every record of a case without an index: reads the whole log."""
    ends = await end_of(bootstrap, CATALOG.topics)
    keys = {case.encode()}
    held: list[Record] = []
    async for batch in read(bootstrap, ends):
        for record in batch:
            held.append(record)
            if _correlation(record) == case.encode():
                keys.add(record.key or b"")
    return in_order(r for r in held if r.key in keys)


def in_order(records: Iterable[Record]) -> list[Record]:
    """As the broker took them."""
    return sorted(records, key=lambda r: (r.logged_at, r.topic, r.partition, r.offset))


async def dated(connection: asyncpg.Connection, moment: Moment) -> Moment:
    """A place in the log with the time the broker took it at; an instant as it is."""
    if moment.through is None:
        return moment
    logged_at = await connection.fetchval(LOGGED, *moment.through)
    return Moment(through=moment.through, logged_at=logged_at or 0)


def _place(row: Any) -> Place:
    return row["topic"], row["partition"], row["position"]


def _correlation(record: Record) -> bytes:
    return next((v for n, v in record.headers if n == "ce_correlationid"), b"")
