"""Made-up facts about a plainly fictional society, and the 2021 pack to judge them by."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

from services.eligibility.rules import (
    Assessment,
    CallDates,
    Context,
    Criteria,
    Fact,
    Finding,
    assess,
    criteria_from_pack,
)
from services.eligibility.rules.criteria import Lookback, Rule
from services.eligibility.rules.dates import PartialDate, read_partial_date
from services.eligibility.rules.facts import (
    Circular,
    Conclusion,
    Detail,
    FactDates,
    Inspection,
    Membership,
    Penalty,
    ProjectOutcome,
    Source,
)
from services.eligibility.rules.values import Truth
from services.submission.calls import CAST_2021, load

SOCIETY = "fictional-society"
DEPARTMENT = "cast-society-academic-department"
DATES = CallDates(date(2021, 7, 1), datetime.fromisoformat("2021-07-13T00:00:00+08:00"))
RECORDED_AT = datetime.fromisoformat("2021-06-30T09:00:00+08:00")
PACK: dict[str, Any] = load(CAST_2021)["rule_pack"]
CRITERIA = criteria_from_pack(PACK)
CONTEXT = Context(SOCIETY, DATES, declared_member_class="regular")

R = TypeVar("R")


def when(text: str | None) -> PartialDate | None:
    return None if text is None else read_partial_date(text)


def fact(
    detail: Detail,
    *,
    decision: str | None = None,
    effective: str | None = None,
    announced: str | None = None,
    id: str = "f1",  # noqa: A002 - it is the field's name
) -> Fact:
    dates = FactDates(when(decision), when(effective), when(announced))
    source = Source("https://example.invalid/made-up", "stated")
    return Fact(id, SOCIETY, detail, source, RECORDED_AT, dates)


def penalty(decision: str | None = None, **more: Any) -> Fact:
    detail = Penalty(
        more.pop("authority_kind", "unknown"),
        more.pop("penalty_kind", "warning"),
        more.pop("penalised", "legal_person"),
        when(more.pop("revoked", None)),
    )
    return fact(detail, decision=decision, **more)


def inspected(conclusion: str, *years: int, count: int | None = None, **more: Any) -> Fact:
    detail = Inspection(Conclusion(conclusion), years, count or len(years) or 2)
    return fact(detail, **{"id": f"i{conclusion}{years}", **more})


def circular(
    announced: str, starts: str | None, ends: str | None, cleared: str | None = None, **more: Any
) -> Fact:
    detail = Circular(when(starts), when(ends), when(cleared))
    return fact(detail, announced=announced, **more)


def project(decision: str, **more: Any) -> Fact:
    detail = ProjectOutcome(
        more.pop("department", DEPARTMENT),
        "A made-up project",
        more.pop("result", "failed"),
        Truth(more.pop("force_majeure", "no")),
        more.pop("signed_off_by", "officer-1"),
    )
    return fact(detail, decision=decision, **more)


def member(member_class: str) -> Fact:
    return fact(Membership(member_class), id=f"m-{member_class}")


def with_rule(rule_id: str, **changes: Any) -> Criteria:
    """The 2021 pack with some parameters of one rule changed; `lookback` takes a dict."""
    return replace(CRITERIA, rules=tuple(_changed(r, rule_id, changes) for r in CRITERIA.rules))


def _changed(rule: Rule, rule_id: str, changes: dict[str, Any]) -> Rule:
    if rule.head.id != rule_id:
        return rule
    values = dict(changes)
    lookback = getattr(rule, "lookback", None)
    if "lookback" in values and isinstance(lookback, Lookback):
        values["lookback"] = replace(lookback, **values["lookback"])
    return replace(rule, **values)


def judged(*facts: Fact, criteria: Criteria = CRITERIA, context: Context = CONTEXT) -> Assessment:
    return assess(facts, criteria, context)


def finding(assessment: Assessment, clause: str) -> Finding:
    return next(f for f in assessment.findings if f.clause == clause)


def outcome(clause: str, *facts: Fact, **more: Any) -> str:
    """What one clause's rule comes to."""
    return finding(judged(*facts, **more), clause).outcome.value
