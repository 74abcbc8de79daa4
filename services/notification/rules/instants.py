"""Instants as whole numbers, to order and compare by."""

from datetime import UTC, datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(instant: str) -> int:
    """Whole milliseconds since 1970, whatever offset the instant is written with."""
    since = datetime.fromisoformat(instant) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000
