"""What every command of review checks first, and how rows become what the rules take."""

from collections.abc import Iterable
from typing import Any

from contracts.values import Reason
from services.chassis.errors import Conflict, Invalid, NotFound
from services.review.rules.conflicts import Conflict as ConflictOfInterest
from services.review.rules.conflicts import ConflictKind, Party
from services.review.rules.parties import Application, Organisation, Person, Reviewer
from services.review.rules.problems import InvalidInput
from services.review.rules.scores import AggregationPolicy, Method
from services.review.rules.exact import Rounding
from services.review.rules.sheets import Criterion, Mark, Sheet
from services.review.store import CallTerms, Case, DeclaredConflict, Expert, ScoreSheet


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


def application_of(case: Case) -> Application:
    """An application as the rules see it."""
    return Application(
        id=case.application_id,
        applicant=Organisation(case.applicant_name, case.applicant_id),
        items=tuple(case.items),
    )


def reviewer_of(expert: Expert) -> Reviewer:
    """A reviewer as the rules see one; an officer enrolled them, so their identity is confirmed."""
    return Reviewer(
        id=expert.reviewer_id,
        person=Person(expert.name, expert.reviewer_id, (expert.email,)),
        organisations=(Organisation(expert.organisation_name, expert.organisation_id),),
        expertise=tuple(expert.items),
        load_max=expert.load_max,
        load_min=expert.load_min,
    )


def declared(conflicts: Iterable[DeclaredConflict]) -> list[ConflictOfInterest]:
    """Declared conflicts as the rules see them."""
    return [
        ConflictOfInterest(
            c.application_id, c.reviewer_id, ConflictKind(c.kind), Party.OFFICER,
            f"declaration:{c.declared_by}:{c.declared_at}",
        )
        for c in conflicts
    ]  # fmt: skip


def criteria_of(terms: CallTerms) -> tuple[Criterion, ...]:
    """The score sheet of a call."""
    return tuple(
        Criterion(c["id"], c["weight_bp"], c["points_max"]) for c in terms.review["criteria"]
    )


def aggregation_of(terms: CallTerms) -> AggregationPolicy:
    """How a call turns several sheets into one score."""
    said = terms.review["aggregation"]
    return AggregationPolicy(
        method=Method(said["method"]),
        trim_above=said["trim_above"],
        reviews_min=said["reviews_min"],
        decimals=said["decimals"],
        rounding=Rounding(said["rounding"]),
    )


def sheet_of(row: ScoreSheet) -> Sheet:
    """A stored sheet as the rules see it, marks in order of criterion id."""
    marks = tuple(Mark(criterion, points) for criterion, points in sorted(row.points.items()))
    return Sheet(row.application_id, row.reviewer_id, marks)


def reason(code: str, text: Any) -> Reason:
    """A coded reason for an event."""
    return Reason(code=code, zh=text.zh, en=text.en)
