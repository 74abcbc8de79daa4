"""R32: two years running basically qualified, with pending, unnamed and unrecorded years."""

from typing import Any

import pytest

from services.eligibility.rules.criteria import YearsMode
from tests.eligibility.making import finding, inspected, judged, outcome, with_rule

RULE = "basically_qualified_years_running"
BASIC, GOOD, BAD, NONE = "basically_qualified", "qualified", "unqualified", "not_inspected"


def changed(**parameters: Any) -> dict[str, Any]:
    return {"criteria": with_rule(RULE, **parameters)}


def test_two_basic_years_bar_and_one_does_not() -> None:
    """The latest two concluded years are 2018 and 2019; 2020 is presumed pending."""
    assert outcome("R32", inspected(BASIC, 2018, 2019)) == "yes"
    assert outcome("R32", inspected(BASIC, 2019), inspected(GOOD, 2018)) == "no"
    assert outcome("R32", inspected(BASIC, 2018), inspected(GOOD, 2019)) == "no"


def test_a_pending_year_is_passed_over() -> None:
    """2020 recorded as pending: 2018 and 2019 decide, either way."""
    pending = inspected("pending", 2020)
    assert outcome("R32", pending, inspected(BASIC, 2018, 2019)) == "yes"
    assert outcome("R32", pending, inspected(BASIC, 2019), inspected(GOOD, 2018)) == "no"


def test_a_concluded_2020_takes_the_place_of_2018() -> None:
    """The latest two concluded years move on with the calendar."""
    good = inspected(GOOD, 2020, announced="2021-06-30")
    assert outcome("R32", good, inspected(BASIC, 2018, 2019)) == "no"
    basic = inspected(BASIC, 2020, announced="2021-06-30")
    assert outcome("R32", basic, inspected(BASIC, 2019), inspected(GOOD, 2018)) == "yes"


@pytest.mark.parametrize(("announced", "bars"), [("2021-07-12", "no"), ("2021-07-13", "yes")])
def test_a_conclusion_counts_from_the_day_it_stood(announced: str, bars: str) -> None:
    """Concluded on the closing day it replaces 2018; decided a day later it was still pending."""
    good = inspected(GOOD, 2020, decision=announced)
    assert outcome("R32", good, inspected(BASIC, 2018, 2019)) == bars


def test_a_conclusion_that_may_have_come_too_late_asks() -> None:
    """Known only as July 2021, it may or may not have stood on 12 July."""
    good = inspected(GOOD, 2020, decision="2021-07")
    assert outcome("R32", good, inspected(BASIC, 2018, 2019)) == "undetermined"


def test_a_conclusion_outlives_the_record_that_it_was_pending() -> None:
    """The older "pending" says nothing once 2020 is concluded; an "unknown" neither."""
    facts = (inspected("pending", 2020), inspected("unknown", 2020), inspected(GOOD, 2020))
    assert outcome("R32", *facts, inspected(BASIC, 2018, 2019)) == "no"


def test_years_not_named_ask_when_they_may_be_the_latest_two() -> None:
    """Announced in June 2021 the pair may be 2018 and 2019, or older."""
    found = finding(judged(inspected(BASIC, announced="2021-06-22")), "R32")
    assert found.outcome == "undetermined"
    assert found.question is not None
    assert "Which years does the source mean?" in found.question.text.en


@pytest.mark.parametrize(
    ("announced", "bars"), [("2018-12-31", "no"), ("2019-01-01", "undetermined")]
)
def test_years_not_named_lie_before_the_year_they_were_announced_in(
    announced: str, bars: str
) -> None:
    """A year is inspected after it ends: a pair announced in 2018 cannot reach 2018."""
    assert outcome("R32", inspected(BASIC, announced=announced)) == bars


