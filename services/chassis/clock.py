"""The clock, injected: nothing below the edge reads the time of day."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the instant a command is taken at."""

    def now(self) -> str:
        """ISO 8601 with an offset, microseconds included."""


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> str:
        """The present instant."""
        return datetime.now(UTC).isoformat(timespec="microseconds")


class HeldClock:
    """A clock that stands still until it is set: for simulation and tests."""

    def __init__(self, instant: str) -> None:
        self.instant = instant

    def now(self) -> str:
        """The instant it was last set to."""
        return self.instant
