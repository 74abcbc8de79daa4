"""What recovery checks before it touches a store, and writes into its head afterwards."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg
import orjson

from services.chassis.model import Service

RUNNING = """
select application_name from pg_stat_activity
where datname = current_database() and (application_name = $1 || '.writer' or application_name like '%.relay') limit 1
"""


class StoreBusy(Exception):
    """The service runs, or its store is not what this recovery is for; nothing was changed."""


@asynccontextmanager
async def stopped(service: Service, url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the store of a service that does not run.

    Raises:
        StoreBusy: its writer or relay is connected.
    """
    connection = await asyncpg.connect(
        url, timeout=10, server_settings={"application_name": "recovery", "jit": "off"}
    )
    try:
        if await connection.fetchval(RUNNING, service.name):
            raise StoreBusy(f"{service.name} is running; stop it first (`mingjing down`).")
        yield connection
    finally:
        await connection.close()


async def write_head(
    connection: asyncpg.Connection,
    marks: Mapping[str, tuple[int, int]],
    sequences: Mapping[int, int],
) -> None:
    """Set where reading and writing stand, and move the version on."""
    await connection.execute(
        "update head set version = version + 1, commit_id = 'recovery', marks = $1, sequences = $2 "
        "where id = 1",
        orjson.dumps(dict(marks)).decode(),
        orjson.dumps({str(part): n for part, n in sequences.items()}).decode(),
    )


async def write_checkpoints(connection: asyncpg.Connection, sent: Mapping[int, int]) -> None:
    """Set how far the outbox has reached the log."""
    await connection.execute("delete from relay")
    await connection.executemany("insert into relay (part, sent) values ($1, $2)", sent.items())
