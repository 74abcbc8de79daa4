"""A submission office in memory: the 2021 call, and applicants who write and send applications."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.event import Event
from services.chassis.errors import ServiceError
from services.chassis.model import Answer
from services.chassis.simulation import World
from services.submission.commands.applications import DeclareDispatch, WithdrawApplication
from services.submission.commands.calls import CloseCall, PublishCall
from services.submission.commands.drafts import BeginApplication, SaveDraft
from services.submission.commands.submissions import SubmitApplication
from services.submission.main import SERVICE

CALL = "cast-2021-open-cooperation"
OPENS = "2021-07-01T00:00:00+08:00"
DURING = "2021-07-05T10:00:00+08:00"
LAST_TICK = "2021-07-12T23:59:59.999999+08:00"
CLOSES = "2021-07-13T00:00:00+08:00"
FILE = Path(__file__).parents[2] / "services/submission/calls/cast-2021-open-cooperation.yaml"


@cache
def _file() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return document


def call_document(**window: Any) -> dict[str, Any]:
    """A fresh copy of the 2021 call, with parts of its window replaced."""
    document = deepcopy(_file())
    document["window"].update(window)
    return document


def next_version(**window: Any) -> dict[str, Any]:
    """The call's version 2."""
    return {**call_document(**window), "version": 2}


def content(**changes: Any) -> dict[str, Any]:
    """Content that the call takes as it stands."""
    form = {
        "project_leader": "张三",
        "basis": "已有合作基础。",
        "plan": "分三步实施。",
        "expected_results": "两个平台。",
    }
    whole = {"title": "示例合作", "items": ["1.1"], "requested_fen": 30_000_000, "form": form}
    return {**whole, **changes}


def applicant(name: str = "A") -> dict[str, str]:
    """A fictional organisation."""
    return {
        "id": f"fictional-{name}",
        "name": f"虚构学会{name}",
        "member_class": "regular",
        "contact_email": f"{name.lower()}@example.invalid",
    }


class Office:
    """One submission service and the people who use it."""

    def __init__(self, now: str = DURING, *, published: bool = True) -> None:
        self.world = World([SERVICE], now="2021-07-01T09:00:00+08:00")
        self.service = self.world.services["submission"]
        if published:
            self.ask(PublishCall(call_document(), "officer-1"))
        self.at(now)

    def at(self, instant: str) -> "Office":
        """Set the clock."""
        self.world.clock.instant = instant
        return self

    def ask(self, command: Any) -> Answer:
        """The answer to a command; raises what it was refused with."""
        return self.world.ask("submission", command)

    def refusal(self, command: Any) -> ServiceError:
        """What a command is refused with; fails when it is not."""
        before = len(self.service.emitted)
        try:
            answer = self.ask(command)
        except ServiceError as refused:
            assert before == len(self.service.emitted), "a refusal leaves no event"
            return refused
        raise AssertionError(f"not refused: {answer}")

    def begin(self, name: str = "A", reference: str = "", **changes: Any) -> str:
        """Begin an application, ready to be sent; its id."""
        command = BeginApplication(CALL, applicant(name), reference, content(**changes), "someone")
        return str(self.ask(command).body["application_id"])

    def save(self, application_id: str, base: str, name: str = "A", **changes: Any) -> Answer:
        """Save a draft."""
        return self.ask(self.saving(application_id, base, name, **changes))

    def saving(self, application_id: str, base: str, name: str = "A", **changes: Any) -> SaveDraft:
        """The command that saves a draft."""
        subject = applicant(name)["id"]
        return SaveDraft(application_id, content(**changes), base, "someone", subject)

    def submit(self, application_id: str, name: str = "A") -> Answer:
        """Send a draft."""
        return self.ask(self.submitting(application_id, name))

    def submitting(self, application_id: str, name: str = "A", base: str = "") -> SubmitApplication:
        """The command that sends a draft."""
        return SubmitApplication(application_id, base, "someone", applicant(name)["id"])

    def sent(self, name: str = "A", reference: str = "") -> str:
        """Begin and send an application; its id."""
        application_id = self.begin(name, reference)
        self.submit(application_id, name)
        return application_id

    def withdrawing(self, application_id: str, name: str = "A", reason: str = "改期") -> Any:
        """The command that takes an application back."""
        return WithdrawApplication(application_id, reason, "someone", applicant(name)["id"])

    def dispatching(self, application_id: str, name: str = "A", **changes: Any) -> DeclareDispatch:
        """The command that announces a parcel."""
        said = {"carrier": "EMS", "waybill": "EA 123456789 cn", "dispatched_on": "2021-07-05"}
        subject = applicant(name)["id"]
        return DeclareDispatch(application_id, actor_subject=subject, **{**said, **changes})

    def close(self) -> None:
        """Close the call at the end of its window."""
        self.at(CLOSES).ask(CloseCall(CALL, "officer-1"))

    def events(self, kind: type[Event]) -> list[Any]:
        """Every event of a kind this service sent."""
        return [event for event in self.service.emitted if isinstance(event, kind)]

    def rows(self, table: Any) -> list[Any]:
        """Every row of a table."""
        return self.service.rows(table)
