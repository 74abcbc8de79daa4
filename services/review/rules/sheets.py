"""The score sheet: criteria with weights, what may be written on it, and its exact total."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.review.rules.problems import Problem, Text, duplicates

FULL_MARKS = 100


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the sheet: whole points between its limits, and its weight among the others.

    Weights are whole numbers in any unit (basis points, per cent): only their ratio matters.
    """

    id: str
    weight: int
    points_max: int
    points_min: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """The points given for one criterion."""

    criterion_id: str
    points: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One reviewer's marks for one application."""

    application_id: str
    reviewer_id: str
    marks: tuple[Mark, ...]


def criteria_problems(criteria: Sequence[Criterion]) -> tuple[Problem, ...]:
    """A sheet has criteria; ids are unique, weights positive, and 0 ≤ points_min < points_max."""
    found = list(duplicates("criteria", (c.id for c in criteria)))
    if not criteria:
        text = Text("评分表至少要有一项指标。", "A score sheet needs at least one criterion.")
        found.append(Problem("no_criteria", "criteria", text))
    for each in criteria:
        where = f"criteria[{each.id}]"
        if each.weight < 1:
            text = Text("权重必须是正整数。", "The weight must be a positive whole number.")
            found.append(Problem("weight", f"{where}.weight", text))
        if not 0 <= each.points_min < each.points_max:
            text = Text(
                "分值范围应满足 0 ≤ 下限 < 上限。", "Points need 0 ≤ points_min < points_max."
            )
            found.append(Problem("points_range", f"{where}.points_max", text))
    return tuple(found)


def sheet_problems(sheet: Sheet, criteria: Sequence[Criterion]) -> tuple[Problem, ...]:
    """Everything wrong with a sheet: each criterion has one mark, in whole points in range.

    Source: N1 (silent in the notice; criteria are data of the call). Unit: points. Boundary: the
    limits themselves are allowed, one point beyond either is not.
    """
    given = Counter(mark.criterion_id for mark in sheet.marks)
    known = {criterion.id: criterion for criterion in criteria}
    return (
        *(_missing(c) for c in criteria if not given[c.id]),
        *(_unknown(i, known) for i in given if i not in known),
        *(_repeated(i) for i, times in given.items() if times > 1),
        *_out_of_range(sheet.marks, known),
    )


def _missing(criterion: Criterion) -> Problem:
    text = Text(
        f"缺少指标“{criterion.id}”的得分，请填写 {_range(criterion)[0]}。",
        f"No mark for {criterion.id!r}; give {_range(criterion)[1]}.",
    )
    return Problem("mark_missing", f"marks[{criterion.id}]", text)


def _range(criterion: Criterion) -> tuple[str, str]:
    low, high = criterion.points_min, criterion.points_max
    return f"{low} 至 {high} 的整数", f"a whole number from {low} to {high}"


def _unknown(criterion_id: str, known: Iterable[str]) -> Problem:
    names = list(known)
    text = Text(
        f"没有指标“{criterion_id}”；可用的指标：{'、'.join(names)}。",
        f"There is no criterion {criterion_id!r}; the criteria are {', '.join(names)}.",
    )
    return Problem("criterion_unknown", f"marks[{criterion_id}]", text)


def _repeated(criterion_id: str) -> Problem:
    text = Text("同一指标只能有一个得分。", "Give each criterion one mark only.")
    return Problem("mark_repeated", f"marks[{criterion_id}]", text)


def _out_of_range(marks: Iterable[Mark], known: dict[str, Criterion]) -> Iterator[Problem]:
    for mark in marks:
        criterion = known.get(mark.criterion_id)
        if criterion and not (_whole(mark.points) and _within(mark.points, criterion)):
            text = Text(
                f"得分 {mark.points} 无效，应为 {_range(criterion)[0]}。",
                f"{mark.points} is not allowed; give {_range(criterion)[1]}.",
            )
            yield Problem("mark_out_of_range", f"marks[{mark.criterion_id}].points", text)


def _whole(points: object) -> bool:
    # A sheet may come from code that does not check types; true is not one point, 8.0 is no int.
    return type(points) is int


def _within(points: int, criterion: Criterion) -> bool:
    return criterion.points_min <= points <= criterion.points_max


def total(sheet: Sheet, criteria: Sequence[Criterion]) -> Fraction:
    """The sheet's total out of 100: each mark as a share of its points_max, weighted.

    Source: N1. Unit: points out of 100, exact. Boundary: full marks everywhere is 100, zero is 0.
    The sheet must have no problems.
    """
    points = {mark.criterion_id: mark.points for mark in sheet.marks}
    return sum((contribution(c, points[c.id], criteria) for c in criteria), Fraction(0))


def contribution(criterion: Criterion, points: int, criteria: Sequence[Criterion]) -> Fraction:
    """What one mark adds to the total: its weighted share of 100."""
    weights = sum(each.weight for each in criteria)
    return Fraction(FULL_MARKS * criterion.weight * points, weights * criterion.points_max)
