"""The yardstick: six services as FastStream's and SQLModel's own pages write them.

One message per handler, a pydantic model, a session per message, commit, then publish.
`python -m tests.bench.idiomatic NUMBER DATABASE_URL BOOTSTRAP`
"""

import asyncio
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import uvloop
from faststream.kafka import KafkaBroker
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from deploy.kafka.topics import Topic, create_topics
from services.chassis import logs
from tests.bench.chain import AMOUNT_FEN, CALL, FORM, HOPS, SHA
from tests.bench.cost import Cost
from tests.bench.ground import Ground, ground
from tests.bench.line import Worker, serve, until
from tests.bench.sizes import Sizes
from tests.bench.summary import percentiles

RATE = 20
PARTITIONS = 8


class CaseMoved(BaseModel):
    """What travels: as much as the real events carry."""

    application_id: str
    call_id: str
    applicant_id: str
    title: str
    requested_fen: int
    form: dict[str, Any]
    form_sha256: str
    arrived_at: float
    """Seconds since 1970, when the case was due at the first service."""


class IdiomaticCase(SQLModel, table=True):
    """One row per case."""

    id: str = Field(primary_key=True)
    applicant_id: str
    title: str
    requested_fen: int
    form_sha256: str
    status: str


class IdiomaticTally(SQLModel, table=True):
    """One counter per call."""

    call_id: str = Field(primary_key=True)
    received: int = 0


def _topic(number: int) -> str:
    return f"idiomatic.{number}"


def _case(number: int, arrived_at: float, name: str) -> CaseMoved:
    return CaseMoved(
        application_id=f"{name}-{number}", call_id=CALL, applicant_id=f"applicant-{number}",
        title="开放合作示范", requested_fen=AMOUNT_FEN, form=FORM, form_sha256=SHA,
        arrived_at=arrived_at,
    )  # fmt: skip


class Idiomatic:
    """One of the six."""

    def __init__(self, number: int, url: str, bootstrap: str) -> None:
        self.number = number
        self.broker = KafkaBroker(bootstrap, logger=None)
        self.engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
        self.waits: list[float] = []
        self.done = 0
        subscribe = self.broker.subscriber(
            _topic(number), group_id=f"idiomatic-{number}", auto_offset_reset="earliest"
        )
        subscribe(self.handle)

    async def handle(self, event: CaseMoved) -> None:
        """Store, count, commit, then tell the next."""
        async with AsyncSession(self.engine) as session:
            tally = await session.get(IdiomaticTally, event.call_id)
            if tally is None:
                tally = IdiomaticTally(call_id=event.call_id)
            tally.received += 1
            session.add(tally)
            session.add(
                IdiomaticCase(
                    id=event.application_id, applicant_id=event.applicant_id, title=event.title,
                    requested_fen=event.requested_fen, form_sha256=event.form_sha256,
                    status="heard",
                )
            )  # fmt: skip
            await session.commit()
        self.waits.append(time.time() - event.arrived_at)
        await self.broker.publish(
            event, topic=_topic(self.number + 1), key=event.application_id.encode()
        )
        self.done += 1

    # -- orders ----------------------------------------------------------------------------------

    async def feed(self, name: str, count: int, rate: float) -> None:
        """Publish cases to this service's own topic, at random at a rate."""
        random, due = Random(name), time.time()  # noqa: S311 (arrivals, no secret)
        for number in range(count):
            due += random.expovariate(rate)
            await asyncio.sleep(max(0.0, due - time.time()))
            case = _case(number, due, name)
            await self.broker.publish(
                case, topic=_topic(self.number), key=case.application_id.encode()
            )

    async def handled(self, count: int) -> list[float]:
        """Wait until this service has handled `count` in all; seconds since arrival of each."""
        await until(lambda: self.done >= count)
        taken, self.waits = self.waits, []
        return taken

    async def run(self) -> None:
        """Make the tables, start, and serve the line."""
        async with self.engine.begin() as connection:
            tables = [
                SQLModel.metadata.tables[str(t.__tablename__)]
                for t in (IdiomaticCase, IdiomaticTally)
            ]
            await connection.run_sync(SQLModel.metadata.create_all, tables)
        await self.broker.start()
        await serve({"feed": self.feed, "handled": self.handled})
        await self.broker.stop()


def idiomatic(folder: Path, sizes: Sizes, _: Path | None) -> dict[str, Any]:
    """Hops per second of the yardstick, and its latency at 20 cases per second."""
    with ground(folder) as on:
        topics = [
            Topic(name=_topic(n), partitions=PARTITIONS, config={}) for n in range(1, HOPS + 2)
        ]
        create_topics(on.bootstrap, topics)
        six = [_service(on, number) for number in range(1, HOPS + 1)]
        warm = max(5, sizes.idiomatic // 10)
        _through(six, "warm", warm, 1e9)
        six[-1].ask("handled", count=warm)
        with Cost(on, [s.pid for s in six]) as cost:
            _through(six, "hops", sizes.idiomatic, 1e9)
            six[-1].ask("handled", count=warm + sizes.idiomatic)
        slow = int(RATE * sizes.idiomatic_seconds)
        with Cost(on, [s.pid for s in six]) as calm:
            _through(six, "slow", slow, RATE)
            waits = six[-1].ask("handled", count=warm + sizes.idiomatic + slow)
    hops = sizes.idiomatic * HOPS
    return {
        "hops": cost.report(hops, idiomatic_hops_per_s=round(hops / cost.seconds)),
        "e2e_20": calm.report(slow * HOPS, **percentiles(waits)),
    }


def _service(on: Ground, number: int) -> Worker:
    name = f"idiomatic{number}"
    on.postgres.ensure(name)
    return on.worker("tests.bench.idiomatic", str(number), on.postgres.url(name), on.bootstrap)


def _through(six: list[Worker], name: str, count: int, rate: float) -> None:
    six[0].ask("feed", name=name, count=count, rate=rate)


if __name__ == "__main__":
    logs.configure("idiomatic", "WARNING")
    uvloop.run(Idiomatic(int(sys.argv[1]), sys.argv[2], sys.argv[3]).run())
