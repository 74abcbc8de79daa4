"""The real screening: 209 societies, sourced public facts, the 2021 rule pack, nothing invented."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.eligibility.rules import (
    FACT_COLUMNS,
    SOCIETY_COLUMNS,
    Fact,
    Screened,
    Society,
    criteria_from_pack,
    facts_from_rows,
    rederive,
    rows_from_csv,
    screen,
    screened_to_json,
    societies_from_rows,
)
from services.eligibility.rules.dates import read_partial_date
from services.eligibility.rules.facts import Conclusion, FactDates, Inspection, Source
from tests.eligibility.making import CRITERIA, DATES, PACK, finding

DATA = Path(__file__).parents[2] / "services/eligibility/data"
SCREENED_AT = datetime.fromisoformat("2021-07-13T09:00:00+08:00")


@pytest.fixture(scope="module")
def societies() -> tuple[Society, ...]:
    data = (DATA / "cast-societies.csv").read_bytes()
    return societies_from_rows(rows_from_csv(data, "s", SOCIETY_COLUMNS)[0], "s")[0]


@pytest.fixture(scope="module")
def facts(societies: tuple[Society, ...]) -> tuple[Fact, ...]:
    data = (DATA / "registry-facts.csv").read_bytes()
    rows = rows_from_csv(data, "f", FACT_COLUMNS)[0]
    return facts_from_rows(rows, societies, SCREENED_AT, "f")[0]


@pytest.fixture(scope="module")
def screened(societies: tuple[Society, ...], facts: tuple[Fact, ...]) -> dict[str, Screened]:
    results = screen(societies, facts, CRITERIA, DATES, SCREENED_AT)
    return {result.society.name_zh: result for result in results}


def test_one_society_is_barred_and_one_is_a_question(screened: dict[str, Screened]) -> None:
    """Of 209, exactly these two; everybody else has nothing on record that bars."""
    by_verdict: dict[str, list[str]] = {}
    for name, result in screened.items():
        by_verdict.setdefault(result.assessment.verdict.value, []).append(name)
    assert by_verdict["barred"] == ["中国野生动物保护协会"]
    assert by_verdict["undetermined"] == ["中国电影电视技术学会"]
    assert len(by_verdict["eligible"]) == 207


def test_the_wildlife_association_is_barred_by_its_penalty(screened: dict[str, Screened]) -> None:
    """R31, by the public page, with the arithmetic said in both languages."""
    assessment = screened["中国野生动物保护协会"].assessment
    found = finding(assessment, "R31")
    assert assessment.failed_rules == ("penalised_within_lookback",)
    (step,) = found.steps
    assert step.sources == ("https://www.cqn.com.cn/ms/content/2020-03/13/content_8367548.htm",)
    assert "2020-03-12" in found.sentence.zh
    assert "2019-07-01 (2021-07-01 minus 24 months)" in found.sentence.en


def test_the_architects_warning_of_2017_is_too_old(screened: dict[str, Screened]) -> None:
    """On record, weighed, and before the window."""
    found = finding(screened["中国建筑学会"].assessment, "R31")
    assert (found.outcome, len(found.steps)) == ("no", 1)
    assert "before 2019-07-01" in found.sentence.en


def test_the_fire_association_pair_of_2012_and_2013_does_not_bar(
    screened: dict[str, Screened],
) -> None:
    """Under the latest two concluded years they are not looked at."""
    found = finding(screened["中国消防协会"].assessment, "R32")
    assert (found.outcome, len(found.steps)) == ("no", 1)


def test_the_film_societys_unnamed_years_go_to_a_person(screened: dict[str, Screened]) -> None:
    """Not barred and not cleared: a question for the roles the pack names."""
    found = finding(screened["中国电影电视技术学会"].assessment, "R32")
    assert found.outcome == "undetermined"
    assert found.question is not None
    assert found.question.roles == ("officer", "screener")


def test_a_sanction_of_2025_does_not_reach_back(screened: dict[str, Screened]) -> None:
    """The shape of an R33 fact, four years after the call."""
    assert finding(screened["中国未来研究会"].assessment, "R33").outcome == "no"


def test_the_civil_engineers_unnamed_pair_is_a_question(societies: tuple[Society, ...]) -> None:
    """Announced on 9 September 2020 without years: may be 2018 and 2019, so a person decides."""
    society = next(s for s in societies if s.name_zh == "中国土木工程学会")
    source = Source(
        "http://binuoshi.com/ms/content/2020-09/11/content_8631672.htm", "stated (mirror)"
    )
    fact = Fact(
        "sourced",
        society.code,
        Inspection(Conclusion.BASICALLY_QUALIFIED, (), 2),
        source,
        SCREENED_AT,
        FactDates(announced_on=read_partial_date("2020-09-09")),
    )
    (result,) = screen([society], [fact], CRITERIA, DATES, SCREENED_AT)
    assert result.assessment.verdict == "undetermined"


def test_nothing_but_sourced_facts_and_membership_is_in_the_evidence(
    screened: dict[str, Screened], facts: tuple[Fact, ...]
) -> None:
    """No score and no invented fact ever hangs on a real society."""
    known = {fact.id for fact in facts}
    for result in screened.values():
        for fact in result.assessment.evidence.facts:
            assert fact.id in known or fact.kind == "membership"
            assert fact.source.url.startswith("http")


def test_every_line_of_the_screening_can_be_derived_again(screened: dict[str, Screened]) -> None:
    """All 209, through JSON text."""
    for result in screened.values():
        document: Any = json.loads(json.dumps(screened_to_json(result)))
        assert rederive(document["evidence"]) == document["assessment"]


def test_another_reading_of_the_clause_gives_another_result(
    societies: tuple[Society, ...], facts: tuple[Fact, ...]
) -> None:
    """What if any two years counted? The same facts bar two more societies, with reasons."""
    pack = json.loads(json.dumps(PACK))
    for rule in pack["rules"]:
        if rule["id"] == "basically_qualified_years_running":
            rule["parameters"]["years_mode"] = "any_on_record"
    results = screen(societies, facts, criteria_from_pack(pack), DATES, SCREENED_AT)
    barred = {r.society.name_zh for r in results if r.assessment.verdict == "barred"}
    assert barred == {"中国野生动物保护协会", "中国电影电视技术学会", "中国消防协会"}
