"""Working days: holidays off, make-up days on, no guess outside what the calendar covers."""

from dataclasses import dataclass
from datetime import date, timedelta

from services.submission.rules.call.problems import CallProblem, Text

_SATURDAY = 5


class CalendarDoesNotCover(ValueError):
    """A day lies outside the loaded calendar, so nobody knows whether people work on it."""

    def __init__(self, day: date, calendar: "WorkingCalendar") -> None:
        self.day = day
        super().__init__(
            f"{day} is outside the loaded calendar ({calendar.covers_first} to "
            f"{calendar.covers_last}); load the State Council arrangement for {day.year}."
        )


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """A published calendar: what it covers, the holidays, the make-up working days."""

    covers_first: date
    covers_last: date
    days_off: frozenset[date]
    make_up_days: frozenset[date]


def is_working_day(day: date, calendar: WorkingCalendar) -> bool:
    """People work on this day.

    Source: N3 (domain §7.4). Unit: days. Boundary: a make-up day works though it is a weekend;
    a holiday does not though it is a weekday.

    Raises:
        CalendarDoesNotCover: the calendar does not speak for the day.
    """
    if not calendar.covers_first <= day <= calendar.covers_last:
        raise CalendarDoesNotCover(day, calendar)
    if day in calendar.make_up_days:
        return True
    return day.weekday() < _SATURDAY and day not in calendar.days_off


def working_days(first: date, last: date, calendar: WorkingCalendar) -> int:
    """How many working days lie from the first to the last day, both counted.

    Source: N3. Unit: working days. Boundary: 2021-09-24 to 2021-09-28 holds four.
    """
    days = (last - first).days + 1
    return sum(is_working_day(first + timedelta(days=n), calendar) for n in range(max(days, 0)))


def notice_ends_on(posted_on: date, days: int, calendar: WorkingCalendar) -> date:
    """The last day of a notice of so many working days, the day it is posted counted as day one.

    Source: N3 (公示 5 个工作日). Unit: working days. Boundary: posted on a day off, day one is the
    next working day.
    """
    assert days >= 1, "a notice stands for at least one working day"
    day, left = posted_on, days
    while True:
        left -= is_working_day(day, calendar)
        if left == 0:
            return day
        day += timedelta(days=1)


def notice_period_problems(
    first: date, last: date, days: int, calendar: WorkingCalendar
) -> tuple[CallProblem, ...]:
    """The dates of a notice hold as many working days as its text says.

    Source: N3. Unit: working days. Boundary: exactly as many is right, one more is not.
    """
    held = working_days(first, last, calendar)
    if held == days:
        return ()
    ends_on = notice_ends_on(first, days, calendar)
    return (
        CallProblem(
            "notice_days_disagree",
            "/public_notice/working_days",
            Text(
                f"{first} 至 {last} 只含 {held} 个工作日，公示文字为 {days} 个工作日",
                f"{first} to {last} holds {held} working days, the notice says {days}",
            ),
            Text(f"公示应至 {ends_on} 止", f"Let the notice end on {ends_on}"),
            "warning",
        ),
    )
