"""Consecutive annual inspections (R32), decided by trying every history the facts allow."""

from collections.abc import Iterator, Mapping
from itertools import product

from services.eligibility.rules.criteria import InspectionRule, YearsMode
from services.eligibility.rules.dates import happened_by
from services.eligibility.rules.facts import Conclusion, Fact, Inspection
from services.eligibility.rules.findings import Arithmetic, Context, Step, Weighed
from services.eligibility.rules.values import Text, Truth, agreed, all_of, any_of, truth

UNRECORDED = "unrecorded"
States = Mapping[int, frozenset[str]]
World = Mapping[int, str]
_SPARE_YEARS = 2  # how many further years back a run may start when the latest are still pending
_SETTLED = (
    Conclusion.QUALIFIED,
    Conclusion.BASICALLY_QUALIFIED,
    Conclusion.UNQUALIFIED,
    Conclusion.NOT_INSPECTED,
)
_ANY_STATE = frozenset({*_SETTLED, Conclusion.PENDING})


def basically_qualified_years_running(
    rule: InspectionRule, facts: tuple[Fact, ...], context: Context
) -> tuple[Step, ...]:
    """The inspection was "basically qualified" in the years looked at, one after another.

    Source: R32 连续两年年检基本合格的 (A3). Unit: inspection years. Boundary: all years of the run,
    not all but one. A pending year is passed over; an unnamed pair decides only where every year
    it may mean gives the same result; years nobody recorded never bar.
    """
    used = tuple(fact for fact in facts if isinstance(fact.detail, Inspection))
    if not used:
        return ()
    results = {w: _bars(rule, w) for w in _windows(rule, used, context)}
    holds = agreed(results.values())
    return (
        Step(
            tuple(fact.id for fact in used),
            tuple(sorted({fact.source.url for fact in used})),
            _said(holds, results, used, rule, context),
        ),
    )


Window = tuple[tuple[int, str], ...]
"""The years looked at in one possible history, each with its state."""


def _windows(
    rule: InspectionRule, facts: tuple[Fact, ...], context: Context
) -> Iterator[Window]:
    """The years looked at, in every history the facts allow."""
    years = _candidates(rule, facts, context)
    states = {year: _states(year, rule, facts, context) for year in years}
    for placed in _placements(facts, years):
        possible = _with_unnamed(states, placed)
        for choice in product(*(sorted(possible[year]) for year in years)):
            world = dict(zip(years, choice, strict=True))
            if _in_sequence(world):
                yield _window(rule, world)


def _candidates(
    rule: InspectionRule, facts: tuple[Fact, ...], context: Context
) -> tuple[int, ...]:
    """The years that can matter, oldest first."""
    if rule.years_mode is YearsMode.NAMED:
        return tuple(sorted(rule.years_named))
    if rule.years_mode is YearsMode.ANY_ON_RECORD:
        named = {year for fact in facts for year in _years(fact)}
        return tuple(sorted(named))
    last = context.dates.published_on.year - 1
    return tuple(range(last - rule.years_running - _SPARE_YEARS + 1, last + 1))


def _years(fact: Fact) -> tuple[int, ...]:
    return fact.detail.years if isinstance(fact.detail, Inspection) else ()


def _states(
    year: int, rule: InspectionRule, facts: tuple[Fact, ...], context: Context
) -> frozenset[str]:
    """What a year's conclusion may have been, on the day the pack looks."""
    recorded: set[str] = set()
    for fact in facts:
        if year in _years(fact):
            recorded |= _states_by(fact, rule, context)
    settled = recorded - {Conclusion.PENDING}
    if settled:
        # A conclusion outlives an older "pending", unless it may itself have come later.
        late = any(
            year in _years(fact) and Conclusion.PENDING in _states_by(fact, rule, context)
            and isinstance(fact.detail, Inspection)
            and fact.detail.conclusion is not Conclusion.PENDING
            for fact in facts
        )
        return frozenset(recorded if late else settled)
    if recorded or year in rule.presumed_pending_years:
        return frozenset({Conclusion.PENDING})
    return frozenset({UNRECORDED})


def _states_by(fact: Fact, rule: InspectionRule, context: Context) -> frozenset[str]:
    raise NotImplementedError
