"""Which applications go to the panel: eligible, complete, and still wanted by the applicant."""

from dataclasses import dataclass
from enum import StrEnum

ELIGIBLE = "eligible"
COMPLETE = "complete"
# Verdicts that a person may still turn into another; they hold a case back and close nothing.
OPEN_VERDICTS = frozenset({None, "undetermined"})


class Standing(StrEnum):
    """Where an application stands before review."""

    READY = "ready"
    WAITING = "waiting"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Readiness:
    """The standing, with everything that stands in the way: codes such as "not_eligible"."""

    standing: Standing
    reasons: tuple[str, ...]


def ready(eligibility: str | None, documents: str | None, withdrawn: bool) -> bool:
    """The application goes to the panel.

    Source: R35, R37 to R41, N11. Boundary: a verdict not yet given, or undetermined, is not ready.
    """
    return readiness(eligibility, documents, withdrawn).standing is Standing.READY


def readiness(eligibility: str | None, documents: str | None, withdrawn: bool) -> Readiness:
    """The standing and its reasons; the verdicts may arrive in either order.

    Source: R35 (any exclusion bars), R37 to R41 (documents), N11 (withdrawal). Unit: none.
    Boundary: None or "undetermined" waits for a person and never rejects by itself; any other
    verdict than "eligible" and "complete" is final until the publisher changes it.
    """
    out = [
        *(["withdrawn"] if withdrawn else []),
        *(["not_eligible"] if eligibility not in OPEN_VERDICTS | {ELIGIBLE} else []),
        *(["documents_incomplete"] if documents not in OPEN_VERDICTS | {COMPLETE} else []),
    ]
    waiting = [
        *(["eligibility_open"] if eligibility in OPEN_VERDICTS else []),
        *(["documents_open"] if documents in OPEN_VERDICTS else []),
    ]
    if out:
        return Readiness(Standing.OUT, tuple(out))
    return Readiness(Standing.WAITING if waiting else Standing.READY, tuple(waiting))
