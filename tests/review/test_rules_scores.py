"""Scores are exact, trimmed by a declared rule, and void where a conflict appears."""

import random
from dataclasses import replace
from fractions import Fraction
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.rules.conflicts import Conflict, ConflictKind, Party
from services.review.rules.evidence import canonical_bytes, from_bytes
from services.review.rules.exact import Rounding
from services.review.rules.problems import InvalidInput
from services.review.rules.scores import AggregationPolicy, Method, Score, score
from services.review.rules.sheets import Criterion, Mark, Sheet, sheet_problems, total

CRITERIA = (Criterion("merit", 60, 10), Criterion("effect", 25, 10, 1), Criterion("budget", 15, 5))


def sheet(reviewer: str, merit: int, effect: int, budget: int) -> Sheet:
    marks = (Mark("merit", merit), Mark("effect", effect), Mark("budget", budget))
    return Sheet("a1", reviewer, marks)


def flat(*points: int) -> list[Sheet]:
    """One criterion decides: a sheet per number, each worth that many points of 100."""
    return [Sheet("a1", f"r{n}", (Mark("all", value),)) for n, value in enumerate(points)]


FLAT = (Criterion("all", 1, 100),)


def test_full_marks_are_100_and_zero_is_0() -> None:
    """The scale's two ends."""
    assert total(sheet("r", 10, 10, 5), CRITERIA) == 100
    assert total(sheet("r", 0, 0, 0), CRITERIA) == 0


def test_a_mark_counts_as_its_share_times_its_weight() -> None:
    """7/10 of 60, 3/10 of 25 and 1/5 of 15."""
    assert total(sheet("r", 7, 3, 1), CRITERIA) == Fraction(42) + Fraction(15, 2) + 3


def test_only_the_ratio_of_the_weights_matters() -> None:
    """Percent or basis points give the same total."""
    finer = [replace(criterion, weight=criterion.weight * 100) for criterion in CRITERIA]
    assert total(sheet("r", 7, 3, 1), finer) == total(sheet("r", 7, 3, 1), CRITERIA)


@pytest.mark.parametrize(
    ("effect", "allowed"), [(0, False), (1, True), (10, True), (11, False), (-1, False)]
)
def test_a_mark_stays_within_its_limits(effect: int, allowed: bool) -> None:
    """Both limits are allowed, one point beyond either is not."""
    assert (sheet_problems(sheet("r", 5, effect, 5), CRITERIA) == ()) is allowed


@pytest.mark.parametrize("points", [True, 8.0, "8", None])
def test_a_mark_is_a_whole_number(points: object) -> None:
    """Whatever the caller's types promise, only an int counts."""
    marks = (Mark("merit", points), *sheet("r", 5, 5, 5).marks[1:])  # type: ignore[arg-type]
    codes = [problem.code for problem in sheet_problems(Sheet("a1", "r", marks), CRITERIA)]
    assert codes == ["mark_out_of_range"]


def test_a_sheet_hears_all_its_problems_at_once() -> None:
    """Missing, unknown, repeated and out of range, each with its place and a way out."""
    wrong = Sheet("a1", "r", (Mark("merit", 11), Mark("merit", 2), Mark("style", 3)))
    found = sheet_problems(wrong, CRITERIA)
    assert [(problem.code, problem.where) for problem in found] == [
        ("mark_missing", "marks[effect]"),
        ("mark_missing", "marks[budget]"),
        ("criterion_unknown", "marks[style]"),
        ("mark_repeated", "marks[merit]"),
        ("mark_out_of_range", "marks[merit].points"),
    ]
    assert "1 至 10" in found[0].text.zh
    assert "merit, effect, budget" in found[2].text.en


def test_three_scores_are_averaged_and_four_are_trimmed() -> None:
    """The threshold is MORE than three."""
    policy = AggregationPolicy()
    three = score("a1", flat(0, 60, 90), FLAT, policy)
    four = score("a1", flat(0, 60, 70, 100), FLAT, policy)
    assert (three.total, three.trimmed) == (Fraction(50), False)
    assert (four.total, four.trimmed) == (Fraction(65), True)
    assert four.reviewer_ids == ("r0", "r1", "r2", "r3")


def test_the_threshold_and_the_plain_mean_are_the_policys_to_choose() -> None:
    """One up keeps four whole; the plain mean never trims."""
    sheets = flat(0, 60, 70, 100)
    assert score("a1", sheets, FLAT, AggregationPolicy(trim_above=4)).total == Fraction(230, 4)
    assert score("a1", sheets, FLAT, AggregationPolicy(Method.MEAN)).total == Fraction(230, 4)


def test_trimming_by_criterion_differs_from_trimming_totals() -> None:
    """Both readings of the rule exist in practice, so the policy names one."""
    marks = [(10, 1, 0), (0, 10, 0), (5, 5, 5), (5, 5, 0)]
    sheets = [sheet(f"r{n}", *values) for n, values in enumerate(marks)]
    by_total = score("a1", sheets, CRITERIA, AggregationPolicy()).total
    by_criterion = AggregationPolicy(Method.TRIMMED_MEAN_BY_CRITERION)
    assert by_total == Fraction(115, 2) / 2 + Fraction(85, 2) / 2
    assert score("a1", sheets, CRITERIA, by_criterion).total == 30 + Fraction(25, 2)


def test_too_few_valid_reviews_give_no_score() -> None:
    """Two of three needed: one short, and nobody invents a total."""
    found = score("a1", flat(50, 60), FLAT, AggregationPolicy())
    assert (found.total, found.total_decimal, found.criteria) == (None, None, ())
    assert found.reviews_short == 1
    assert score("a1", flat(50, 60, 70), FLAT, AggregationPolicy()).reviews_short == 0
    assert score("a1", [], FLAT, AggregationPolicy()).reviews_short == 3


