"""Working days: weekends off, public holidays off, make-up working days (调休) on."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

_SATURDAY = 5
# China has one zone and no summer time.
_CHINA = timezone(timedelta(hours=8))


def civil_day(instant: str) -> date:
    """The calendar day in China of an instant written with any offset, ISO 8601."""
    return datetime.fromisoformat(instant).astimezone(_CHINA).date()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The published exceptions to the plain week; both sets are data, never guessed."""

    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether people work on this day; a make-up day wins over the weekend."""
        weekday = day.weekday() < _SATURDAY
        return day in self.make_up_days or (weekday and day not in self.holidays)

    def after(self, day: date, working_days: int) -> date:
        """The day that lies this many working days later; zero is the day itself."""
        left = working_days
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_working(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; zero when `end` is not later."""
        days = (end - start).days
        return sum(self.is_working(start + timedelta(days=i + 1)) for i in range(days))


@dataclass(frozen=True, slots=True)
class CutOff:
    """The day a comparison is made for, and the calendar its due days are counted in."""

    on: date
    calendar: WorkCalendar = WorkCalendar()
