"""What a broken build is: a name, whom it concerns, how it is provoked, and the function it swaps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Build:
    """`services` run the broken build; `provoked_by` names the scenario in which it shows."""

    name: str
    services: tuple[str, ...]
    provoked_by: str
    apply: Callable[[], None]


def swap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put another function in the place of one that must be there."""
    setattr(owner, name, make(getattr(owner, name)))
