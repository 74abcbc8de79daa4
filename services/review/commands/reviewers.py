"""The command that enrols a reviewer under a call, or mends what is known of one."""

from dataclasses import dataclass

from contracts.review import ReviewerEnrolled
from services.chassis.errors import Conflict, Invalid
from services.chassis.model import Answer, Outcome, decision
from services.chassis.views import NamedRows
from services.review.commands.guards import known_call
from services.review.store import CallTerms, Expert


@dataclass(frozen=True, slots=True)
class EnrolReviewer:
    """Let a person be asked to review under a call."""

    reviewer_id: str
    call_id: str
    name: str
    organisation_id: str
    organisation_name: str
    email: str
    items: tuple[str, ...]
    load_min: int
    load_max: int
    by: str


MENDABLE = frozenset({"items", "load_min", "load_max", "email"})
"""What may change later. Who somebody is and where they work decides conflicts, so that may not."""


@decision(
    EnrolReviewer,
    needs=lambda c: [CallTerms.key(c.call_id), Expert.key(c.reviewer_id, c.call_id)],
)
def enrol(command: EnrolReviewer, rows: NamedRows, now: str) -> Outcome:
    """The same particulars again are answered the same; expertise and loads may be mended.

    Raises:
        NotFound: no such call. Invalid: the loads contradict themselves.
        Conflict: another person has this id under the call.
    """
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    if command.load_min > command.load_max:
        raise Invalid(
            "load_limits",
            f"load_min {command.load_min} is above load_max {command.load_max}; lower it.",
            f"评审件数下限 {command.load_min} 高于上限 {command.load_max}，请降低下限。",
        )
    event = ReviewerEnrolled(
        reviewer_id=command.reviewer_id,
        call_id=command.call_id,
        name=command.name,
        organisation_id=command.organisation_id,
        organisation_name=command.organisation_name,
        email=command.email,
        items=tuple(sorted(set(command.items))),
        load_min=command.load_min,
        load_max=command.load_max,
        enrolled_by=command.by,
        enrolled_at=now,
    )
    changed = _changed(rows.get(Expert, command.reviewer_id, command.call_id), event)
    if changed - MENDABLE:
        raise Conflict(
            "reviewer_known",
            f"Reviewer {command.reviewer_id} is enrolled with another "
            f"{', '.join(sorted(changed - MENDABLE))}; take another id.",
            f"评审专家 {command.reviewer_id} 已登记且信息不同，请使用其他编号。",
        )
    if changed:
        yield event
    return Answer(201, {"reviewer_id": command.reviewer_id, "call_id": command.call_id})


def _changed(held: Expert | None, event: ReviewerEnrolled) -> frozenset[str]:
    """Which particulars differ from what is known; the expertise when nobody is."""
    if held is None:
        return frozenset({"items"})
    said = event.model_dump(mode="json")
    return frozenset(name for name, value in held.model_dump().items() if said[name] != value)
