"""One database and one login role per service; no role can open another's database.

The SQL is valid on PostgreSQL 15 to 18.
"""

import re

import asyncpg

from deploy.apart import run_apart
from deploy.missing import Missing

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def ensure_database(admin_url: str, service: str, password: str) -> None:
    """Create the service's role and database, or bring them to the same state again."""
    if not _NAME.fullmatch(service):
        raise ValueError(f"{service!r} is no name for a database: use a-z, 0-9 and _")
    run_apart(_ensure(admin_url, service, password))


async def _ensure(admin_url: str, service: str, password: str) -> None:
    connection = await _connect(admin_url)
    try:
        # Anybody may enter a new database until PUBLIC is told otherwise.
        for shared in ("postgres", "template1"):
            await connection.execute(f'REVOKE CONNECT ON DATABASE "{shared}" FROM PUBLIC')
        known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", service)
        await connection.execute(
            f'{"ALTER" if known else "CREATE"} ROLE "{service}" LOGIN NOSUPERUSER NOCREATEDB '
            f"NOCREATEROLE NOREPLICATION NOINHERIT PASSWORD {_literal(password)}"
        )
        made = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", service)
        if not made:
            await connection.execute(f'CREATE DATABASE "{service}" OWNER "{service}"')
        await connection.execute(f'REVOKE ALL ON DATABASE "{service}" FROM PUBLIC')
    finally:
        await connection.close()


async def _connect(admin_url: str) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        return await asyncpg.connect(admin_url, timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise Missing(
            f"PostgreSQL does not let its superuser in: {error}. Start it with `mingjing up`, or "
            "correct MINGJING_POSTGRES_URL.",
            f"无法以超级用户连接 PostgreSQL: {error}。请运行 `mingjing up`, "
            "或更正 MINGJING_POSTGRES_URL。",
        ) from error


def _literal(text: str) -> str:
    """CREATE ROLE takes no parameters, so the password is quoted by hand."""
    return "'" + text.replace("'", "''") + "'"