def test_years_not_named_are_settled_by_a_record_that_contradicts_them() -> None:
    """With 2019 qualified no pair can be the latest two."""
    unnamed = inspected(BASIC, announced="2021-06-22")
    assert outcome("R32", unnamed, inspected(GOOD, 2019, id="g")) == "no"


def test_an_old_pair_does_not_bar_under_the_latest_two() -> None:
    """2012 and 2013 are on record and are not the years looked at."""
    assert outcome("R32", inspected(BASIC, 2012, 2013, announced="2015-02-09")) == "no"


def test_an_old_pair_bars_where_any_two_years_count() -> None:
    """The other reading of the clause is a setting, not a change of code (A3)."""
    any_years = changed(years_mode=YearsMode.ANY_ON_RECORD)
    assert outcome("R32", inspected(BASIC, 2012, 2013), **any_years) == "yes"
    apart = (inspected(BASIC, 2012), inspected(BASIC, 2014, id="b"))
    assert outcome("R32", *apart, **any_years) == "no"
    assert outcome("R32", inspected(BASIC, announced="2015"), **any_years) == "yes"


def test_named_years_are_the_only_ones_looked_at() -> None:
    """With 2017 and 2018 named, 2019 means nothing; a pending named year asks."""
    named = changed(years_mode=YearsMode.NAMED, years_named=(2017, 2018))
    assert outcome("R32", inspected(BASIC, 2017, 2018), inspected(GOOD, 2019), **named) == "yes"
    assert outcome("R32", inspected(BASIC, 2018, 2019), **named) == "undetermined"
    pending = (inspected(BASIC, 2017), inspected("pending", 2018))
    assert outcome("R32", *pending, **named) == "undetermined"


def test_a_year_nobody_recorded_asks_only_beside_a_basic_one() -> None:
    """Nothing on record never bars; one basic year beside an unknown one is a question."""
    assert outcome("R32") == "no"
    assert outcome("R32", inspected(BASIC, 2019)) == "undetermined"
    assert outcome("R32", inspected(GOOD, 2019)) == "no"


def test_an_unknown_conclusion_asks_only_where_it_could_change_the_result() -> None:
    """2018 unknown: it matters beside a basic 2019 and not beside a qualified one."""
    unknown = inspected("unknown", 2018)
    assert outcome("R32", unknown, inspected(BASIC, 2019)) == "undetermined"
    assert outcome("R32", unknown, inspected(GOOD, 2019)) == "no"


def test_records_that_contradict_each_other_ask() -> None:
    """Two sources give 2019 two conclusions; both stay possible."""
    facts = (inspected(BASIC, 2018, 2019), inspected(GOOD, 2019, id="other"))
    assert outcome("R32", *facts) == "undetermined"


@pytest.mark.parametrize(
    ("conclusion", "parameter"),
    [(BAD, "plus_any_unqualified"), (NONE, "plus_any_not_inspected")],
)
def test_one_worse_year_bars_only_where_the_pack_says_so(conclusion: str, parameter: str) -> None:
    """Read literally the 2021 clause spares it; the 2022 text closes that (A3)."""
    facts = (inspected(conclusion, 2019), inspected(GOOD, 2018))
    assert outcome("R32", *facts) == "no"
    assert outcome("R32", *facts, **changed(**{parameter: True})) == "yes"


@pytest.mark.parametrize(
    ("years", "bars"), [((2018, 2019), "undetermined"), ((2017, 2018, 2019), "yes")]
)
def test_the_length_of_the_run_is_a_parameter(years: tuple[int, ...], bars: str) -> None:
    """With three years asked for, two are not enough and the third is asked about."""
    assert outcome("R32", inspected(BASIC, *years), **changed(years_running=3)) == bars


def test_without_a_presumption_an_unrecorded_2020_asks() -> None:
    """If nobody says 2020 is pending, it may have been concluded as qualified."""
    no_presumption = changed(presumed_pending_years=())
    assert outcome("R32", inspected(BASIC, 2018, 2019), **no_presumption) == "undetermined"
