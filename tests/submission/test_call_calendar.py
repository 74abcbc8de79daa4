"""Working days: the notices of 2020 and 2021 counted again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.submission.calls import CAST_2021, load
from services.submission.rules.call import (
    CalendarDoesNotCover,
    is_working_day,
    notice_ends_on,
    notice_period_problems,
    parse_call,
    working_days,
)

CALENDAR = parse_call(load(CAST_2021)).calendar


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2020, 9, 8), date(2020, 9, 14), 5),
        (date(2021, 10, 12), date(2021, 10, 18), 5),
        (date(2021, 9, 24), date(2021, 9, 28), 4),
        (date(2021, 9, 23), date(2021, 9, 28), 5),
        (date(2021, 7, 1), date(2021, 7, 12), 8),
        (date(2021, 7, 12), date(2021, 7, 12), 1),
        (date(2021, 7, 12), date(2021, 7, 11), 0),
    ],
)
def test_published_notices_hold_the_working_days_they_hold(
    first: date, last: date, days: int
) -> None:
    """Two real notices hold five; the one of 24 September 2021 says five and holds four."""
    assert working_days(first, last, CALENDAR) == days


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2021, 9, 25), False),
        (date(2021, 9, 26), True),
        (date(2021, 10, 1), False),
        (date(2021, 10, 8), True),
        (date(2021, 10, 9), True),
        (date(2021, 10, 10), False),
        (date(2022, 1, 3), False),
        (date(2022, 1, 29), True),
        (date(2022, 1, 31), False),
        (date(2022, 2, 7), True),
        (date(2022, 4, 2), True),
    ],
)
def test_make_up_days_work_and_holidays_do_not(day: date, works: bool) -> None:
    """From autumn 2021 to spring 2022, both sides of each edge."""
    assert is_working_day(day, CALENDAR) is works


@pytest.mark.parametrize(
    ("posted_on", "ends_on"),
    [
        (date(2020, 9, 8), date(2020, 9, 14)),
        (date(2021, 9, 24), date(2021, 9, 29)),
        (date(2021, 9, 25), date(2021, 9, 30)),
        (date(2021, 9, 30), date(2021, 10, 12)),
    ],
)
def test_a_notice_of_five_days_ends_where_the_fifth_is_over(posted_on: date, ends_on: date) -> None:
    """The day it is posted is day one, if people work on it."""
    assert notice_ends_on(posted_on, 5, CALENDAR) == ends_on


def test_dates_that_disagree_with_the_text_are_warned_about() -> None:
    """24 to 28 September says five: the warning names the day it should end on."""
    (problem,) = notice_period_problems(date(2021, 9, 24), date(2021, 9, 28), 5, CALENDAR)
    assert problem.severity == "warning"
    assert "2021-09-29" in problem.mend.zh
    assert notice_period_problems(date(2021, 9, 24), date(2021, 9, 29), 5, CALENDAR) == ()


@pytest.mark.parametrize("day", [date(2020, 6, 30), date(2023, 1, 1)])
def test_a_day_the_calendar_does_not_cover_is_refused(day: date) -> None:
    """Nobody knows the holidays of a year that was not loaded."""
    with pytest.raises(CalendarDoesNotCover, match=str(day)):
        is_working_day(day, CALENDAR)


@given(st.dates(date(2020, 7, 1), date(2022, 11, 1)), st.integers(1, 20))
def test_a_notice_holds_exactly_its_days(posted_on: date, days: int) -> None:
    """One day less holds one less: the last day works."""
    ends_on = notice_ends_on(posted_on, days, CALENDAR)
    assert working_days(posted_on, ends_on, CALENDAR) == days
    assert working_days(posted_on, ends_on - timedelta(days=1), CALENDAR) == days - 1
