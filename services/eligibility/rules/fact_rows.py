"""What the cells of one fact row mean, by type of fact."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.eligibility.rules.dates import DateUnreadable, PartialDate, read_partial_date
from services.eligibility.rules.facts import (
    Circular,
    Conclusion,
    Detail,
    Inspection,
    Membership,
    Penalty,
    ProjectOutcome,
    Record,
)
from services.eligibility.rules.tables import Row
from services.eligibility.rules.values import Text, Truth

UNNAMED_YEARS = 2
_BEFORE = re.compile(r"(?:decision )?(?:shortly )?before (\S+)")
_YEAR_LIST = re.compile(r"\d{4}(?:\s*[,，、;]\s*\d{4})*")
_PERIOD = re.compile(r"(?P<start>\S+)\s+(?:to|至)\s+(?P<about>about |约 ?)?(?P<end>\S+)")


@dataclass
class CellUnreadable(Exception):
    """A cell cannot be read; says which column, what is wrong and how to mend it."""

    column: str
    code: str
    what: Text
    mend: Text

    @classmethod
    def bad_date(cls, column: str, said: str) -> "CellUnreadable":
        return cls(
            column,
            "bad_date",
            Text(f"日期无法识别（{said}）", f"the date cannot be read ({said})"),
            Text(
                "写成 2020-03-12、2020-03、2020 或 ../2020-03-12",
                "Write it like 2020-03-12, 2020-03, 2020 or ../2020-03-12",
            ),
        )


def decision_of(row: Row) -> PartialDate | None:
    """When it was decided: the column `decision_on`, or what `period_or_date` says for a penalty.

    "Shortly before a day" is read as no later than that day, and no more: how much earlier it can
    have been is a matter for the rule pack, not for the reader of a file.
    """
    if row.get("decision_on"):
        return _partial(row.get("decision_on"), "decision_on")
    if row.get("fact_type") != "administrative_penalty" or not row.get("period_or_date"):
        return None
    text = row.get("period_or_date")
    before = _BEFORE.fullmatch(text)
    return _partial(f"../{before.group(1)}" if before else text, "period_or_date")


def _partial(text: str, column: str) -> PartialDate:
    try:
        return read_partial_date(text)
    except DateUnreadable as error:
        raise CellUnreadable.bad_date(column, str(error)) from error


def _optional(row: Row, column: str) -> PartialDate | None:
    return _partial(row.get(column), column) if row.get(column) else None


def _penalty(row: Row) -> Detail:
    """The row names the society as the one penalised, unless the column `penalised` says other."""
    return Penalty(
        authority_kind=row.get("authority_kind") or "unknown",
        penalty_kind=row.get("penalty_kind") or "unknown",
        penalised=row.get("penalised") or "legal_person",
        revoked_on=_optional(row, "revoked_on"),
    )


def _two_years_basic(row: Row) -> Detail:
    years = _years(row)
    if not years:
        return Inspection(Conclusion.BASICALLY_QUALIFIED, (), UNNAMED_YEARS)
    if len(years) != UNNAMED_YEARS or years[1] != years[0] + 1:
        raise CellUnreadable(
            "period_or_date",
            "years_not_running",
            Text("应为相邻两个年度", "two years that follow each other were expected"),
            Text("如 2012,2013；未写明则写 not named", "E.g. 2012,2013; or: not named"),
        )
    return Inspection(Conclusion.BASICALLY_QUALIFIED, years, UNNAMED_YEARS)


def _inspection(row: Row) -> Detail:
    try:
        conclusion = Conclusion(row.get("conclusion"))
    except ValueError as error:
        known = ", ".join(Conclusion)
        raise CellUnreadable(
            "conclusion",
            "conclusion_unknown",
            Text("年检结论无法识别", f"{row.get('conclusion')!r} is no inspection conclusion"),
            Text(f"可用：{known}", f"Use one of: {known}"),
        ) from error
    years = _years(row)
    return Inspection(conclusion, years, len(years) or 1)


def _years(row: Row) -> tuple[int, ...]:
    """Years named in `period_or_date`; () where it says they are not named."""
    text = row.get("period_or_date")
    if "not named" in text or "未写明" in text:
        return ()
    if _YEAR_LIST.fullmatch(text) is None:
        raise CellUnreadable.bad_date("period_or_date", f"{text!r} lists no years")
    return tuple(sorted({int(year) for year in re.findall(r"\d{4}", text)}))


def _circular(row: Row) -> Detail:
    text = row.get("period_or_date")
    cleared_on = _optional(row, "cleared_on")
    if not text:
        return Circular(cleared_on=cleared_on)
    period = _PERIOD.fullmatch(text)
    if period is None:
        return Circular(_partial(text, "period_or_date"), None, cleared_on)
    end = period.group("end")
    if period.group("about"):
        end = end[: len("2025-08")]  # "about 19 August" is no more than August
    return Circular(
        _partial(period.group("start"), "period_or_date"),
        _partial(end, "period_or_date"),
        cleared_on,
    )


def _project(row: Row) -> Detail:
    claimed = row.get("force_majeure") or "no"
    if claimed not in list(Truth):
        raise CellUnreadable(
            "force_majeure",
            "not_yes_or_no",
            Text("应为 yes、no 或 undetermined", f"{claimed!r} is not yes, no or undetermined"),
            Text("改为三者之一", "Use one of the three"),
        )
    return ProjectOutcome(
        department=row.get("department") or "unknown",
        project=row.get("project") or row.get("detail"),
        result=row.get("result") or "unknown",
        force_majeure=Truth(claimed),
        signed_off_by=row.get("signed_off_by") or None,
    )


def _record(kind: str) -> Callable[[Row], Detail]:
    return lambda _: Record(kind)


DETAIL_OF: Mapping[str, Callable[[Row], Detail]] = {
    "administrative_penalty": _penalty,
    "annual_inspection_two_years_basic": _two_years_basic,
    "annual_inspection": _inspection,
    "cast_sanction_with_rectification": _circular,
    "project_outcome": _project,
    "membership": lambda row: Membership(row.get("member_class") or "unknown"),
    **{
        kind: _record(kind)
        for kind in (
            "award_other_call",
            "activity_abnormality_list",
            "serious_dishonesty_list",
            "evaluation_grade_change",
        )
    },
}
"""Every type of fact a file may hold, and how its cells are read."""
