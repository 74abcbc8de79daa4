"""Eligibility in memory: the 2021 call, fictional societies, facts about them, people who answer."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import orjson
import pytest
import yaml

from contracts.eligibility import EligibilityAssessed
from contracts.event import Event
from contracts.submission import (
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CallAmended,
    CallPublished,
)
from contracts.values import Applicant
from services.chassis.errors import ServiceError
from services.chassis.model import Answer
from services.chassis.simulation import World
from services.eligibility.commands import AnswerQuestion, RecordFact, RetractFact
from services.eligibility.main import SERVICE
from services.eligibility.store import Question

CALL = "cast-2021-open-cooperation"
FILE = Path(__file__).parents[2] / "services/submission/calls/cast-2021-open-cooperation.yaml"
PUBLISHED = "2021-07-01T09:00:00+08:00"
SUBMITTED = "2021-07-05T10:00:00+08:00"
LATER = "2021-07-20T10:00:00+08:00"
PENALTY = "penalised_within_lookback"
YEARS = "basically_qualified_years_running"
CIRCULAR = "circularised_and_rectifying"

E = TypeVar("E", bound=Event)


@cache
def _file() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return document


def call_document(**changes: Any) -> dict[str, Any]:
    """A fresh copy of the 2021 call."""
    return {**deepcopy(_file()), **changes}


def published(**changes: Any) -> CallPublished:
    """The call as it was published."""
    return CallPublished(
        call_id=CALL,
        call_version=1,
        call=call_document(**changes),
        call_sha256="0" * 64,
        published_by="officer-1",
        published_at=PUBLISHED,
    )


def amended(**changes: Any) -> CallAmended:
    """The call's version 2."""
    return CallAmended(
        call_id=CALL,
        call_version=2,
        call=call_document(**changes),
        call_sha256="1" * 64,
        reason="-",
        amended_by="officer-1",
        amended_at="2021-07-06T09:00:00+08:00",
    )


def submitted(application_id: str = "a1", applicant_id: str = "", **changes: Any) -> Event:
    """An application of a society of its own, unless another is named."""
    said: dict[str, Any] = {
        "application_id": application_id,
        "call_id": CALL,
        "call_version": 1,
        "applicant": Applicant(
            id=applicant_id or f"society-{application_id}",
            name="虚构学会",
            member_class="regular",
            contact_email="a@example.invalid",
        ),
        "title": "示例",
        "items": ("1.1",),
        "requested_fen": 30_000_000,
        "form": {},
        "form_sha256": "0" * 64,
        "submitted_by": "somebody",
        "submitted_at": SUBMITTED,
    }
    return ApplicationSubmitted(**{**said, **changes})


def withdrawn(application_id: str = "a1") -> ApplicationWithdrawn:
    """The applicant takes it back."""
    return ApplicationWithdrawn(
        application_id=application_id,
        call_id=CALL,
        reason="改期",
        withdrawn_by="somebody",
        withdrawn_at=SUBMITTED,
    )


def a_fact(kind: str, detail: dict[str, Any], **dates: str | None) -> dict[str, Any]:
    """A made-up fact as a person types it."""
    source = {"url": "https://example.invalid/made-up", "date_basis": "stated"}
    return {"kind": kind, "detail": detail, "dates": dates, "source": source}


def penalty(decision_on: str | None = "2020-03-12", **detail: Any) -> dict[str, Any]:
    """A penalty: inside the look-back as it stands, open without its date."""
    said = {
        "authority_kind": "civil_affairs",
        "penalty_kind": "warning",
        "penalised": "legal_person",
    }
    return a_fact("administrative_penalty", {**said, **detail}, decision_on=decision_on)


def two_years() -> dict[str, Any]:
    """Two years basically qualified, not named: a question for a person."""
    return a_fact(
        "annual_inspection",
        {"conclusion": "basically_qualified", "years": [], "years_count": 2},
    )


