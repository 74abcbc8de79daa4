"""The exclusion with two dated parts: a circular, and a rectification period in force (R33)."""

from datetime import date, timedelta

from services.eligibility.rules.criteria import CircularRule, PeriodEnds
from services.eligibility.rules.dates import UNKNOWN, PartialDate, happened_by
from services.eligibility.rules.exclusions import combined
from services.eligibility.rules.facts import Circular, Fact, FactDates
from services.eligibility.rules.findings import Arithmetic, Context, Step, Weighed, step_on
from services.eligibility.rules.lookback import event_bounds, weigh_lookback
from services.eligibility.rules.values import Text, Truth, all_of, opposite


def circularised_and_rectifying(
    rule: CircularRule, facts: tuple[Fact, ...], context: Context
) -> tuple[Step, ...]:
    """The funder circularised the applicant within the look-back, and its rectification runs.

    Source: R33 近两年内被中国科协通报并处于限期整改期的 (A1, A4). Unit: calendar months.
    Boundary: see `weigh_lookback` and `weigh_in_force`; `join` says whether both parts must hold.
    """
    return tuple(
        step_on(
            fact,
            combined(
                weigh_lookback(fact.dates, rule.lookback, context),
                weigh_in_force(rule, fact.detail, fact.dates, context),
                rule.join,
            ),
        )
        for fact in facts
        if isinstance(fact.detail, Circular)
    )


def weigh_in_force(
    rule: CircularRule, circular: Circular, dates: FactDates, context: Context
) -> Weighed:
    """The rectification period covers the day the pack names.

    Source: R33 处于限期整改期 (A4). Unit: days. Boundary: the first day and the deadline are
    inside; the day it is cleared on is outside. A circular that orders no period has none.
    """
    if circular.rectification_from is None and circular.rectification_until is None:
        return Weighed(
            Truth.NO,
            (("rectification", "none ordered"),),
            Text("该通报未要求限期整改。", "The circular ordered no rectification period."),
        )
    lookback = rule.lookback
    starts = circular.rectification_from or event_bounds(
        dates, lookback.event_date, lookback.announcement_lag_days_max
    )
    ends = circular.rectification_until or UNKNOWN
    day = context.day_of(rule.in_force_at)
    holds = _in_force(rule, (starts, ends, circular.cleared_on), day)
    arithmetic: Arithmetic = (
        ("rectification_from", str(starts)),
        ("rectification_until", str(ends)),
        ("cleared_on", str(circular.cleared_on or "unknown")),
        ("in_force_at", rule.in_force_at.value),
        ("in_force_on", "unknown" if day is None else day.isoformat()),
        ("period_ends", rule.period_ends.value),
    )
    return Weighed(holds, arithmetic, _sentence(holds, starts, ends, day), _ask(holds, day))


def _in_force(
    rule: CircularRule,
    period: tuple[PartialDate, PartialDate, PartialDate | None],
    day: date | None,
) -> Truth:
    if day is None:
        return Truth.UNDETERMINED
    starts, ends, cleared_on = period
    cleared = happened_by(cleared_on, day) if cleared_on else Truth.NO
    by_deadline = rule.period_ends is PeriodEnds.DEADLINE
    passed = happened_by(ends, day - timedelta(days=1)) if by_deadline else Truth.NO
    return all_of((happened_by(starts, day), opposite(cleared), opposite(passed)))


def _sentence(holds: Truth, starts: PartialDate, ends: PartialDate, day: date | None) -> Text:
    said = {
        Truth.YES: Text("处于", "lies in"),
        Truth.NO: Text("不处于", "does not lie in"),
        Truth.UNDETERMINED: Text("可能处于", "may or may not lie in"),
    }[holds]
    return Text(
        f"{day or '（日期不明）'} {said.zh}限期整改期（{starts} 至 {ends}）。",
        f"{day or 'An unknown day'} {said.en} the rectification period ({starts} to {ends}).",
    )


def _ask(holds: Truth, day: date | None) -> Text | None:
    if holds is not Truth.UNDETERMINED:
        return None
    return Text(
        f"{day or '该日'}是否仍在限期整改期内？何时整改完毕？",
        f"Was the rectification still running on {day or 'that day'}? When was it cleared?",
    )
