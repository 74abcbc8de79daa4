"""The national societies as a table lists them: codes, names and member classes (R26)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.eligibility.rules.facts import Fact, Membership, Source
from services.eligibility.rules.tables import Row, RowProblem
from services.eligibility.rules.values import Text

SOCIETY_COLUMNS = ("name_zh", "code", "membership_type", "source_url")
_FOUNDATION = "基金会"
_CLASSES = {"regular": "regular", "W-suffix": "entrusted", "G-suffix": "international"}


@dataclass(frozen=True, slots=True)
class Society:
    """One society of the list. The code identifies it: look-alike names are a known trap."""

    code: str
    name_zh: str
    name_en: str
    group: str
    member_class: str
    source_url: str
    note: str


def societies_from_rows(
    rows: Iterable[Row], file: str
) -> tuple[tuple[Society, ...], tuple[RowProblem, ...]]:
    """Every row that names a society once, in the order of the file; the rest are problems."""
    kept: dict[str, Society] = {}
    names: set[str] = set()
    problems: list[RowProblem] = []
    for row in rows:
        found = tuple(_problems(row, file, kept, names))
        problems.extend(found)
        if not found:
            society = _society(row)
            kept[society.code] = society
            names.add(society.name_zh)
    return tuple(kept.values()), tuple(problems)


def _problems(
    row: Row, file: str, kept: dict[str, Society], names: set[str]
) -> Iterable[RowProblem]:
    for column in SOCIETY_COLUMNS:
        if not row.get(column):
            what = Text(f"{column} 为空", f"{column} is empty")
            yield RowProblem(
                file, row.line, column, "cell_empty", what, Text("请补齐", "Fill it in")
            )
    for column, seen in (("code", kept), ("name_zh", names)):
        if row.get(column) and row.get(column) in seen:
            what = Text(f"{row.get(column)} 重复", f"{row.get(column)} stands twice")
            mend = Text("删去重复的一行", "Remove one of the two rows")
            yield RowProblem(file, row.line, column, "society_repeated", what, mend)
    if row.get("membership_type") and _class_of(row) is None:
        what = Text("会员类别无法识别", f"{row.get('membership_type')!r} is no membership type")
        known = ", ".join(_CLASSES)
        mend = Text(f"以 {known} 之一开头", f"Begin it with one of {known}")
        yield RowProblem(file, row.line, "membership_type", "membership_unknown", what, mend)


def _class_of(row: Row) -> str | None:
    for prefix, member_class in _CLASSES.items():
        if row.get("membership_type").startswith(prefix):
            return "foundation" if row.get("name_zh").endswith(_FOUNDATION) else member_class
    return None


def _society(row: Row) -> Society:
    return Society(
        code=row.get("code"),
        name_zh=row.get("name_zh"),
        name_en=row.get("name_en"),
        group=row.get("group_en") or row.get("group"),
        member_class=_class_of(row) or "",
        source_url=row.get("source_url"),
        note=row.get("notes"),
    )


def membership_fact(society: Society, recorded_at: datetime) -> Fact:
    """That a society stands on the list, as a fact with its source."""
    return Fact(
        id=f"membership:{society.code}",
        subject=society.code,
        detail=Membership(society.member_class),
        source=Source(society.source_url, society.note or "as listed", ""),
        recorded_at=recorded_at,
    )
