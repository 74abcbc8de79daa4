"""What notification's tests share: the events it hears, and notification alone in a world."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from contracts.document import CorrectionRequested, DocumentsAssessed
from contracts.eligibility import EligibilityAssessed
from contracts.event import Event
from contracts.finance import PaymentConfirmed
from contracts.notification import MessageQueued
from contracts.review import AwardDecided
from contracts.submission import (
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CallPublished,
    DuplicateRefused,
)
from contracts.values import Applicant, Reason
from deploy.mail.catcher import Catcher, serve
from deploy.ports import free_port
from services.chassis.clock import HeldClock
from services.chassis.service import create_service
from services.chassis.simulation import World
from services.notification.api import router
from services.notification.jobs import send_due
from services.notification.main import SERVICE
from services.notification.settings import Settings
from services.notification.store import TABLES, Message
from tests.conftest import Administrator
from tests.document.alone import SECRET, Alone, running, template_of

NOW = "2021-07-05T10:00:00+08:00"
CALL_ID = "c"
APPLICATION = "application-1"
CALL = {
    "title": {"zh": "通知", "en": "Call"},
    "window": {"closes_before": "2021-07-13T00:00:00+08:00"},
}
AFTER_CLOSING = "2021-07-16T10:00:00+08:00"


def reasons(*codes: str) -> tuple[Reason, ...]:
    return tuple(Reason(code=code, zh=code, en=code) for code in codes)


def published(call: dict[str, Any] | None = None) -> CallPublished:
    return CallPublished(
        call_id=CALL_ID, call_version=1, call=CALL if call is None else call,
        call_sha256="0" * 64, published_by="o", published_at=NOW,
    )  # fmt: skip


def submitted(application_id: str = APPLICATION, email: str = "a@x.org") -> ApplicationSubmitted:
    return ApplicationSubmitted(
        application_id=application_id, call_id=CALL_ID, call_version=1,
        applicant=Applicant(id="p", name="虚构学会", member_class="A", contact_email=email),
        title="题目", items=("1.1",), requested_fen=30_000_000, form={}, form_sha256="0" * 64,
        submitted_by="p", submitted_at=NOW,
    )  # fmt: skip


def duplicate(application_id: str = "application-2") -> DuplicateRefused:
    return DuplicateRefused(
        application_id=application_id, call_id=CALL_ID, applicant_id="p",
        standing_application_id=APPLICATION, refused_at=NOW,
    )  # fmt: skip


def withdrawn() -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        application_id=APPLICATION, call_id=CALL_ID, reason="-", withdrawn_by="p", withdrawn_at=NOW
    )


def screened(verdict: Any, no: int = 1, *failed: str) -> EligibilityAssessed:
    findings = [{"rule": r, "clause": "R31", "sentence": {"zh": r, "en": r}} for r in failed]
    return EligibilityAssessed(
        application_id=APPLICATION, call_id=CALL_ID, applicant_id="p", assessment_no=no,
        verdict=verdict, failed_rules=failed, open_rules=(), assessment={"findings": findings},
        evidence={}, assessed_at=NOW,
    )  # fmt: skip


def checked(
    verdict: Any, no: int = 1, *codes: str, timely: Any = "on_time", at: str = AFTER_CLOSING
) -> DocumentsAssessed:
    return DocumentsAssessed(
        application_id=APPLICATION, call_id=CALL_ID, assessment_no=no, verdict=verdict,
        timely=timely, reasons=reasons(*codes), evidence={}, assessed_at=at,
    )  # fmt: skip


def correction() -> CorrectionRequested:
    return CorrectionRequested(
        application_id=APPLICATION, call_id=CALL_ID, reasons=reasons("seal_missing"),
        due_on="2021-07-20", requested_by="clerk", requested_at=AFTER_CLOSING,
    )  # fmt: skip


def decided(decision: Any = "awarded", application_id: str = APPLICATION) -> AwardDecided:
    return AwardDecided(
        application_id=application_id, call_id=CALL_ID, applicant_id="p", decision=decision,
        amount_fen=30_000_000 if decision == "awarded" else 0, rank=1, reasons=(),
        decided_by="o", decided_at="2021-09-01T10:00:00+08:00",
    )  # fmt: skip


def paid(payment_id: str = "payment-1") -> PaymentConfirmed:
    return PaymentConfirmed(
        application_id=APPLICATION, call_id=CALL_ID, payment_id=payment_id, tranche_no=1,
        amount_fen=21_000_000, statement_id="s", line_nos=(1,), booked_on="2021-12-15", match={},
        confirmed_at="2021-12-16T10:00:00+08:00",
    )  # fmt: skip


class Post:
    """Notification alone in a world."""

    def __init__(self, seed: int = 0) -> None:
        self.world = World([SERVICE], seed=seed, now=NOW)
        self.service = self.world.services["notification"]

    def hears(self, *events: Event, settle: bool = True) -> None:
        for event in events:
            self.world.receive(event, to="" if settle else "nobody")

    def queued(self) -> list[MessageQueued]:
        return [e for e in self.service.emitted if isinstance(e, MessageQueued)]

    def told(self) -> list[str]:
        return [e.template for e in self.queued()]


@pytest.fixture
def post() -> Post:
    """Notification in a world of its own."""
    return Post()


@pytest.fixture(scope="session")
def template(administrator: Administrator) -> Iterator[str]:
    """An empty store of notification, to be copied."""
    name = template_of(administrator, TABLES)
    yield name
    administrator.drop(name)


class Office:
    """Notification with its outbox, and the mail server it sends to."""

    def __init__(self, alone: Alone, port: int) -> None:
        self.alone = alone
        self.port = port
        self.runtime = alone.runtime
        self.runtime.clock = HeldClock(NOW)

    async def hears(self, *events: Event) -> None:
        for event in events:
            await self.alone.hears(event)

    async def send(self, at: str = NOW) -> int:
        self.runtime.clock.instant = at
        return await send_due(self.runtime)

    async def states(self) -> list[str]:
        return sorted(m.state for m in await self.alone.rows(Message))


@pytest_asyncio.fixture
async def office(database: Callable[..., str], template: str) -> AsyncIterator[Office]:
    """Notification with three receipts to send; nobody listens at its mail server's port yet."""
    port = free_port()
    settings = Settings(
        database_url=database(template), kafka_bootstrap_servers="127.0.0.1:9",
        token_secret=SecretStr(SECRET), clock="header", smtp_host="127.0.0.1", smtp_port=port,
        smtp_timeout_seconds=5, sender="Mingjing <no-reply@x.org>", mail_domain="x.org",
        attempts_max=3,
    )  # fmt: skip
    async with running(create_service(SERVICE, settings, router)) as alone:
        desk = Office(alone, port)
        await desk.hears(published(), *(submitted(f"a{n}", f"box{n}@x.org") for n in range(3)))
        yield desk


@contextlib.asynccontextmanager
async def catching(folder: Path, port: int, refuse_first: int = 0) -> AsyncIterator[None]:
    server = await serve(Catcher(folder, refuse_first), port)
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()
