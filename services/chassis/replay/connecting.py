"""The connection of a replay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """One connection to a service's database, for the length of a replay."""
    connection = await asyncpg.connect(
        url, timeout=10, server_settings={"application_name": "replay", "jit": "off"}
    )
    try:
        yield connection
    finally:
        await connection.close()