def recording(fact: dict[str, Any], who: str = "society-a1", reference: str = "") -> RecordFact:
    """The command that puts a fact on record."""
    return RecordFact(who, fact, reference, "screener-1")


def retracting(fact_id: str, who: str = "society-a1", reason: str = "张冠李戴") -> RetractFact:
    """The command that takes one out of account."""
    return RetractFact(who, fact_id, reason, "officer-1")


def answering(
    rule: str, answer: Literal["yes", "no"], application_id: str = "a1", **changes: Any
) -> AnswerQuestion:
    """The command that answers a question."""
    said: dict[str, Any] = {
        "reason": "已向登记管理机关核实",
        "question_id": "",
        "by": "officer-1",
        "roles": frozenset({"officer"}),
    }
    return AnswerQuestion(application_id, rule, answer, **{**said, **changes})


class Office:
    """One eligibility service and the people who use it."""

    def __init__(self, seed: int = 0, *, call: bool = True) -> None:
        self.world = World([SERVICE], seed=seed, now=SUBMITTED)
        self.service = self.world.services["eligibility"]
        if call:
            self.hear(published())

    def at(self, instant: str) -> "Office":
        """Set the clock."""
        self.world.clock.instant = instant
        return self

    def hear(self, *events: Event) -> None:
        """Take events of others in, one by one; their own times are those they name."""
        for event in events:
            self.world.receive(event, time=time_of(event))
        assert self.service.letters == []

    def ask(self, command: Any) -> Answer:
        """The answer to a command; raises what it was refused with."""
        return self.world.ask("eligibility", command)

    def record(self, fact: dict[str, Any], who: str = "society-a1", reference: str = "") -> str:
        """Put a fact on record; its id."""
        return str(self.ask(recording(fact, who, reference)).body["fact_id"])

    def again(self, command: Any) -> Answer:
        """The answer to a command that changes nothing; fails when it does."""
        before, rows = len(self.service.emitted), self.service.dump()
        answer = self.ask(command)
        assert (self.service.emitted[before:], self.service.dump()) == ([], rows)
        return answer

    def refusal(self, command: Any) -> ServiceError:
        """What a command is refused with; fails when it is not, or when it leaves a trace."""
        before, rows = len(self.service.emitted), self.service.dump()
        with pytest.raises(ServiceError) as caught:
            self.ask(command)
        assert (self.service.emitted[before:], self.service.dump()) == ([], rows)
        assert caught.value.code != "bug", caught.value.__cause__
        assert caught.value.zh != caught.value.en
        return caught.value

    def events(self, kind: type[E]) -> list[E]:
        """Every event of a kind this service sent."""
        return [event for event in self.service.emitted if isinstance(event, kind)]

    def rows(self, table: Any) -> list[Any]:
        """Every row of a table."""
        return self.service.rows(table)

    def verdicts(self, application_id: str = "a1") -> list[str]:
        """The verdicts on an application, oldest first."""
        found = self.events(EligibilityAssessed)
        return [e.verdict for e in found if e.application_id == application_id]

    def questions(self) -> dict[str, str]:
        """Where each question stands, by rule."""
        return {row.rule: row.status for row in self.rows(Question)}


def time_of(event: Event) -> str:
    """When an event says it happened."""
    names = ("published_at", "amended_at", "submitted_at", "withdrawn_at")
    return next(str(getattr(event, name)) for name in names if hasattr(event, name))


def rederives(event: EligibilityAssessed) -> bool:
    """Whether the rules give the event's own fields again, byte for byte, after a JSON round trip."""
    again = SERVICE.rederive[EligibilityAssessed]
    read = EligibilityAssessed.model_validate_json(event.to_json())
    said = orjson.loads(event.to_json())
    return all(
        orjson.dumps(said[name]) == orjson.dumps(value) for name, value in again(read).items()
    )


def applied() -> Office:
    """An office with one application, and nothing on record."""
    office = Office()
    office.hear(submitted())
    return office
