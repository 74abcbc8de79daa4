"""Sessions of SQLModel on a service's own database: every query, and the operator's few writes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from services.chassis.database import AWAY
from services.chassis.errors import not_storable, unanswered

DATA_EXCEPTION = "22"
"""The SQLSTATE class of values that no column can hold, e.g. a NUL in a path."""


class Sessions:
    """A small pool beside the writer's own connection."""

    def __init__(self, url: str, name: str) -> None:
        self.engine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=4, max_overflow=8, pool_pre_ping=True,
            json_serializer=lambda value: orjson.dumps(value).decode(),  # as the hot path writes it
            connect_args={
                "timeout": 10, "command_timeout": 60,
                "server_settings": {"jit": "off", "application_name": f"{name}.query"},
            },
        )  # fmt: skip
        self._make = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session.

        Raises:
            Transient: the database is away.
            Invalid: a value was looked for that no column can hold.
        """
        try:
            async with self._make() as session:
                yield session
        except (*AWAY, PoolExhausted) as away:
            raise unanswered() from away
        except DBAPIError as failed:
            if is_away(failed):
                raise unanswered() from failed
            if str(getattr(failed.orig, "sqlstate", "")).startswith(DATA_EXCEPTION):
                raise not_storable("it was looked for in vain") from failed
            raise


def is_away(failed: DBAPIError) -> bool:
    """Whether what SQLAlchemy wrapped means that the database is away.

    Its own flag tells of a connection that broke in use. One refused while the server starts, stops or is full
    comes without the flag; then the driver's own exception stands behind SQLAlchemy's.
    """
    behind: BaseException | None = failed
    while behind is not None:
        if isinstance(behind, AWAY):
            return True
        behind = getattr(behind, "orig", None) or behind.__cause__
    return bool(failed.connection_invalidated)
