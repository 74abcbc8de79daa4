"""Finance with its real writer, routes and database, and requests as people make them."""

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
from services.finance.api import router
from services.finance.main import SERVICE
from services.finance.settings import Settings
from tests.finance.heard import BANK, BUDGET, CALL, DAY, OPENING, decided, published, recommended

SECRET = "a-secret-of-the-tests"
MORNING = f"{DAY}T10:00:00+08:00"
CALL_PATH = f"/v1/calls/{CALL}"


def application(database_url: str) -> FastAPI:
    """The service on a migrated database; answering people needs no broker, and none is there."""
    settings = Settings(
        database_url=database_url,
        kafka_bootstrap_servers="127.0.0.1:9",
        token_secret=SecretStr(SECRET),
        clock="header",
        body_bytes_max=200_000,
    )
    return create_service(SERVICE, settings, router)


class Desk:
    """Who asks comes first: a role with a number, as `finance-2`, or "" for nobody."""

    def __init__(self, app: FastAPI) -> None:
        self.runtime = app.state.runtime
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://finance")
        self.offsets = count()

    async def __call__(
        self, who: str, method: str, path: str, body: Any = None, *, now: str = MORNING,
        **headers: str,
    ) -> httpx.Response:  # fmt: skip
        """One request; bytes are sent as they are, anything else as JSON."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        raw = isinstance(body, bytes)
        if raw:
            said.setdefault("Content-Type", "application/json")
        return await self.client.request(
            method,
            path,
            content=body if raw else None,
            json=None if raw else body,
            headers={**_identity(who), "Mingjing-Now": now, **said},
        )

    async def done(self, who: str, path: str, body: Any = None, now: str = MORNING) -> Any:
        """Post what must be taken; the answer's body."""
        answer = await self(who, "POST", path, body, now=now)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def hears(self, *events: Event) -> None:
        """Take events of other services, as the intake would."""
        for event in events:
            number = next(self.offsets)
            envelope = Envelope(
                id=derived(str(number), event.TYPE), type=event.TYPE, version=event.VERSION,
                source="test", time=MORNING, key=event.key, correlation_id=event.key,
                causation_id="",
            )  # fmt: skip
            record = Record(
                CATALOG.topic_of(type(event)), partition_of(event.key), number,
                event.key.encode(), envelope.headers(-1), event.to_json(),
            )  # fmt: skip
            await self.runtime.writer.take([record])

    async def rows(self, table: type[Row]) -> list[Any]:
        """Every row of a table, as the database has it."""
        async with self.runtime.queries.engine.connect() as connection:
            return list(await connection.execute(table.Table.__table__.select()))

    async def whole(self) -> dict[str, list[Any]]:
        """Every table, to see that nothing changed."""
        return {spec.name: sorted(map(str, await self.rows(spec.row))) for spec in SERVICE.tables}

    async def begin(self) -> None:
        """The call, its budget, and the account that pays."""
        await self.hears(published())
        budget = {"amount_fen": BUDGET}
        await self.done("finance-1", f"{CALL_PATH}/budget", budget)
        await self.done("finance-2", f"{CALL_PATH}/budget/approval", budget)
        account = {"account": BANK, "opening_fen": OPENING, "opened_on": "2021-07-01"}
        await self.done("treasurer-1", f"{CALL_PATH}/bank-accounts", account)

    async def award(self, name: str = "a1") -> str:
        """An award under contract, its first instalment released; its path."""
        await self.hears(recommended(name), decided(name))
        supplier = {
            "supplier_name": f"虚构学会{name}", "bank_account": f"6222{name}",
            "bank_name": "虚构银行", "valid_from": "2021-08-31",
        }  # fmt: skip
        await self.done(
            "finance-1", f"/v1/applicants/society-{name}/supplier-registration", supplier
        )
        path = f"/v1/applications/{name}"
        await self.done("officer-1", f"{path}/agreement", {"signed_on": "2021-09-06"})
        release = {"condition": "agreement_signed"}
        await self.done("officer-1", f"{path}/tranches/1/release", release)
        return path

    async def pay(self, path: str) -> dict[str, Any]:
        """Prepared and instructed; what the checker was told."""
        await self.done("finance-1", f"{path}/tranches/1/payment")
        told: dict[str, Any] = await self.done(
            "finance-2", f"{path}/tranches/1/payment/approval", {"instructed_on": DAY}
        )
        return told


def _identity(who: str) -> dict[str, str]:
    if not who:
        return {}
    role: Any = who.partition("-")[0]
    actor = Actor(who, frozenset({role}), "society-a1" if role == "applicant" else "")
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
