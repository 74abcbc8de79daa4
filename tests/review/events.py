"""What others tell review: a call, fictional applications, verdicts, money, objections."""

from collections.abc import Iterable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.document import DocumentsAssessed
from contracts.eligibility import EligibilityAssessed
from contracts.event import Event
from contracts.finance import BudgetReserved
from contracts.review import AwardRecommended
from contracts.submission import (
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CallClosed,
    CallPublished,
    ObjectionRaised,
    ObjectionResolved,
    ProposedAward,
    ResultNoticePublished,
)
from contracts.values import Applicant, Reason

CALL = "cast-2021-open-cooperation"
FILE = Path(__file__).parents[2] / "services/submission/calls/cast-2021-open-cooperation.yaml"
SUBMITTED = "2021-07-05T10:00:00+08:00"
CLOSED = "2021-07-13T00:00:00+08:00"
REVIEWING = "2021-08-10T10:00:00+08:00"
NOTICE_ENDS = "2021-08-27"
AFTER_NOTICE = "2021-08-28T00:00:00+08:00"
ITEMS = ("1.1", "1.2", "2.1", "2.2", "3.1")
CRITERIA = (
    "relevance",
    "foundation_and_matching",
    "sustained_effect",
    "initiative_synergy",
    "governance_contribution",
    "feasibility",
    "budget",
)
PAPER = Reason(code="copies_short", zh="纸质份数不足", en="too few paper copies")


@cache
def _file() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return document


def call_document(**review: Any) -> dict[str, Any]:
    """A fresh copy of the 2021 call, with parts of its review replaced."""
    document = deepcopy(_file())
    document["review"].update(review)
    return document


def published(document: dict[str, Any] | None = None) -> CallPublished:
    """The call as it was published."""
    return CallPublished(
        call_id=CALL,
        call_version=1,
        call=document or call_document(),
        call_sha256="0" * 64,
        published_by="officer-1",
        published_at="2021-07-01T09:00:00+08:00",
    )


def closed(at: str = CLOSED) -> CallClosed:
    """The end of the window."""
    return CallClosed(call_id=CALL, closed_by="officer-1", closed_at=at)


def submitted(application_id: str = "a01", **changes: Any) -> ApplicationSubmitted:
    """An application of a society of its own."""
    said: dict[str, Any] = {
        "application_id": application_id,
        "call_id": CALL,
        "call_version": 1,
        "applicant": Applicant(
            id=f"society-{application_id}",
            name=f"虚构学会{application_id}",
            member_class="regular",
            contact_email="a@example.invalid",
        ),
        "title": f"示例合作{application_id}",
        "items": ("1.1",),
        "requested_fen": 30_000_000,
        "form": {},
        "form_sha256": "0" * 64,
        "submitted_by": "somebody",
        "submitted_at": SUBMITTED,
    }
    return ApplicationSubmitted(**{**said, **changes})


def withdrawn(application_id: str = "a01") -> ApplicationWithdrawn:
    """The applicant takes it back."""
    return ApplicationWithdrawn(
        application_id=application_id,
        call_id=CALL,
        reason="改期",
        withdrawn_by="somebody",
        withdrawn_at=SUBMITTED,
    )


def judged(application_id: str = "a01", verdict: Any = "eligible") -> EligibilityAssessed:
    """What eligibility says."""
    failed = ("penalised_within_lookback",) if verdict == "barred" else ()
    return EligibilityAssessed(
        application_id=application_id,
        call_id=CALL,
        applicant_id=f"society-{application_id}",
        assessment_no=1,
        verdict=verdict,
        failed_rules=failed,
        open_rules=(),
        assessment={},
        evidence={},
        assessed_at=SUBMITTED,
    )


def checked(application_id: str = "a01", verdict: Any = "complete") -> DocumentsAssessed:
    """What document says."""
    return DocumentsAssessed(
        application_id=application_id,
        call_id=CALL,
        assessment_no=1,
        verdict=verdict,
        timely="on_time",
        reasons=(PAPER,) if verdict == "incomplete" else (),
        evidence={},
        assessed_at=SUBMITTED,
    )


def reserved(award: AwardRecommended) -> BudgetReserved:
    """Finance holds the money of a recommended award."""
    return BudgetReserved(
        application_id=award.application_id,
        call_id=award.call_id,
        applicant_id=award.applicant_id,
        amount_fen=award.amount_fen,
        free_before_fen=900_000_000,
        awards_before=0,
        reserved_at=REVIEWING,
    )


def noticed(awards: Iterable[AwardRecommended], ends_on: str = NOTICE_ENDS) -> Event:
    """The public notice of the proposed awards."""
    return ResultNoticePublished(
        call_id=CALL,
        awards=tuple(
            ProposedAward(
                application_id=a.application_id,
                applicant_name=a.applicant_name,
                title=a.title,
                amount_fen=a.amount_fen,
            )
            for a in awards
        ),
        working_days=5,
        posted_on="2021-08-23",
        ends_on=ends_on,
        published_by="officer-1",
        published_at="2021-08-23T09:00:00+08:00",
    )


def objected(application_id: str, objection_id: str = "o1") -> ObjectionRaised:
    """Somebody objects to a proposed award."""
    return ObjectionRaised(
        application_id=application_id,
        call_id=CALL,
        objection_id=objection_id,
        raised_by="虚构人员",
        statement="有异议",
        evidence_sha256="0" * 64,
        raised_at="2021-08-24T09:00:00+08:00",
    )


def answered(application_id: str, *, upheld: bool, objection_id: str = "o1") -> ObjectionResolved:
    """The owner of the call answers an objection."""
    return ObjectionResolved(
        application_id=application_id,
        call_id=CALL,
        objection_id=objection_id,
        upheld=upheld,
        reason="已核实",
        resolved_by="officer-1",
        resolved_at="2021-08-25T09:00:00+08:00",
    )
