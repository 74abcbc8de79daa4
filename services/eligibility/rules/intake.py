"""A table of public facts to facts: matched on the code, dated as far as the source goes."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from services.eligibility.rules.dates import DateUnreadable, PartialDate, read_partial_date
from services.eligibility.rules.evidence import fact_to_json
from services.eligibility.rules.fact_rows import DETAIL_OF, CellUnreadable, decision_of
from services.eligibility.rules.facts import Fact, FactDates, Source
from services.eligibility.rules.societies import Society
from services.eligibility.rules.tables import Row, RowProblem
from services.eligibility.rules.values import Text

FACT_COLUMNS = (
    "name_zh",
    "code",
    "fact_type",
    "detail",
    "period_or_date",
    "announced_on",
    "date_basis",
    "source_url",
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A row in its file, to say where a problem is."""

    file: str
    row: Row

    def problem(self, column: str, code: str, what: Text, mend: Text) -> RowProblem:
        return RowProblem(self.file, self.row.line, column, code, what, mend)


def facts_from_rows(
    rows: Iterable[Row], societies: Iterable[Society], recorded_at: datetime, file: str
) -> tuple[tuple[Fact, ...], tuple[RowProblem, ...]]:
    """Every row that can be read as a fact about a known society; the rest are problems.

    One bad row never hides the others, and no row is read "as far as it goes".
    """
    by_code = {society.code: society for society in societies}
    facts: dict[str, Fact] = {}
    problems: list[RowProblem] = []
    for row in rows:
        place = _Place(file, row)
        found = list(_identity_problems(place, by_code))
        fact = None if found else _fact(place, recorded_at, found)
        if fact and fact.id in facts:
            found.append(_repeated(place))
        elif fact:
            facts[fact.id] = fact
        problems.extend(found)
    return tuple(facts.values()), tuple(problems)


def _identity_problems(place: _Place, by_code: dict[str, Society]) -> Iterator[RowProblem]:
    """The society, the kind and the source have to be certain before anything else is read."""
    row = place.row
    society = by_code.get(row.get("code"))
    if society is None:
        what = Text(
            f"未知学会代码 {row.get('code')!r}", f"no society has the code {row.get('code')!r}"
        )
        mend = Text("按名录填写代码", "Use a code of the list of societies")
        yield place.problem("code", "society_unknown", what, mend)
    elif society.name_zh != row.get("name_zh"):
        what = Text("名称与代码不符", f"{row.get('code')} is not {row.get('name_zh')!r}")
        mend = Text(
            f"代码 {society.code} 为 {society.name_zh}，请核对是否同名误植",
            f"{society.code} is {society.name_zh}: check for a look-alike name",
        )
        yield place.problem("name_zh", "name_and_code_differ", what, mend)
    if row.get("fact_type") not in DETAIL_OF:
        what = Text("未知事实类型", f"{row.get('fact_type')!r} is no known type of fact")
        known = ", ".join(DETAIL_OF)
        mend = Text(f"可用：{known}", f"Use one of: {known}")
        yield place.problem("fact_type", "fact_type_unknown", what, mend)
    if not row.get("source_url").startswith(("http://", "https://")):
        what = Text("缺少来源网址", "there is no source address")
        mend = Text("填写公开来源的网址", "Give the public address the fact was read at")
        yield place.problem("source_url", "source_missing", what, mend)


def _fact(place: _Place, recorded_at: datetime, found: list[RowProblem]) -> Fact | None:
    row = place.row
    try:
        detail = DETAIL_OF[row.get("fact_type")](row)
        dates = FactDates(decision_of(row), _date(row, "effective_on"), _date(row, "announced_on"))
    except CellUnreadable as error:
        found.append(place.problem(error.column, error.code, error.what, error.mend))
        return None
    if _reversed(dates):
        what = Text("决定日期晚于公布日期", "the decision is dated after its announcement")
        mend = Text("核对两个日期", "Check both dates against the source")
        found.append(place.problem("announced_on", "dates_contradict", what, mend))
        return None
    source = Source(row.get("source_url"), row.get("date_basis") or "not said", row.get("detail"))
    fact = Fact("", row.get("code"), detail, source, recorded_at, dates)
    return replace(fact, id=fact_id(fact))


def _date(row: Row, column: str) -> PartialDate | None:
    if not row.get(column):
        return None
    try:
        return read_partial_date(row.get(column))
    except DateUnreadable as error:
        raise CellUnreadable.bad_date(column, str(error)) from error


def _reversed(dates: FactDates) -> bool:
    """Certain only where even the earliest possible decision is after the last possible notice."""
    if dates.decision_on is None or dates.announced_on is None:
        return False
    earliest, latest = dates.decision_on.earliest, dates.announced_on.latest
    return earliest is not None and latest is not None and earliest > latest


def fact_id(fact: Fact) -> str:
    """An id made from what the fact says, so that importing a file twice records it once."""
    said = {k: v for k, v in fact_to_json(fact).items() if k not in ("id", "recorded_at")}
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"fact-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _repeated(place: _Place) -> RowProblem:
    what = Text("与前面某行完全相同", "the row says the same as an earlier one")
    return place.problem("", "fact_repeated", what, Text("删去重复行", "Remove the repeated row"))
