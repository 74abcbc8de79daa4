"""What is missing: the formal check of one application, every finding at once."""

from dataclasses import dataclass
from typing import Literal

from services.document.rules.electronic import check_electronic
from services.document.rules.facts import Received
from services.document.rules.paper import check_paper
from services.document.rules.reasons import Reason
from services.document.rules.requirements import Requirements
from services.document.rules.timeliness import Timely

RULES_VERSION = "document-1"

Verdict = Literal["complete", "incomplete", "undetermined"]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer. `reasons` stand in its way (or leave it open); `findings` are only recorded."""

    verdict: Verdict
    timely: Timely
    reasons: tuple[Reason, ...]
    findings: tuple[Reason, ...]
    electronic_file_id: str
    """The electronic version that counts; empty when none does."""


def missing(requirements: Requirements, received: Received) -> Assessment:
    """Everything that is missing, short or late, judged from what was received and nothing else.

    Source: R37-R46, A6, A11, A16. Boundary: complete means that nothing stands in the way, so a
    complete application is also in time; an open question alone is undetermined, never incomplete.
    """
    paper = check_paper(requirements, received.parcels, received.corrections)
    electronic = check_electronic(requirements, received.files, received.corrections)
    governs = paper if requirements.authoritative == "paper" else electronic
    found = (*paper.reasons, *electronic.reasons)
    return Assessment(
        verdict=_verdict(found),
        timely=governs.timely,
        reasons=tuple(r for r in found if r.weight != "note"),
        findings=tuple(r for r in found if r.weight == "note"),
        electronic_file_id=electronic.file_id,
    )


def _verdict(found: tuple[Reason, ...]) -> Verdict:
    weights = {r.weight for r in found}
    if "blocks" in weights:
        return "incomplete"
    return "undetermined" if "open" in weights else "complete"
