"""R33: circularised within two years and in rectification, each part one tick each side."""

from typing import Any

import pytest

from services.eligibility.rules.criteria import Join, PeriodEnds
from tests.eligibility.making import circular, finding, judged, outcome, with_rule

RULE = "circularised_and_rectifying"


def changed(**parameters: Any) -> dict[str, Any]:
    return {"criteria": with_rule(RULE, **parameters)}


@pytest.mark.parametrize(
    ("starts", "ends", "bars"),
    [
        ("2021-02-01", "2021-07-12", "yes"),
        ("2021-02-01", "2021-07-11", "no"),
        ("2021-07-12", "2021-12-31", "yes"),
        ("2021-07-13", "2021-12-31", "no"),
        ("2021-02-01", "2021-07", "undetermined"),
        ("2021-02-01", None, "undetermined"),
    ],
)
def test_the_rectification_must_cover_the_closing_day(
    starts: str, ends: str | None, bars: str
) -> None:
    """First day and deadline are inside; a month or an open end leaves a question (A4)."""
    assert outcome("R33", circular("2021-02-01", starts, ends)) == bars


@pytest.mark.parametrize(("announced", "bars"), [("2019-06-30", "no"), ("2019-07-01", "yes")])
def test_an_old_circular_does_not_bar_though_the_rectification_runs(
    announced: str, bars: str
) -> None:
    """Both parts must hold: 并 joins them."""
    assert outcome("R33", circular(announced, "2019-07-01", "2021-12-31")) == bars


@pytest.mark.parametrize(("cleared", "bars"), [("2021-07-12", "no"), ("2021-07-13", "yes")])
def test_the_day_it_is_cleared_is_outside(cleared: str, bars: str) -> None:
    """Cleared on the closing day it runs no more; a day later it still did."""
    assert outcome("R33", circular("2021-02-01", "2021-02-01", "2021-12-31", cleared)) == bars


def test_a_circular_without_rectification_does_not_bar() -> None:
    """A circular alone is not what the clause says; under OR it would be enough."""
    alone = circular("2021-02-01", None, None)
    assert outcome("R33", alone) == "no"
    assert outcome("R33", alone, **changed(join=Join.OR)) == "yes"


def test_under_or_either_part_is_enough() -> None:
    """An old circular whose rectification runs bars under OR, and neither part does not."""
    old_running = circular("2015-01-01", "2021-01-01", "2021-12-31")
    old_over = circular("2015-01-01", "2015-01-01", "2015-06-30")
    assert outcome("R33", old_running, **changed(join=Join.OR)) == "yes"
    assert outcome("R33", old_over, **changed(join=Join.OR)) == "no"


def test_a_missed_deadline_runs_on_where_only_clearance_ends_it() -> None:
    """Past its deadline and not cleared: over by the deadline, running by clearance."""
    overdue = circular("2021-02-01", "2021-02-01", "2021-06-30")
    assert outcome("R33", overdue) == "no"
    assert outcome("R33", overdue, **changed(period_ends=PeriodEnds.CLEARANCE)) == "yes"


def test_a_part_that_fails_spares_the_question_about_the_other() -> None:
    """An old circular is settled whatever the deadline; nothing is asked."""
    found = finding(judged(circular("2015-01-01", "2015-01-01", None)), "R33")
    assert found.outcome == "no"
    assert found.question is None


def test_without_a_first_day_the_period_begins_with_the_circular() -> None:
    """A circular that only gives a deadline begins on the day it was announced."""
    assert outcome("R33", circular("2021-02-01", None, "2021-12-31")) == "yes"
