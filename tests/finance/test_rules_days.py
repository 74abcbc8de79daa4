"""Which day an instant is on, where the call's people live."""

from datetime import date

import pytest

from services.finance.rules.working_days import civil_day


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2021-09-08T00:00:00+08:00", date(2021, 9, 8)),
        ("2021-09-07T23:59:59.999999+08:00", date(2021, 9, 7)),
        ("2021-09-07T16:00:00Z", date(2021, 9, 8)),
        ("2021-09-07T15:59:59.999999+00:00", date(2021, 9, 7)),
        ("2021-12-31T11:00:00-05:00", date(2022, 1, 1)),
    ],
)
def test_midnight_in_china_begins_the_day_whatever_the_offset(instant: str, day: date) -> None:
    """One tick before and at midnight, in three offsets."""
    assert civil_day(instant) == day
