"""What each decision says it rests on, in the names under which the log's inputs are known."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from contracts.document import DocumentsAssessed
from contracts.eligibility import EligibilityAssessed
from contracts.event import Event
from contracts.finance import BudgetReserved, ReservationRefused
from contracts.review import AwardRecommended, RankingSealed
from services.ops.replays.known import PAPER, Name

Named = Iterator[tuple[Name, Any]]


def inputs_named_by(event: Event) -> Named:
    """Every input a decision names, with what it says of it; nothing for other events."""
    reader = _READERS.get(type(event))
    if reader is not None:
        yield from reader(event)


def _eligibility(e: EligibilityAssessed) -> Named:
    context = e.evidence["context"]
    said = {name: context[name] for name in ("applicant", "submitted_at", "declared_member_class")}
    yield ("application", e.application_id), said
    dates = {name: context[name] for name in ("published_on", "closes_before")}
    yield ("criteria", e.call_id), {"criteria": e.evidence["criteria"], **dates}
    for fact in e.evidence["facts"]:
        yield ("fact", fact["subject"], fact["id"]), {**fact, "retracted_at": None}
        if fact["retracted_at"] is not None:
            yield ("retraction", fact["subject"], fact["id"]), fact["retracted_at"]
    for answer in e.evidence["answers"]:
        yield (
            ("answer", e.application_id, answer["rule"]),
            {k: v for k, v in answer.items() if k != "rule"},
        )


def _documents(e: DocumentsAssessed) -> Named:
    evidence = e.evidence
    version = str(evidence["call_version"])
    yield ("requirements", e.call_id, version), evidence["requirements"]
    came = evidence["received"]
    for file in came["files"]:
        said = {name: file[name] for name in ("sha256", "kind", "channel", "received_at")}
        yield ("file", e.application_id, file["file_id"]), said
    for parcel in came["parcels"]:
        yield (
            ("parcel", e.application_id, parcel["parcel_id"]),
            {name: parcel[name] for name in PAPER},
        )
    for correction in came["corrections"]:
        requested_at = datetime.fromisoformat(correction["requested_at"]).isoformat()
        yield ("correction", e.application_id, requested_at), correction["due_on"]


def _ranking(e: RankingSealed) -> Named:
    inputs = e.evidence["inputs"]
    for sheet in inputs["sheets"]:
        points = {mark["criterion_id"]: mark["points"] for mark in sheet["marks"]}
        yield ("sheet", sheet["application_id"], sheet["reviewer_id"]), points
    for conflict in inputs["conflicts"]:
        yield (
            ("conflict", conflict["application_id"], conflict["reviewer_id"]),
            conflict["kind"],
        )
    for request in inputs["requested"]:
        yield ("request", request["application_id"]), request["requested_fen"]
    policy = inputs["selection_policy"]
    yield (
        ("caps", e.call_id),
        {
            "awards_max": policy["awards_max"],
            "min_fen": policy["amount_min_fen"],
            "max_fen": policy["amount_max_fen"],
        },
    )


def _recommendation(e: AwardRecommended) -> Named:
    yield ("ranking", e.call_id), e.ranking_sha256


def _reservation(e: BudgetReserved | ReservationRefused) -> Named:
    yield ("recommendation", e.application_id), e.amount_fen
    caps = e.evidence
    yield ("budget", e.call_id), caps["awards_max"]
    yield (
        ("caps", e.call_id),
        {
            "awards_max": caps["awards_max"],
            "min_fen": caps["amount_min_fen"],
            "max_fen": caps["amount_max_fen"],
        },
    )


_READERS: dict[type[Event], Any] = {
    EligibilityAssessed: _eligibility,
    DocumentsAssessed: _documents,
    RankingSealed: _ranking,
    AwardRecommended: _recommendation,
    BudgetReserved: _reservation,
    ReservationRefused: _reservation,
}
NAMING = frozenset(_READERS)
"""Events that name what they rest on."""
