"""What document's tests share: one call, one application, a parcel as it should be, a world."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.document import DocumentsAssessed
from contracts.submission import ApplicationSubmitted, CallPublished
from contracts.values import Applicant
from services.chassis.simulation import World
from services.document.commands.files import RegisterFile
from services.document.commands.parcels import Count, RegisterParcel
from services.document.main import SERVICE
from services.document.rules.facts import FileIn, Parcel
from services.document.rules.requirements import Requirements, requirements_from_call

CALL_FILE = "services/submission/calls/cast-2021-open-cooperation.yaml"
CALL_ID = "cast-2021"
APPLICATION = "application-1"
APPLICANT = "applicant-1"


@pytest.fixture(scope="session")
def call() -> dict[str, Any]:
    """The 2021 call as the project holds it."""
    text = (Path(__file__).parents[2] / CALL_FILE).read_text(encoding="utf-8")
    return yaml.safe_load(text)  # type: ignore[no-any-return]


@pytest.fixture
def requirements(call: dict[str, Any]) -> Requirements:
    """What the 2021 call asks for."""
    return requirements_from_call(call)


@pytest.fixture
def parcel() -> Callable[..., Parcel]:
    """Makes a parcel without a fault: dispatched on the last day, five sealed copies."""

    def make(**changes: Any) -> Parcel:
        base: dict[str, Any] = {
            "parcel_id": "p",
            "channel": "courier",
            "dispatched_on": date(2021, 7, 12),
            "arrived_at": datetime.fromisoformat("2021-07-20T10:00:00+08:00"),
            "copies": 5,
            "originals": 1,
            "sealed": 5,
            "opinion_signed": True,
            "vetted": True,
        }
        return Parcel(**{**base, **changes})

    return make


@pytest.fixture
def file() -> Callable[..., FileIn]:
    """Makes an electronic version that came in time."""

    def make(at: str = "2021-07-12T18:00:00+08:00", **changes: Any) -> FileIn:
        base: dict[str, Any] = {
            "file_id": f"f-{at}",
            "sha256": "a" * 64,
            "kind": "application_form",
            "channel": "email",
            "received_at": datetime.fromisoformat(at),
        }
        return FileIn(**{**base, **changes})

    return make


class Desk:
    """Document alone in a world, spoken to as the other services and the clerks would."""

    def __init__(self, call: dict[str, Any]) -> None:
        self.world = World([SERVICE], now="2021-07-05T10:00:00+08:00")
        self.service = self.world.services["document"]
        self.call = call

    def publish(self, *, settle: bool = True, **changes: Any) -> None:
        self.world.receive(
            CallPublished(
                call_id=CALL_ID,
                call_version=1,
                call={**self.call, **changes},
                call_sha256="0" * 64,
                published_by="officer",
                published_at="2021-07-01T09:00:00+08:00",
            ),
            to="" if settle else "nobody",
        )

    def submit(
        self,
        application_id: str = APPLICATION,
        applicant_id: str = APPLICANT,
        *,
        settle: bool = True,
    ) -> None:
        self.world.receive(
            ApplicationSubmitted(
                application_id=application_id,
                call_id=CALL_ID,
                call_version=1,
                applicant=Applicant(
                    id=applicant_id,
                    name="虚构学会",
                    member_class="A",
                    contact_email="a@example.org",
                ),
                title="题目",
                items=("1.1",),
                requested_fen=30_000_000,
                form={},
                form_sha256="0" * 64,
                submitted_by="somebody",
                submitted_at=self.world.clock.now(),
            ),
            cause=f"submitted-{application_id}",
            to="" if settle else "nobody",
        )

    def file(self, **changes: Any) -> Any:
        base: dict[str, Any] = {
            "application_id": APPLICATION,
            "sha256": "a" * 64,
            "size_bytes": 10,
            "media_type": "application/pdf",
            "name": "form.pdf",
            "kind": "application_form",
            "channel": "upload",
            "received_at": self.world.clock.now(),
            "received_from": APPLICANT,
        }
        return self.world.ask("document", RegisterFile(**{**base, **changes}))

    def parcel(self, application_id: str = APPLICATION, **changes: Any) -> Any:
        return self.world.ask(
            "document", RegisterParcel(application_id, self.count(**changes), "clerk-1")
        )

    def count(self, **changes: Any) -> Count:
        base: dict[str, Any] = {
            "channel": "courier",
            "carrier": "EMS",
            "waybill": "W1",
            "dispatched_on": "2021-07-04",
            "arrived_at": "2021-07-05T09:00:00+08:00",
            "copies": 5,
            "originals": 1,
            "sealed": 5,
            "opinion_signed": True,
            "vetted": True,
        }
        return Count(**{**base, **changes})

    def assessments(self) -> list[DocumentsAssessed]:
        return [e for e in self.service.emitted if isinstance(e, DocumentsAssessed)]

    def codes(self) -> list[str]:
        return [r.code for r in self.assessments()[-1].reasons]


@pytest.fixture
def desk(call: dict[str, Any]) -> Desk:
    """Document in a world of its own, the clock at 5 July 2021, inside the window."""
    return Desk(call)
