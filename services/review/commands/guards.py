"""What every command of review checks first."""

from datetime import datetime

from services.chassis.errors import Conflict, Invalid, NotFound
from services.review.rules.problems import InvalidInput
from services.review.store import CallTerms, Case, SealedRanking


def known_call(terms: CallTerms | None, call_id: str) -> CallTerms:
    """The call, or NotFound."""
    if terms is None:
        raise NotFound(
            "call_unknown",
            f"Review has not heard of call {call_id}; publish it in submission first.",
            f"评审服务尚未收到申报通知 {call_id}，请先发布。",
        )
    return terms


def closed_call(terms: CallTerms | None, call_id: str) -> CallTerms:
    """The call, when its window is over."""
    found = known_call(terms, call_id)
    if found.closed_at is None:
        raise Conflict(
            "call_still_open",
            f"Call {call_id} is still open; close it before panels are made.",
            f"申报通知 {call_id} 尚未截止，请先截止再分配评审。",
        )
    return found


def known_case(case: Case | None, application_id: str) -> Case:
    """The application, or NotFound."""
    if case is None:
        raise NotFound(
            "application_unknown",
            f"No application {application_id} has reached review.",
            f"评审服务没有收到申报 {application_id}。",
        )
    return case


def not_sealed(sealed: SealedRanking | None, call_id: str) -> None:
    """Nothing is added once the ranking is sealed."""
    if sealed is not None:
        raise Conflict(
            "ranking_sealed",
            f"The ranking of call {call_id} was sealed on {sealed.sealed_at}; "
            "sheets and panels cannot change any more.",
            f"申报通知 {call_id} 的排名已于 {sealed.sealed_at} 封存，评分和评审组不能再变动。",
        )


def day_in(terms: CallTerms, now: str) -> str:
    """The calendar day of an instant in the call's own offset."""
    home = datetime.fromisoformat(terms.closes_before).tzinfo
    return datetime.fromisoformat(now).astimezone(home).date().isoformat()


def refused(invalid: InvalidInput) -> Invalid:
    """The rules' problems as one refusal."""
    problems = [
        {"code": p.code, "where": p.where, "what": p.text.en, "what_zh": p.text.zh}
        for p in invalid.problems
    ]
    return Invalid(
        "input_invalid",
        "; ".join(f"{p['where']}: {p['what']}" for p in problems),
        "；".join(f"{p['where']}：{p['what_zh']}" for p in problems),
        problems=problems,
    )
