"""From the sheets of one application to one exact score, by a declared rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.review.rules.conflicts import Conflict
from services.review.rules.exact import Rounding, decimal_text
from services.review.rules.problems import Problem, Text, duplicates, refuse
from services.review.rules.sheets import (
    Criterion,
    Sheet,
    contribution,
    criteria_problems,
    sheet_problems,
    total,
)

TRIMMED_LEAST = 3  # dropping two must leave at least one


class Method(StrEnum):
    """How several sheets become one score."""

    MEAN = "mean"
    TRIMMED_MEAN = "trimmed_mean"  # highest and lowest total dropped
    TRIMMED_MEAN_BY_CRITERION = "trimmed_mean_by_criterion"  # per criterion, then weighted


@dataclass(frozen=True, slots=True)
class AggregationPolicy:
    """The rule, its threshold, the sheets it takes, and how a score is written.

    trim_above: the highest and the lowest are dropped when there are MORE sheets than this.
    spread_question: a spread of totals above this raises a question; it never drops a sheet.
    """

    method: Method = Method.TRIMMED_MEAN
    trim_above: int = 3
    reviews_min: int = 3
    decimals: int = 4
    rounding: Rounding = Rounding.HALF_EVEN
    spread_question: int | None = None


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """What one criterion adds to the score, out of 100, aggregated by the same rule."""

    criterion_id: str
    score: Fraction


@dataclass(frozen=True, slots=True)
class Excluded:
    """A sheet that does not count, and why: "conflict" or "invalid"."""

    reviewer_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one application, or how many valid reviews it still lacks.

    total and total_decimal are None while reviews_short is above zero. trimmed: whether the
    highest and lowest were dropped. spread: highest minus lowest total among valid sheets.
    """

    application_id: str
    total: Fraction | None
    total_decimal: str | None
    criteria: tuple[CriterionScore, ...]
    reviewer_ids: tuple[str, ...]
    excluded: tuple[Excluded, ...]
    reviews_short: int
    trimmed: bool
    spread: Fraction
    questioned: bool


def aggregation_problems(policy: AggregationPolicy) -> tuple[Problem, ...]:
    """At least one review counts, trimming leaves at least one, decimals are not negative."""
    limits = {
        "reviews_min": (policy.reviews_min, 1),
        "trim_above": (policy.trim_above, TRIMMED_LEAST - 1),
        "decimals": (policy.decimals, 0),
    }
    return tuple(
        Problem(
            "too_small",
            f"policy.{name}",
            Text(f"不得小于 {least}，现为 {value}。", f"Must be at least {least}, is {value}."),
        )
        for name, (value, least) in limits.items()
        if value < least
    )


def score(
    application_id: str,
    sheets: Iterable[Sheet],
    criteria: Sequence[Criterion],
    policy: AggregationPolicy,
    conflicts: Iterable[Conflict] = (),
) -> Score:
    """One application's score from its sheets; the order of the sheets does not matter.

    Source: N1; practice: 去掉最高分最低分 above three experts, at least three valid opinions.
    Unit: points out of 100, exact. Boundary: exactly `trim_above` sheets are not trimmed, one more
    is; exactly `reviews_min` valid sheets suffice. A conflict voids the sheet even when it was
    declared after scoring.

    Raises:
        InvalidInput: criteria or policy contradict themselves, or a reviewer sent two sheets.
    """
    own = sorted((s for s in sheets if s.application_id == application_id), key=_reviewer)
    refuse(criteria_problems(criteria) + aggregation_problems(policy))
    refuse(duplicates("sheets", (s.reviewer_id for s in own)))
    voided = {c.reviewer_id for c in conflicts if c.application_id == application_id}
    excluded = {
        s.reviewer_id: Excluded(s.reviewer_id, "invalid")
        for s in own
        if sheet_problems(s, criteria)
    }
    excluded |= {
        s.reviewer_id: Excluded(s.reviewer_id, "conflict") for s in own if s.reviewer_id in voided
    }
    valid = [s for s in own if s.reviewer_id not in excluded]
    return _scored(
        application_id, valid, tuple(excluded[i] for i in sorted(excluded)), criteria, policy
    )


def _reviewer(sheet: Sheet) -> str:
    return sheet.reviewer_id


def _scored(
    application_id: str,
    valid: Sequence[Sheet],
    excluded: tuple[Excluded, ...],
    criteria: Sequence[Criterion],
    policy: AggregationPolicy,
) -> Score:
    totals = [total(sheet, criteria) for sheet in valid]
    spread = max(totals) - min(totals) if totals else Fraction(0)
    short = max(policy.reviews_min - len(valid), 0)
    by_criterion = () if short else _criterion_scores(valid, criteria, policy)
    exact = None if short else _total(totals, by_criterion, policy)
    return Score(
        application_id,
        exact,
        None if exact is None else decimal_text(exact, policy.decimals, policy.rounding),
        by_criterion,
        tuple(sheet.reviewer_id for sheet in valid),
        excluded,
        short,
        not short and _trims(len(valid), policy),
        spread,
        policy.spread_question is not None and spread > policy.spread_question,
    )


def _total(
    totals: Sequence[Fraction], criteria: Sequence[CriterionScore], policy: AggregationPolicy
) -> Fraction:
    if policy.method is Method.TRIMMED_MEAN_BY_CRITERION:
        return sum((each.score for each in criteria), Fraction(0))
    return _aggregate(totals, policy)


def _criterion_scores(
    valid: Sequence[Sheet], criteria: Sequence[Criterion], policy: AggregationPolicy
) -> tuple[CriterionScore, ...]:
    """Each criterion aggregated on its own values.

    When two sheets share the extreme total it is open which of them was dropped; taking the
    extremes per criterion keeps the tie-break independent of that, hence of the sheets' order.
    """
    points = [{mark.criterion_id: mark.points for mark in sheet.marks} for sheet in valid]
    return tuple(
        CriterionScore(
            each.id, _aggregate([contribution(each, p[each.id], criteria) for p in points], policy)
        )
        for each in criteria
    )


def _trims(count: int, policy: AggregationPolicy) -> bool:
    return policy.method is not Method.MEAN and count > policy.trim_above


def _aggregate(values: Sequence[Fraction], policy: AggregationPolicy) -> Fraction:
    counted = sorted(values)
    if _trims(len(counted), policy):
        counted = counted[1:-1]
    return sum(counted, Fraction(0)) / len(counted)
