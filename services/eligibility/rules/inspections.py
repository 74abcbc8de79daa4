"""Consecutive annual inspections (R32), decided by trying every history the facts allow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product

from services.eligibility.rules.criteria import EventDate, InspectionRule, YearsMode
from services.eligibility.rules.dates import happened_by
from services.eligibility.rules.facts import Conclusion, Fact, FactDates, Inspection
from services.eligibility.rules.findings import Context, Step
from services.eligibility.rules.inspection_words import (
    PENDING,
    PRESUMED,
    UNRECORDED,
    Window,
    weighed_in_words,
)
from services.eligibility.rules.lookback import event_bounds
from services.eligibility.rules.values import Truth, agreed, all_of, any_of, truth

States = Mapping[int, frozenset[str]]
_SPARE_YEARS = 2  # how many further years back the run may lie when the latest are still pending
_WAITING = (PENDING, PRESUMED)
_ANY_STATE = frozenset(c.value for c in Conclusion if c is not Conclusion.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Inspected:
    """One inspection fact, opened up."""

    years: tuple[int, ...]
    years_count: int
    conclusion: str
    dates: FactDates


def basically_qualified_years_running(
    rule: InspectionRule, facts: tuple[Fact, ...], context: Context
) -> tuple[Step, ...]:
    """The inspection was "basically qualified" in the years looked at, one after another.

    Source: R32 连续两年年检基本合格的 (A3). Unit: inspection years. Boundary: each year of it,
    not all but one. A pending year is passed over; years not named decide only where every year
    they may mean gives the same result; a year nobody recorded never bars by itself.
    """
    used = tuple(fact for fact in facts if isinstance(fact.detail, Inspection))
    if not used:
        return ()
    known = tuple(
        Inspected(f.detail.years, f.detail.years_count, f.detail.conclusion.value, f.dates)
        for f in used
        if isinstance(f.detail, Inspection)
    )
    by_pattern = [(c, _results(c, rule, known, context)) for c in _patterns(rule)]
    holds = any_of(agreed(results.values()) for _, results in by_pattern)
    day = context.day_of(rule.as_of)
    said = weighed_in_words(holds, by_pattern, rule, used, day)
    sources = tuple(sorted({fact.source.url for fact in used}))
    return (Step(tuple(fact.id for fact in used), sources, said),)


def _patterns(rule: InspectionRule) -> tuple[str, ...]:
    """The conclusions that bar: the run itself, and what later calls add (2022: unqualified)."""
    extra = (
        (rule.plus_any_unqualified, Conclusion.UNQUALIFIED),
        (rule.plus_any_not_inspected, Conclusion.NOT_INSPECTED),
    )
    return (
        Conclusion.BASICALLY_QUALIFIED.value,
        *(conclusion.value for wanted, conclusion in extra if wanted),
    )


def _results(
    conclusion: str, rule: InspectionRule, known: tuple[Inspected, ...], context: Context
) -> dict[Window, Truth]:
    """For every window some history leads to, whether it bars."""
    if rule.years_mode is YearsMode.ANY_ON_RECORD and _unnamed(conclusion, known):
        return {((0, conclusion),): Truth.YES}
    return {w: _bars(conclusion, rule, w) for w in _windows(conclusion, rule, known, context)}


def _windows(
    conclusion: str, rule: InspectionRule, known: tuple[Inspected, ...], context: Context
) -> Iterator[Window]:
    """The years looked at, in every history the facts allow."""
    years = _candidates(rule, known, context)
    day = context.day_of(rule.as_of)
    states = {year: _states(year, rule, known, day) for year in years}
    for run in _placements(conclusion, known, years):
        possible = _with_run(states, run, conclusion)
        for choice in product(*(sorted(possible[year]) for year in years)):
            history = tuple(zip(years, choice, strict=True))
            if _in_sequence(choice) or rule.years_mode is not YearsMode.LATEST_CONCLUDED:
                yield _looked_at(rule, history)


def _candidates(
    rule: InspectionRule, known: tuple[Inspected, ...], context: Context
) -> tuple[int, ...]:
    """The years that can matter, oldest first."""
    if rule.years_mode is YearsMode.NAMED:
        return tuple(sorted(set(rule.years_named)))
    if rule.years_mode is YearsMode.ANY_ON_RECORD:
        return tuple(sorted({year for fact in known for year in fact.years}))
    last = context.dates.published_on.year - 1
    return tuple(range(last - rule.years_running - _SPARE_YEARS + 1, last + 1))


def _states(
    year: int, rule: InspectionRule, known: tuple[Inspected, ...], day: date | None
) -> frozenset[str]:
    """What a year's conclusion may have been on the day the pack looks.

    A conclusion that certainly stood outlives any "pending" or "unknown"; two that contradict
    each other both stay possible.
    """
    recorded = [_states_by(fact, day) for fact in known if year in fact.years]
    certain = [states for states in recorded if PENDING not in states]
    if recorded:
        return frozenset().union(*(certain or recorded))
    if year in rule.presumed_pending_years:
        return frozenset({PRESUMED})
    # Only the year just past may still be pending without anybody having said so.
    recent = day is None or year >= day.year - 1
    return frozenset({UNRECORDED, PENDING} if recent else {UNRECORDED})


def _states_by(fact: Inspected, day: date | None) -> frozenset[str]:
    if fact.conclusion == Conclusion.UNKNOWN:
        return _ANY_STATE
    if fact.conclusion == PENDING or fact.dates == FactDates() or day is None:
        return frozenset({fact.conclusion})
    stood = happened_by(event_bounds(fact.dates, EventDate.DECISION, None), day)
    return {
        Truth.YES: frozenset({fact.conclusion}),
        Truth.NO: frozenset({PENDING}),
        Truth.UNDETERMINED: frozenset({fact.conclusion, PENDING}),
    }[stood]


def _unnamed(conclusion: str, known: tuple[Inspected, ...]) -> tuple[Inspected, ...]:
    return tuple(f for f in known if not f.years and f.conclusion == conclusion)


def _placements(
    conclusion: str, known: tuple[Inspected, ...], years: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """Where a run of unnamed years may lie; () is "earlier than any year that matters".

    The inspection of a year ends in a later one, so an announcement bounds the run from above.
    Of several unnamed runs the one announced last allows every place the others allow.
    """
    yield ()
    unnamed = _unnamed(conclusion, known)
    if not unnamed:
        return
    bounds = [(_last_year(fact, years), fact.years_count) for fact in unnamed]
    last_possible, count = max(bounds)
    for last in years:
        if last <= last_possible:
            yield tuple(range(last - count + 1, last + 1))


def _last_year(fact: Inspected, years: tuple[int, ...]) -> int:
    stated = (fact.dates.announced_on, fact.dates.effective_on, fact.dates.decision_on)
    known = [when.latest.year - 1 for when in stated if when and when.latest]
    return min(known, default=max(years, default=0))


def _with_run(states: States, run: tuple[int, ...], conclusion: str) -> States:
    """Place a run of unnamed years; a year whose record contradicts it has no possible state."""
    free = {UNRECORDED, PRESUMED, conclusion}
    return {
        year: frozenset({conclusion} if possible & free else ()) if year in run else possible
        for year, possible in states.items()
    }


def _in_sequence(choice: tuple[str, ...]) -> bool:
    """No year is still pending while a later one is known to be concluded."""
    first_waiting = next((n for n, state in enumerate(choice) if state in _WAITING), len(choice))
    return all(state in (UNRECORDED, *_WAITING) for state in choice[first_waiting:])


def _looked_at(rule: InspectionRule, history: Window) -> Window:
    if rule.years_mode is not YearsMode.LATEST_CONCLUDED:
        return history
    concluded = tuple((year, state) for year, state in history if state not in _WAITING)
    return concluded[-rule.years_running :]


def _bars(conclusion: str, rule: InspectionRule, window: Window) -> Truth:
    """One conclusion in the window bars, or for the run: every year of it."""
    if conclusion != Conclusion.BASICALLY_QUALIFIED:
        return truth(any(state == conclusion for _, state in window))
    if all(state in (UNRECORDED, *_WAITING) for _, state in window):
        return Truth.NO  # nothing on record raises the question
    if rule.years_mode is YearsMode.ANY_ON_RECORD:
        return any_of(_run_holds(run) for run in _runs(rule.years_running, window))
    short = len(window) < rule.years_running
    return all_of((_run_holds(window), Truth.UNDETERMINED if short else Truth.YES))


def _runs(length: int, window: Window) -> Iterator[Window]:
    """Every stretch of `length` years that follow each other in the calendar."""
    for start in range(len(window) - length + 1):
        run = window[start : start + length]
        if run[-1][0] - run[0][0] == length - 1:
            yield run


def _run_holds(window: Window) -> Truth:
    open_states = (UNRECORDED, *_WAITING)
    return all_of(
        Truth.UNDETERMINED
        if state in open_states
        else truth(state == Conclusion.BASICALLY_QUALIFIED)
        for _, state in window
    )
