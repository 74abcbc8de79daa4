"""CSV files of societies and facts: what is read, and how every bad row is answered."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.eligibility.rules import (
    FACT_COLUMNS,
    SOCIETY_COLUMNS,
    Fact,
    RowProblem,
    facts_from_rows,
    rows_from_csv,
    societies_from_rows,
)
from services.eligibility.rules.dates import read_partial_date
from services.eligibility.rules.facts import (
    Circular,
    Conclusion,
    Inspection,
    Penalty,
    ProjectOutcome,
    Record,
)
from services.eligibility.rules.values import Truth

NOW = datetime.fromisoformat("2021-07-13T09:00:00+08:00")
LIST = (
    "name_zh,code,membership_type,source_url\n"
    "虚构学会,Z-01,regular,https://example.invalid/list\n"
    "虚构基金会,Z-02W,W-suffix (inferred),https://example.invalid/list\n".encode()
)
HEADER = ",".join(FACT_COLUMNS)
GOOD = {
    "name_zh": "虚构学会",
    "code": "Z-01",
    "fact_type": "administrative_penalty",
    "detail": "made up",
    "period_or_date": "2020-01-02",
    "announced_on": "2020-01-03",
    "date_basis": "stated",
    "source_url": "https://example.invalid/fact",
}


Read = tuple[tuple[Fact, ...], tuple[RowProblem, ...]]


def read(*rows: dict[str, str], more: tuple[str, ...] = ()) -> Read:
    """Facts and problems of a file with these rows."""
    columns = (*FACT_COLUMNS, *more)
    full = ({**GOOD, **row} for row in rows)
    lines = (",".join(f'"{row.get(column, "")}"' for column in columns) for row in full)
    return read_bytes("\n".join((",".join(columns), *lines)).encode())


def read_bytes(data: bytes) -> Read:
    rows, _ = rows_from_csv(LIST, "list.csv", SOCIETY_COLUMNS)
    societies, _ = societies_from_rows(rows, "list.csv")
    rows, broken = rows_from_csv(data, "facts.csv", FACT_COLUMNS)
    facts, bad = facts_from_rows(rows, societies, NOW, "facts.csv")
    return facts, (*broken, *bad)


def test_a_row_becomes_a_fact_with_its_source_and_dates() -> None:
    """Subject by code; the period of a penalty is the day of its decision."""
    (fact,), problems = read({})
    assert problems == ()
    assert (fact.subject, fact.kind, fact.source.url) == (
        "Z-01",
        "administrative_penalty",
        "https://example.invalid/fact",
    )
    assert fact.dates.decision_on == read_partial_date("2020-01-02")
    assert fact.dates.announced_on == read_partial_date("2020-01-03")


def test_shortly_before_a_day_means_no_later_and_no_more() -> None:
    """How much earlier is for the rule pack to say, never for the reader of a file."""
    (fact,), _ = read({"period_or_date": "decision shortly before 2020-03-12"})
    assert fact.dates.decision_on == read_partial_date("../2020-03-12")


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        (
            {"fact_type": "annual_inspection_two_years_basic", "period_or_date": "2012、2013"},
            Inspection(Conclusion.BASICALLY_QUALIFIED, (2012, 2013), 2),
        ),
        (
            {
                "fact_type": "annual_inspection_two_years_basic",
                "period_or_date": "two inspection years (not named)",
            },
            Inspection(Conclusion.BASICALLY_QUALIFIED, (), 2),
        ),
        (
            {
                "fact_type": "annual_inspection",
                "period_or_date": "2020",
                "conclusion": "pending",
            },
            Inspection(Conclusion.PENDING, (2020,), 1),
        ),
        (
            {
                "fact_type": "cast_sanction_with_rectification",
                "period_or_date": "2021-02-01 to about 2021-08-01",
                "cleared_on": "2021-06-01",
            },
            Circular(
                read_partial_date("2021-02-01"),
                read_partial_date("2021-08"),
                read_partial_date("2021-06-01"),
            ),
        ),
        ({"fact_type": "award_other_call"}, Record("award_other_call")),
        (
            {
                "fact_type": "project_outcome",
                "department": "d",
                "project": "p",
                "result": "failed",
                "force_majeure": "yes",
                "signed_off_by": "o",
            },
            ProjectOutcome("d", "p", "failed", Truth.YES, "o"),
        ),
        (
            {"penalised": "branch", "penalty_kind": "fine", "revoked_on": "2020-05"},
            Penalty("unknown", "fine", "branch", read_partial_date("2020-05")),
        ),
    ],
)
def test_each_type_of_fact_reads_its_own_columns(row: dict[str, str], detail: object) -> None:
    """The optional columns of the README mean what it says."""
    more = tuple(name for name in row if name not in FACT_COLUMNS)
    (fact,), problems = read(row, more=more)
    assert problems == ()
    assert fact.detail == detail


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ({"code": "Z-99"}, "code", "society_unknown"),
        ({"code": ""}, "code", "society_unknown"),
        ({"name_zh": "虚构学会（山寨）"}, "name_zh", "name_and_code_differ"),
        ({"fact_type": "gossip"}, "fact_type", "fact_type_unknown"),
        ({"source_url": "heard it somewhere"}, "source_url", "source_missing"),
        ({"announced_on": "2021-02-30"}, "announced_on", "bad_date"),
        ({"period_or_date": "last year"}, "period_or_date", "bad_date"),
        ({"period_or_date": "2020-01-04"}, "announced_on", "dates_contradict"),
        (
            {"fact_type": "annual_inspection_two_years_basic", "period_or_date": "2012,2014"},
            "period_or_date",
            "years_not_running",
        ),
        (
            {"fact_type": "annual_inspection_two_years_basic", "period_or_date": "2012"},
            "period_or_date",
            "years_not_running",
        ),
        (
            {"fact_type": "annual_inspection_two_years_basic", "period_or_date": "recently"},
            "period_or_date",
            "bad_date",
        ),
        ({"fact_type": "annual_inspection"}, "conclusion", "conclusion_unknown"),
        (
            {"fact_type": "cast_sanction_with_rectification", "period_or_date": "2021-02-01 to x"},
            "period_or_date",
            "bad_date",
        ),
    ],
)
def test_a_bad_row_says_line_column_and_how_to_mend_it(
    row: dict[str, str], column: str, code: str
) -> None:
    """The good row beside it is still read."""
    facts, problems = read({}, row)
    (problem,) = problems
    assert (problem.file, problem.line, problem.column, problem.code) == (
        "facts.csv",
        3,
        column,
        code,
    )
    assert problem.what.zh
    assert problem.what.en
    assert problem.mend.zh
    assert problem.mend.en
    assert len(facts) == 1


def test_force_majeure_is_yes_no_or_undetermined() -> None:
    """Any other word is a problem in its column."""
    row = {"fact_type": "project_outcome", "force_majeure": "maybe"}
    facts, (problem,) = read(row, more=("force_majeure",))
    assert facts == ()
    assert (problem.column, problem.code) == ("force_majeure", "not_yes_or_no")


def test_a_repeated_row_is_said_and_counts_once() -> None:
    """The id of a fact is made from what it says, so importing twice records once."""
    facts, (problem,) = read({}, {})
    assert len(facts) == 1
    assert (problem.line, problem.code) == (3, "fact_repeated")
    assert read({})[0] == facts


def test_lines_are_counted_through_quoted_line_breaks() -> None:
    """A row that spans two lines is named by its first; the next by its own."""
    text = HEADER + '\n虚构学会,Z-01,award_other_call,"a\nb",2020,,stated,https://e.invalid\n'
    facts, (problem,) = read_bytes(
        (text + "虚构学会,Z-77,award_other_call,,,,,http://e\n").encode()
    )
    assert len(facts) == 1
    assert problem.line == 4


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "file_empty", 0),
        (b"\xff\xfe\x00", "not_utf8", 1),
        ("名称,代码\n".encode("gb18030"), "not_utf8", 1),
        (HEADER.encode() + b'\na,"b', "csv_broken", 2),
        (HEADER.encode() + b"\na,b\n", "cells_miscounted", 2),
        (b"name_zh,code\n", "column_missing", 1),
        (f"{HEADER},code\n".encode(), "column_repeated", 1),
    ],
)
def test_a_file_that_is_no_table_is_answered_with_a_problem(
    data: bytes, code: str, line: int
) -> None:
    """Empty, wrong encoding, broken quotes, missing columns: said, with line and mend."""
    facts, problems = read_bytes(data)
    assert facts == ()
    assert (code, line) in {(p.code, p.line) for p in problems}


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_read_or_refused(data: bytes) -> None:
    """No input makes the reader fall over."""
    facts, problems = read_bytes(HEADER.encode() + b"\n" + data)
    assert all(p.file == "facts.csv" for p in problems)
    assert len({fact.id for fact in facts}) == len(facts)


@given(st.lists(st.text(max_size=12), min_size=len(FACT_COLUMNS), max_size=len(FACT_COLUMNS)))
def test_any_cells_in_a_known_society_are_read_or_refused(cells: list[str]) -> None:
    """A row either becomes exactly one fact or says why not."""
    row = dict(zip(FACT_COLUMNS, cells, strict=True))
    clean = {k: v.replace('"', "'") for k, v in row.items()}
    facts, problems = read({**clean, "code": "Z-01", "name_zh": "虚构学会"})
    assert bool(facts) != bool(problems)


def test_a_society_stands_once_and_in_a_known_class() -> None:
    """Doubled codes and names, and unknown membership types, are problems of their row."""
    data = (
        LIST
        + (
            "虚构学会二,Z-01,regular,https://e.invalid\n"
            "虚构学会,Z-03,regular,https://e.invalid\n"
            "虚构学会四,Z-04,honorary,https://e.invalid\n"
            "虚构学会五,,regular,https://e.invalid\n"
        ).encode()
    )
    rows, _ = rows_from_csv(data, "list.csv", SOCIETY_COLUMNS)
    societies, problems = societies_from_rows(rows, "list.csv")
    assert [s.member_class for s in societies] == ["regular", "foundation"]
    assert [(p.line, p.column, p.code) for p in problems] == [
        (4, "code", "society_repeated"),
        (5, "name_zh", "society_repeated"),
        (6, "membership_type", "membership_unknown"),
        (7, "code", "cell_empty"),
    ]


def test_the_files_that_ship_are_read_without_a_problem() -> None:
    """209 societies and 20 facts, all of them."""
    data = Path(__file__).parents[2] / "services/eligibility/data"
    rows, broken = rows_from_csv((data / "cast-societies.csv").read_bytes(), "s", SOCIETY_COLUMNS)
    societies, bad = societies_from_rows(rows, "s")
    assert (len(societies), broken, bad) == (209, (), ())
    rows, broken = rows_from_csv((data / "registry-facts.csv").read_bytes(), "f", FACT_COLUMNS)
    facts, bad = facts_from_rows(rows, societies, NOW, "f")
    assert (len(facts), broken, bad) == (20, (), ())
