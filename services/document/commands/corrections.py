"""Asking an applicant to mend what is missing."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts.document import CorrectionRequested
from contracts.values import Reason
from services.chassis.errors import Conflict, NotFound
from services.chassis.model import Answer, Outcome, decision
from services.document.commands.assessing import Papers, papers_of, read_papers, terms_for
from services.document.rules.corrections import correctable
from services.document.rules.evidence import read_requirements


@dataclass(frozen=True, slots=True)
class RequestCorrection:
    """A clerk or officer lets the applicant mend the papers until the end of `due_on`."""

    application_id: str
    due_on: str
    requested_by: str


@decision(RequestCorrection, needs=lambda c: papers_of(c.application_id), then=terms_for)
def request_correction(command: RequestCorrection, rows: Any, now: str) -> Outcome:
    """Open a correction, or extend one; asked again with the same day it answers the same."""
    papers = read_papers(rows, command.application_id)
    _refuse_unassessed(papers)
    same = next((c for c in papers.corrections if c.due_on == command.due_on), None)
    if same:
        return Answer(201, correction_body(same))
    _refuse_pointless(papers, command, now)
    assert papers.check is not None
    event = CorrectionRequested(
        application_id=command.application_id,
        call_id=papers.check.call_id,
        reasons=tuple(Reason(**r) for r in papers.check.reasons),
        due_on=command.due_on,
        requested_by=command.requested_by,
        requested_at=now,
    )
    yield event
    return Answer(201, correction_body(event))


def correction_body(correction: Any) -> dict[str, Any]:
    """A correction as the API shows it."""
    return {
        "application_id": correction.application_id,
        "due_on": correction.due_on,
        "requested_at": correction.requested_at,
        "reasons": [r if isinstance(r, dict) else r.model_dump() for r in correction.reasons],
    }


def _refuse_unassessed(papers: Papers) -> None:
    if papers.case is None or papers.check is None:
        raise NotFound(
            "not_assessed",
            "No assessed application has this id; check the id, or wait until it is submitted.",
            "没有此编号且已核对的申请；请核对编号，或待其提交后再试。",
        )
    if not papers.live:
        raise Conflict(
            "application_withdrawn",
            "This application was withdrawn; there is nothing to correct.",
            "该申请已撤回，无需补正。",
        )


_BARS = {
    "correction_not_offered": (
        "This call takes no corrections (documents.correction in the call).",
        "本次申报不设补正（见申报通知数据 documents.correction）。",
    ),
    "nothing_to_correct": (
        "Nothing is missing; see the application's documents.",
        "材料齐全，无需补正；请查看该申请的材料核对结果。",
    ),
    "not_mendable": (
        "What is missing is a matter of time, and late stays late; it cannot be corrected.",
        "所缺事项属于时限问题，逾期不能补正。",
    ),
    "due_in_the_past": (
        "due_on lies in the past; give today or a later day.",
        "补正期限早于今天；请填写今天或以后的日期。",
    ),
    "shorter_than_promised": (
        "A correction with a later due_on was already promised; it cannot be shortened.",
        "已承诺更晚的补正期限，不能缩短。",
    ),
}


def _refuse_pointless(papers: Papers, command: RequestCorrection, now: str) -> None:
    assert papers.check is not None
    assert papers.terms is not None
    bar: str = correctable(
        read_requirements(papers.terms.requirements),
        [r["code"] for r in papers.check.reasons],
        datetime.fromisoformat(now),
        date.fromisoformat(command.due_on),
    )
    if any(c.due_on > command.due_on for c in papers.corrections):
        bar = bar or "shorter_than_promised"
    if bar:
        english, chinese = _BARS[bar]
        raise Conflict(bar, english, chinese)
