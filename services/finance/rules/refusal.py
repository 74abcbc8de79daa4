"""A refusal: a stable code and what a person reads, in both languages."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something may not happen; `also` holds the further reasons, so all are told at once."""

    code: str
    zh: str
    en: str
    also: tuple["Refused", ...] = ()


def first_of(reasons: tuple[Refused, ...]) -> Refused | None:
    """Fold several reasons into one refusal that carries the rest, or None when there are none."""
    return replace(reasons[0], also=reasons[1:]) if reasons else None
