"""The two-year look-back: a date partly known decides only when that makes no difference."""

from datetime import date, timedelta

from services.eligibility.rules.criteria import EventDate, Lookback
from services.eligibility.rules.dates import (
    UNKNOWN,
    PartialDate,
    months_before,
    narrowed,
    shifted,
    within,
)
from services.eligibility.rules.facts import FactDates
from services.eligibility.rules.findings import Arithmetic, Context, Weighed
from services.eligibility.rules.values import Text, Truth

NAMES = {
    EventDate.DECISION: Text("决定日期", "decision date"),
    EventDate.EFFECTIVE: Text("生效日期", "effective date"),
    EventDate.ANNOUNCED: Text("公布日期", "announcement date"),
}


def event_bounds(dates: FactDates, which: EventDate, lag_days_max: int | None) -> PartialDate:
    """Every day the event may have happened on, from all the dates a source gives.

    A decision comes no later than its announcement or its effect. Where no source says from when
    on it may have been taken, the pack may: `announcement_lag_days_max` before the announcement.
    Source: R31, R33, R34 (A1). Unit: days. Boundary: the lag counts whole days, both ends included.
    """
    decision = dates.decision_on or UNKNOWN
    announced = dates.announced_on or UNKNOWN
    effective = dates.effective_on or UNKNOWN
    back = None if lag_days_max is None else -lag_days_max
    if which is EventDate.DECISION:
        latest = min((d for d in (announced.latest, effective.latest) if d), default=None)
        begins = None if decision.earliest else shifted(announced.earliest, back)
        return narrowed(decision, begins, latest)
    later = announced if which is EventDate.ANNOUNCED else effective
    other = announced.earliest if which is EventDate.EFFECTIVE else None
    earliest = decision.earliest or shifted(other, back)
    latest_known = decision.latest or (other and announced.latest)
    return narrowed(later, earliest, shifted(latest_known, lag_days_max))


def weigh_lookback(dates: FactDates, lookback: Lookback, context: Context) -> Weighed:
    """The event lies within `months` before the anchor, and not after `until`.

    Source: R31, R33, R34 ("近两年内"; A1). Unit: calendar months, whole days in the call's offset.
    Boundary: with 24 months before 2021-07-01, 2019-07-01 is inside when `inclusive`, 2019-06-30
    never is; the `until` day itself is inside.
    """
    anchor, until = context.day_of(lookback.anchor), context.day_of(lookback.until)
    event = event_bounds(dates, lookback.event_date, lookback.announcement_lag_days_max)
    if anchor is None or until is None:
        return _without_anchor(lookback, event)
    starts_on = months_before(anchor, lookback.months)
    first = starts_on if lookback.inclusive else starts_on + timedelta(days=1)
    holds = within(event, first, until)
    arithmetic: Arithmetic = (
        *_shared(lookback, event),
        ("anchor_on", anchor.isoformat()),
        ("first_day_inside", first.isoformat()),
        ("last_day_inside", until.isoformat()),
        ("decision_stated", _or_unknown(dates.decision_on)),
        ("effective_stated", _or_unknown(dates.effective_on)),
        ("announced_stated", _or_unknown(dates.announced_on)),
    )
    sentence = _sentence(event, dates, lookback, (anchor, first, until))
    ask = _question(lookback, first, until) if holds is Truth.UNDETERMINED else None
    return Weighed(holds, arithmetic, sentence, ask)


def _shared(lookback: Lookback, event: PartialDate) -> Arithmetic:
    lag = lookback.announcement_lag_days_max
    return (
        ("event_date", lookback.event_date.value),
        ("event", str(event)),
        ("anchor", lookback.anchor.value),
        ("months", lookback.months),
        ("inclusive", "yes" if lookback.inclusive else "no"),
        ("until", lookback.until.value),
        ("announcement_lag_days_max", "unset" if lag is None else lag),
    )


