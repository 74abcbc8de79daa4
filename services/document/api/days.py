"""Days and instants as people type them: of the right shape, and really in the calendar."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator

from contracts.values import Day, Instant

YEAR_MIN = 1900
YEAR_MAX = 2999


def _day(text: str) -> str:
    """The text, when that day exists in a year that anybody could mean."""
    if not YEAR_MIN <= date.fromisoformat(text).year <= YEAR_MAX:
        raise ValueError(f"the year must lie between {YEAR_MIN} and {YEAR_MAX}")
    return text


def _instant(text: str) -> str:
    if not YEAR_MIN <= datetime.fromisoformat(text).year <= YEAR_MAX:
        raise ValueError(f"the year must lie between {YEAR_MIN} and {YEAR_MAX}")
    return text


RealDay = Annotated[Day, AfterValidator(_day)]
RealInstant = Annotated[Instant, AfterValidator(_instant)]
