"""When a message that was not taken is tried again, and when it is given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SMTP_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how patiently to try. Unit: seconds."""

    attempts_max: int
    retry_seconds_first: int
    retry_seconds_max: int


def retry_at(failures: int, smtp_code: int, now: datetime, patience: Patience) -> datetime | None:
    """When to try again after this many failures; None when it is given up.

    Source: RFC 5321 §4.2.1: 4xx may be tried again, 5xx may not; 0 stands for a broken line.
    Unit: seconds, doubling from the first wait to the longest. Boundary: the failure that makes
    `attempts_max` is the last one.
    """
    if smtp_code >= SMTP_PERMANENT or failures >= patience.attempts_max:
        return None
    # Capped before it is doubled, so that no number of failures makes a number too large.
    doublings = min(failures - 1, 32)
    wait = min(patience.retry_seconds_first * 2**doublings, patience.retry_seconds_max)
    return now + timedelta(seconds=wait)
