"""Partly known dates and three-valued logic: what is not known is never made up."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.eligibility.rules.dates import (
    DateUnreadable,
    PartialDate,
    happened_by,
    months_before,
    on,
    read_partial_date,
    within,
)
from services.eligibility.rules.values import Truth, agreed, all_of, any_of, opposite

DAYS = st.dates(date(1950, 1, 1), date(2150, 12, 31))
TRUTHS = st.sampled_from(Truth)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2020-03-12", date(2020, 3, 12), date(2020, 3, 12)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2019", date(2019, 1, 1), date(2019, 12, 31)),
        ("../2020-03-12", None, date(2020, 3, 12)),
        ("2020-03-12/..", date(2020, 3, 12), None),
        ("2019-12/2020-01", date(2019, 12, 1), date(2020, 1, 31)),
        ("../..", None, None),
    ],
)
def test_a_date_is_kept_as_precisely_as_it_is_known(
    text: str, earliest: date | None, latest: date | None
) -> None:
    """A month is a month, not its first day."""
    assert read_partial_date(text) == PartialDate(earliest, latest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2021-02-30",
        "2021-13",
        "21-01-01",
        "2020-03-12/2020-03-11",
        "1899",
        "2020/",
        "９９９９",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    """A day that does not exist, a reversed range and prose are all said to be unreadable."""
    with pytest.raises(DateUnreadable):
        read_partial_date(text)


@given(st.one_of(st.none(), DAYS), st.one_of(st.none(), DAYS))
def test_a_date_reads_back_from_its_own_text(first: date | None, last: date | None) -> None:
    """Writing and reading any partly known date gives it back."""
    if first and last and first > last:
        first, last = last, first
    event = PartialDate(first, last)
    assert read_partial_date(str(event)) == event


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        (date(2021, 7, 1), 24, date(2019, 7, 1)),
        (date(2020, 2, 29), 12, date(2019, 2, 28)),
        (date(2021, 3, 31), 1, date(2021, 2, 28)),
        (date(2021, 1, 15), 1, date(2020, 12, 15)),
        (date(2021, 1, 15), 0, date(2021, 1, 15)),
    ],
)
def test_months_are_counted_on_the_calendar(day: date, months: int, earlier: date) -> None:
    """A day the earlier month lacks becomes its last day."""
    assert months_before(day, months) == earlier


FIRST, LAST = date(2019, 7, 1), date(2021, 7, 12)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("2019-07-01", "yes"),
        ("2019-06-30", "no"),
        ("2021-07-12", "yes"),
        ("2021-07-13", "no"),
        ("2019", "undetermined"),
        ("2020", "yes"),
        ("2018", "no"),
        ("../2019-06-30", "no"),
        ("../2020-01-01", "undetermined"),
        ("2021-07-13/..", "no"),
        ("../..", "undetermined"),
    ],
)
def test_a_window_decides_only_when_every_possible_day_agrees(text: str, holds: str) -> None:
    """Undetermined exactly when one possible day is inside and another outside."""
    assert within(read_partial_date(text), FIRST, LAST).value == holds


@given(DAYS, DAYS, DAYS)
def test_an_exact_day_is_always_decided(event: date, first: date, last: date) -> None:
    """With a known day there is nothing to ask."""
    expected = Truth.YES if first <= event <= last else Truth.NO
    assert first > last or within(on(event), first, last) is expected


def test_the_day_itself_counts_as_happened() -> None:
    """One day earlier it has not happened yet."""
    assert happened_by(on(FIRST), FIRST) is Truth.YES
    assert happened_by(on(FIRST), date(2019, 6, 30)) is Truth.NO
    assert happened_by(read_partial_date("2019-07"), FIRST) is Truth.UNDETERMINED


@given(st.lists(TRUTHS))
def test_any_and_all_mirror_each_other(truths: list[Truth]) -> None:
    """De Morgan holds with an unknown among the values, and order means nothing."""
    assert opposite(any_of(truths)) is all_of(opposite(t) for t in truths)
    assert any_of(truths) is any_of(reversed(truths))


def test_worlds_that_differ_decide_nothing() -> None:
    """One answer in every possible world is an answer; none or two are not."""
    assert agreed([Truth.YES, Truth.YES]) is Truth.YES
    assert agreed([Truth.YES, Truth.NO]) is Truth.UNDETERMINED
    assert agreed([]) is Truth.UNDETERMINED