def test_a_conflict_declared_late_voids_the_sheet() -> None:
    """Also below the trimming threshold and the minimum; another application's is untouched."""
    late = Conflict("a1", "r3", ConflictKind.FAMILY, Party.REVIEWER, "declaration:d")
    elsewhere = replace(late, application_id="a2")
    sheets = flat(0, 60, 90, 100)
    found = score("a1", sheets, FLAT, AggregationPolicy(), [late])
    assert (found.total, found.trimmed) == (Fraction(50), False)
    assert [(e.reviewer_id, e.reason) for e in found.excluded] == [("r3", "conflict")]
    assert score("a1", sheets, FLAT, AggregationPolicy(), [elsewhere]).excluded == ()


def test_an_invalid_sheet_is_left_out_and_told() -> None:
    """It counts as no review at all."""
    found = score("a1", flat(50, 60, 70, 101), FLAT, AggregationPolicy())
    assert found.total == 60
    assert [(e.reviewer_id, e.reason) for e in found.excluded] == [("r3", "invalid")]


def test_sheets_of_other_applications_do_not_leak_in() -> None:
    """The caller may hand over the whole call."""
    other = replace(flat(0)[0], application_id="a2")
    assert score("a1", [*flat(50, 60, 70), other], FLAT, AggregationPolicy()).total == 60


@pytest.mark.parametrize(("limit", "questioned"), [(39, True), (40, False), (None, False)])
def test_a_wide_spread_asks_a_question_and_drops_nothing(
    limit: int | None, questioned: bool
) -> None:
    """Exactly the limit is still fine; an outlier is not a bad review."""
    found = score("a1", flat(50, 60, 90), FLAT, AggregationPolicy(spread_question=limit))
    assert (found.spread, found.questioned, found.excluded) == (Fraction(40), questioned, ())


def test_two_sheets_by_one_reviewer_are_refused() -> None:
    """Counting a reviewer twice would bend the mean."""
    with pytest.raises(InvalidInput, match="more than once"):
        score("a1", [*flat(50, 60), *flat(70)], FLAT, AggregationPolicy())


def test_contradicting_criteria_and_policies_are_refused_together() -> None:
    """A weight of zero, an empty range, a trim that would leave nothing."""
    bad = (Criterion("a", 0, 10), Criterion("a", 1, 0))
    with pytest.raises(InvalidInput) as caught:
        score("a1", [], bad, AggregationPolicy(trim_above=1, reviews_min=0, decimals=-1))
    codes = sorted(problem.code for problem in caught.value.problems)
    assert codes == [
        "duplicate_id",
        "points_range",
        "too_small",
        "too_small",
        "too_small",
        "weight",
    ]
    with pytest.raises(InvalidInput, match="at least one criterion"):
        score("a1", [], (), AggregationPolicy())
    assert score("a1", flat(1, 2, 4), FLAT, AggregationPolicy(trim_above=2)).total == 2


def test_a_score_is_written_exactly_and_by_its_rule() -> None:
    """A third as a fraction, and half way by the declared rounding; the JSON keeps both."""
    thirds = score("a1", flat(0, 0, 100), FLAT, AggregationPolicy())
    assert (thirds.total, thirds.total_decimal) == (Fraction(100, 3), "33.3333")
    assert b'"total":"100/3"' in canonical_bytes(thirds)
    assert from_bytes(Score, canonical_bytes(thirds)) == thirds
    policy = AggregationPolicy(reviews_min=2, decimals=0)
    assert score("a1", flat(0, 5), FLAT, policy).total_decimal == "2"
    up = replace(policy, rounding=Rounding.HALF_UP)
    assert score("a1", flat(0, 5), FLAT, up).total_decimal == "3"


PANELS = st.lists(
    st.tuples(st.integers(0, 10), st.integers(1, 10), st.integers(0, 5)), min_size=3, max_size=9
)


@given(PANELS, st.sampled_from(Method), st.integers(2, 6), st.randoms(use_true_random=False))
def test_scores_equal_a_plain_fraction_oracle_in_any_order(
    panel: list[tuple[int, int, int]], method: Method, above: int, dice: random.Random
) -> None:
    """Recomputed the long way with the statistics module; shuffled sheets give the same bytes."""
    sheets = [sheet(f"r{n}", *values) for n, values in enumerate(panel)]
    policy = AggregationPolicy(method, above)
    found = score("a1", sheets, CRITERIA, policy)

    def averaged(values: list[Fraction]) -> Fraction:
        trims = method is not Method.MEAN and len(values) > above
        return mean(sorted(values)[1:-1] if trims else values)

    shares = [
        [Fraction(60 * m, 10) for m, _, _ in panel],
        [Fraction(25 * e, 10) for _, e, _ in panel],
        [Fraction(15 * b, 5) for _, _, b in panel],
    ]
    per_criterion = [averaged(values) for values in shares]
    per_sheet = averaged([sum(column, Fraction(0)) for column in zip(*shares, strict=True)])
    whole = sum(per_criterion, Fraction(0))
    assert [each.score for each in found.criteria] == per_criterion
    assert found.total == (whole if method is Method.TRIMMED_MEAN_BY_CRITERION else per_sheet)
    dice.shuffle(sheets)
    assert canonical_bytes(score("a1", sheets, CRITERIA, policy)) == canonical_bytes(found)
