"""Calendar dates known to the day, the month, the year, a range, or not at all."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from services.eligibility.rules.values import Truth

YEAR_MIN = 1900
YEAR_MAX = 2200
_MONTHS_IN_YEAR = 12
_PART = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class DateUnreadable(ValueError):
    """A text is no date we can place on the calendar."""


@dataclass(frozen=True, slots=True)
class PartialDate:
    """Every day between `earliest` and `latest`, both included, may be the day. None is open."""

    earliest: date | None = None
    latest: date | None = None

    def __str__(self) -> str:
        """The shortest ISO 8601 text: `2020-03-12`, `2020-03`, `2020`, `../2020-03-12`."""
        if self.earliest is None or self.latest is None:
            return f"{self.earliest or '..'}/{self.latest or '..'}"
        for text in (f"{self.earliest:%Y}", f"{self.earliest:%Y-%m}", f"{self.earliest:%Y-%m-%d}"):
            if _span(text) == (self.earliest, self.latest):
                return text
        return f"{self.earliest}/{self.latest}"

    def is_exact(self) -> bool:
        return self.earliest is not None and self.earliest == self.latest


UNKNOWN = PartialDate()


def on(day: date) -> PartialDate:
    """A date known to the day."""
    return PartialDate(day, day)


def read_partial_date(text: str) -> PartialDate:
    """Read `2020-03-12`, `2020-03`, `2020`, `A/B`, `../B` or `A/..`.

    Raises:
        DateUnreadable: another shape, a day that does not exist, or a reversed range.
    """
    first, slash, last = text.strip().partition("/")
    if not slash:
        return PartialDate(*_span(first))
    earliest = None if first == ".." else _span(first)[0]
    latest = None if last == ".." else _span(last)[1]
    if earliest and latest and earliest > latest:
        raise DateUnreadable(f"{text!r} ends before it begins")
    return PartialDate(earliest, latest)


def _span(text: str) -> tuple[date, date]:
    """First and last day that a year, a month or a day covers."""
    match = _PART.fullmatch(text)
    if match is None:
        raise DateUnreadable(f"{text!r} is not a date like 2020-03-12, 2020-03 or 2020")
    year, month, day = (int(part) if part else None for part in match.groups())
    if year is None or not YEAR_MIN <= year <= YEAR_MAX:
        raise DateUnreadable(f"{text!r} is outside the years {YEAR_MIN} to {YEAR_MAX}")
    try:
        first = date(year, month or 1, day or 1)
    except ValueError as error:
        raise DateUnreadable(f"{text!r} does not exist in the calendar") from error
    if day:
        return first, first
    last_month = month or _MONTHS_IN_YEAR
    return first, date(year, last_month, monthrange(year, last_month)[1])


def months_before(day: date, months: int) -> date:
    """The same day of the month, `months` earlier; a day that month lacks becomes its last day.

    Unit: calendar months. Boundary: 2020-02-29 minus 12 months is 2019-02-28.
    """
    year, month = divmod(day.year * _MONTHS_IN_YEAR + day.month - 1 - months, _MONTHS_IN_YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def within(event: PartialDate, first: date, last: date) -> Truth:
    """The event lies between two days, both included.

    Boundary: undetermined exactly when some possible day lies inside and another outside.
    """
    if event.latest and event.latest < first:
        return Truth.NO
    if event.earliest and event.earliest > last:
        return Truth.NO
    inside = event.earliest and event.latest and first <= event.earliest and event.latest <= last
    return Truth.YES if inside else Truth.UNDETERMINED


def happened_by(event: PartialDate, day: date) -> Truth:
    """The event happened on that day or before it. Boundary: that very day counts."""
    if event.latest and event.latest <= day:
        return Truth.YES
    return Truth.NO if event.earliest and event.earliest > day else Truth.UNDETERMINED


def shifted(day: date | None, days: int | None) -> date | None:
    """A day moved by some days; open when either is open."""
    return None if day is None or days is None else day + timedelta(days=days)


def narrowed(event: PartialDate, earliest: date | None, latest: date | None) -> PartialDate:
    """Use another bound where it says more; bounds that contradict the event are left out."""
    low = max((d for d in (event.earliest, earliest) if d), default=None)
    high = min((d for d in (event.latest, latest) if d), default=None)
    return event if low and high and low > high else PartialDate(low, high)
