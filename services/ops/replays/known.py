"""What the log says was recorded, as far as a decision may name it: every input with when and what."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from contracts.document import CorrectionRequested, FileReceived, PaperReceived
from contracts.eligibility import FactRecorded, FactRetracted, QuestionAnswered
from contracts.event import Event
from contracts.finance import BudgetApproved
from contracts.review import AwardRecommended, ConflictDeclared, RankingSealed, ScoresSubmitted
from contracts.submission import ApplicationSubmitted, CallAmended, CallPublished
from services.document.rules.evidence import requirements_document
from services.document.rules.requirements import requirements_from_call
from services.eligibility.rules import (
    criteria_from_pack,
    criteria_to_json,
    fact_from_json,
    fact_to_json,
)

Name = tuple[str, ...]
"""The kind of an input and what identifies it."""
PAPER = (
    "channel", "dispatched_on", "arrived_at", "copies", "originals", "sealed", "opinion_signed",
    "vetted", "opinion_written", "opinion_dated", "signatory", "matches_electronic",
)  # fmt: skip


@dataclass
class Known:
    """Every input on the log: per name what was said of it, and when the broker took it."""

    said: dict[Name, list[tuple[int, str, bytes]]] = field(default_factory=dict)

    def note(self, event: Event, logged_at: int, cause_id: str) -> None:
        """Remember what an event says, where a decision may rest on it."""
        try:
            inputs = list(_inputs(event))
        except Exception:  # noqa: BLE001 (what nobody can read, no decision can rest on)
            return
        for name, what in inputs:
            self.said.setdefault(name, []).append((logged_at, cause_id, canonical(what)))

    def why_not(self, name: Name, what: Any, logged_at: int, cause_id: str) -> str:
        """Why a decision taken then cannot rest on this; empty when it can.

        What followed from the same cause was committed together with it, whichever was sent first.
        """
        said = self.said.get(name)
        if said is None:
            return "missing"
        wanted = canonical(what)
        alike = [(at, cause) for at, cause, held in said if held == wanted]
        if not alike:
            return "different"
        before = any(at <= logged_at or cause == cause_id != "" for at, cause in alike)
        return "" if before else "later"


def canonical(value: Any) -> bytes:
    """One spelling: keys sorted, instants with the same offset form."""
    return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, str) and len(value) > len("2021-07-12T") and value[4:5] == "-":
        try:
            return datetime.fromisoformat(value).isoformat()
        except ValueError:
            return value
    return value


def _inputs(event: Event) -> Iterator[tuple[Name, Any]]:
    reader = _READERS.get(type(event))
    if reader is not None:
        yield from reader(event)


def _call(e: CallPublished | CallAmended) -> Iterator[tuple[Name, Any]]:
    call = e.call
    yield (
        ("criteria", e.call_id),
        {
            "criteria": criteria_to_json(criteria_from_pack(call["rule_pack"])),
            "published_on": call["published_on"],
            "closes_before": call["window"]["closes_before"],
        },
    )
    requirements = requirements_document(requirements_from_call(call))
    yield ("requirements", e.call_id, str(e.call_version)), requirements
    caps = {"awards_max": call["quota"]["awards_max"]}
    caps |= {name: call["amount"].get(name) for name in ("min_fen", "max_fen")}
    yield ("caps", e.call_id), caps


def _application(e: ApplicationSubmitted) -> Iterator[tuple[Name, Any]]:
    yield ("application", e.application_id), {
        "applicant": e.applicant.id, "submitted_at": e.submitted_at,
        "declared_member_class": e.applicant.member_class,
    }  # fmt: skip
    yield ("request", e.application_id), e.requested_fen


def _fact(e: FactRecorded) -> Iterator[tuple[Name, Any]]:
    fact = fact_to_json(fact_from_json(e.fact))
    yield ("fact", e.applicant_id, e.fact_id), {**fact, "retracted_at": None}


def _retraction(e: FactRetracted) -> Iterator[tuple[Name, Any]]:
    yield ("retraction", e.applicant_id, e.fact_id), e.retracted_at


def _answer(e: QuestionAnswered) -> Iterator[tuple[Name, Any]]:
    yield ("answer", e.application_id, e.rule), {
        "value": e.answer, "by": e.answered_by, "reason": e.reason, "answered_at": e.answered_at
    }  # fmt: skip


def _file(e: FileReceived) -> Iterator[tuple[Name, Any]]:
    said = {name: getattr(e, name) for name in ("sha256", "kind", "channel", "received_at")}
    yield ("file", e.application_id, e.file_id), said


def _parcel(e: PaperReceived) -> Iterator[tuple[Name, Any]]:
    yield ("parcel", e.application_id, e.parcel_id), {name: getattr(e, name) for name in PAPER}


def _correction(e: CorrectionRequested) -> Iterator[tuple[Name, Any]]:
    requested_at = datetime.fromisoformat(e.requested_at).isoformat()
    yield ("correction", e.application_id, requested_at), e.due_on


def _sheet(e: ScoresSubmitted) -> Iterator[tuple[Name, Any]]:
    yield ("sheet", e.application_id, e.reviewer_id), dict(e.points)


def _conflict(e: ConflictDeclared) -> Iterator[tuple[Name, Any]]:
    yield ("conflict", e.application_id, e.reviewer_id), e.kind


def _ranking(e: RankingSealed) -> Iterator[tuple[Name, Any]]:
    yield ("ranking", e.call_id), e.ranking_sha256


def _recommendation(e: AwardRecommended) -> Iterator[tuple[Name, Any]]:
    yield ("recommendation", e.application_id), e.amount_fen


def _budget(e: BudgetApproved) -> Iterator[tuple[Name, Any]]:
    yield ("budget", e.call_id), e.awards_max


_READERS: dict[type[Event], Any] = {
    CallPublished: _call,
    CallAmended: _call,
    ApplicationSubmitted: _application,
    FactRecorded: _fact,
    FactRetracted: _retraction,
    QuestionAnswered: _answer,
    FileReceived: _file,
    PaperReceived: _parcel,
    CorrectionRequested: _correction,
    ScoresSubmitted: _sheet,
    ConflictDeclared: _conflict,
    RankingSealed: _ranking,
    AwardRecommended: _recommendation,
    BudgetApproved: _budget,
}