def _or_unknown(stated: PartialDate | None) -> str:
    return "unknown" if stated is None else str(stated)


def _without_anchor(lookback: Lookback, event: PartialDate) -> Weighed:
    """The day to count from has not happened yet, so nothing can be counted."""
    sentence = Text(
        f"回溯起点（{lookback.anchor.value}/{lookback.until.value}）尚无日期，无法推算。",
        f"The look-back has no day to count from ({lookback.anchor.value}/{lookback.until.value}).",
    )
    ask = Text("应从哪一天起算？", "From which day does the look-back count?")
    return Weighed(Truth.UNDETERMINED, _shared(lookback, event), sentence, ask)


def _sentence(
    event: PartialDate, dates: FactDates, lookback: Lookback, days: tuple[date, date, date]
) -> Text:
    """Say the arithmetic in words, e.g. `2020-03-12 is on or after 2019-07-01 (…)`."""
    anchor, first, until = days
    who = _subject(event, dates, lookback)
    zh_first = f"{first}（{anchor} 前推 {lookback.months} 个月）"
    en_first = f"{first} ({anchor} minus {lookback.months} months)"
    if event.latest and event.latest < first:
        return Text(f"{who.zh}早于 {zh_first}。", f"{who.en} is before {en_first}.")
    if event.earliest and event.earliest > until:
        return Text(
            f"{who.zh}晚于 {until}（查看期的最后一天）。",
            f"{who.en} is after {until}, the last day looked at.",
        )
    if within(event, first, until) is Truth.YES:
        return Text(
            f"{who.zh}不早于 {zh_first}，且不晚于 {until}。",
            f"{who.en} is on or after {en_first} and not after {until}.",
        )
    return Text(
        f"{who.zh}可能在 {zh_first} 至 {until} 之内，也可能在其外，不足以判定。",
        f"{who.en} may lie inside {en_first} to {until} or outside it, which decides nothing.",
    )


def _subject(event: PartialDate, dates: FactDates, lookback: Lookback) -> Text:
    """Name the event's day, or every day it may have been and why no more is known."""
    name = NAMES[lookback.event_date]
    if event.is_exact():
        return Text(f"{event}（{name.zh}）", f"{event} ({name.en})")
    if event == UNKNOWN:
        return Text(f"{name.zh}不明，", f"The {name.en} is unknown and")
    why, known = _why_partly_known(dates, lookback), in_words(event)
    return Text(
        f"{name.zh}只知{known.zh}{why.zh}，其中每一个可能的日期",
        f"The {name.en} is known only to be {known.en}{why.en}; every possible day of it",
    )


def in_words(event: PartialDate) -> Text:
    """A date that is not known to the day, as people say it."""
    if event.earliest is None:
        return Text(f"不晚于 {event.latest}", f"no later than {event.latest}")
    if event.latest is None:
        return Text(f"不早于 {event.earliest}", f"no earlier than {event.earliest}")
    return Text(
        f"在 {event.earliest} 至 {event.latest} 之间",
        f"between {event.earliest} and {event.latest}",
    )


def _why_partly_known(dates: FactDates, lookback: Lookback) -> Text:
    lag = lookback.announcement_lag_days_max
    announced = dates.announced_on
    if announced is None or lookback.event_date is not EventDate.DECISION:
        return Text("", "")
    begins = dates.decision_on and dates.decision_on.earliest
    if lag is None or begins is not None:
        return Text(f"（{announced} 公布）", f" (announced {announced})")
    return Text(
        f"（{announced} 公布，按公布前 {lag} 天之内作出计）",
        f" (announced {announced}, taken as decided at most {lag} days before)",
    )


def _question(lookback: Lookback, first: date, until: date) -> Text:
    name = NAMES[lookback.event_date]
    return Text(
        f"请查明确切的{name.zh}：是否在 {first} 至 {until} 之内？",
        f"What is the exact {name.en}: is it within {first} to {until}?",
    )
