"""What the source can be asked."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Submit:
    """Ask the source to send an application."""

    id: str
    applicant_id: str
    title: str = "A title"
    requested_fen: int = 30_000_000
    call_id: str = "call"
    form: dict[str, Any] = field(default_factory=lambda: {"b": 1, "a": "值"})


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Ask the source to withdraw an application."""

    id: str


@dataclass(frozen=True, slots=True)
class Write:
    """Ask the source to keep a note."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Append:
    """Ask the source to lengthen a note: twice is not the same as once."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """Ask the source to hit a bug: at once, or when half of what it said is folded."""

    id: str
    late: bool = False
