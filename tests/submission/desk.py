"""Submission with its real writer, routes and database, and requests as people make them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from contracts.catalog import CATALOG
from contracts.event import Envelope, Event, partition_of
from services.chassis.auth import Actor, token_for
from services.chassis.causes import Record
from services.chassis.ids import derived
from services.chassis.service import create_service
from services.chassis.tables import Row
from services.submission.api import router
from services.submission.main import SERVICE
from services.submission.settings import Settings
from tests.submission.office import CALL, DURING, applicant, content

SECRET = "a-secret-of-the-tests"
KEY = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"


def application(database_url: str) -> FastAPI:
    """The service on a migrated database; answering people needs no broker, and none is there."""
    settings = Settings(
        database_url=database_url,
        kafka_bootstrap_servers="127.0.0.1:9",
        token_secret=SecretStr(SECRET),
        clock="header",
        receipt_key=SecretStr(KEY),
        body_bytes_max=200_000,
    )
    return create_service(SERVICE, settings, router)


class Desk:
    """Who asks comes first: a role, the letter of a fictional applicant, or "" for anyone."""

    def __init__(self, app: FastAPI) -> None:
        self.runtime = app.state.runtime
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://submission")
        self.offsets = count()

    async def __call__(
        self,
        who: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        now: str = DURING,
        **headers: str,
    ) -> httpx.Response:
        """One request; bytes are sent as they are, anything else as JSON."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        raw = isinstance(body, bytes)
        if raw:
            said["Content-Type"] = "application/json"
        return await self.client.request(
            method,
            path,
            content=body if raw else None,
            json=None if raw else body,
            headers={**_identity(who), "Mingjing-Now": now, **said},
        )

    async def begin(self, who: str = "A", reference: str = "") -> str:
        """Begin an application, ready to be sent; its id."""
        body = {
            "call_id": CALL,
            "applicant": applicant(who),
            "reference": reference,
            "content": content(),
        }
        answer = await self(who, "POST", "/v1/applications", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["application_id"])

    async def sent(self, who: str = "A", reference: str = "") -> str:
        """Begin and send an application; its id."""
        application_id = await self.begin(who, reference)
        answer = await self(who, "POST", f"/v1/applications/{application_id}/submission")
        assert answer.status_code == 201, answer.text
        return application_id

    async def hears(self, event: Event) -> None:
        """Take one event of another service, as the intake would."""
        number = next(self.offsets)
        envelope = Envelope(
            id=derived(str(number), event.TYPE),
            type=event.TYPE,
            version=event.VERSION,
            source="test",
            time=DURING,
            key=event.key,
            correlation_id=event.key,
            causation_id="",
        )
        topic, key = CATALOG.topic_of(type(event)), event.key.encode()
        headers, value = envelope.headers(-1), event.to_json()
        await self.runtime.writer.take(
            [Record(topic, partition_of(event.key), number, key, headers, value)]
        )

    async def rows(self, table: type[Row]) -> list[Any]:
        """Every row of a table, as the database has it."""
        async with self.runtime.queries.engine.connect() as connection:
            return list(await connection.execute(table.Table.__table__.select()))


def _identity(who: str) -> dict[str, str]:
    if not who:
        return {}
    if len(who) == 1:
        actor = Actor(f"person-of-{who}", frozenset({"applicant"}), applicant(who)["id"])
    else:
        actor = Actor(f"{who}-1", frozenset({who}))
    return {"Authorization": f"Bearer {token_for(SECRET, actor)}"}


@contextlib.asynccontextmanager
async def at_work(app: FastAPI) -> AsyncIterator[Desk]:
    """The service with its writer running; relay and intake stay off."""
    desk = Desk(app)
    writer = asyncio.create_task(desk.runtime.writer.run())
    try:
        yield desk
    finally:
        writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writer
        await desk.client.aclose()
        await desk.runtime.writer.database.close()
        await desk.runtime.queries.engine.dispose()
