"""What review publishes: reviewers, conflicts, panels, scores, ranking and award decisions."""

from typing import ClassVar, Literal

from contracts.event import Contract, Event
from contracts.values import Document, Fen, Id, Instant, Reason, Sha256


class ReviewerEnrolled(Event):
    """A person may be asked to review under a call."""

    TYPE: ClassVar[str] = "review.reviewer_enrolled"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "reviewer_id"

    reviewer_id: Id
    call_id: Id
    name: str
    organisation_id: Id
    organisation_name: str
    email: str
    items: tuple[str, ...]
    """Content items of the call the reviewer knows."""
    load_min: int
    load_max: int
    enrolled_by: Id
    enrolled_at: Instant


class ConflictDeclared(Event):
    """A tie between a reviewer and an application: the two never meet."""

    TYPE: ClassVar[str] = "review.conflict_declared"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    reviewer_id: Id
    kind: str
    statement: str
    declared_by: Id
    declared_at: Instant
    declared_as: Literal["reviewer", "officer"] = "officer"
    """In which role whoever declared it spoke."""


class AssignmentSealed(Event):
    """One run of the assignment, sealed: its panels with their proof, and every input.

    Running the rules on `evidence` gives `assignment` again, byte for byte; the panels it changed
    follow as `review.panel_assigned`.
    """

    TYPE: ClassVar[str] = "review.assignment_sealed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "call_id"

    call_id: Id
    run_id: Id
    kind: Literal["whole", "replacement"]
    """The first panels of a call, or seats filled again while every other pair stays if it can."""
    assignment: Document
    evidence: Document
    run_sha256: Sha256
    sealed_by: Id
    sealed_at: Instant


class PanelAssigned(Event):
    """Who reviews this application from now on, as the run `run_id` of the call's panels has it."""

    TYPE: ClassVar[str] = "review.panel_assigned"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    reviewer_ids: tuple[Id, ...]
    affinity: int
    run_id: Id
    run_sha256: Sha256
    assigned_by: Id
    assigned_at: Instant


class AssignmentDeclined(Event):
    """A reviewer cannot review this application."""

    TYPE: ClassVar[str] = "review.assignment_declined"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    reviewer_id: Id
    reason: str
    declined_at: Instant
    declined_by: str = ""
    """Who said so; empty in the first events, where the reviewer did."""


class ScoresSubmitted(Event):
    """One reviewer's score sheet for one application; points per criterion id."""

    TYPE: ClassVar[str] = "review.scores_submitted"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    reviewer_id: Id
    points: dict[str, int]
    comment: str
    submitted_at: Instant


class ReviewCompleted(Event):
    """Every assigned sheet is in. `score` is exact, as numerator/denominator."""

    TYPE: ClassVar[str] = "review.review_completed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    sheets: int
    score: str
    completed_at: Instant


class RankingSealed(Event):
    """The ranking of a call, with its policy and every input, so that anyone can rank again."""

    TYPE: ClassVar[str] = "review.ranking_sealed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "call_id"

    call_id: Id
    ranking: Document
    evidence: Document
    ranking_sha256: Sha256
    sealed_by: Id
    sealed_at: Instant


class AwardRecommended(Event):
    """Selection under the caps proposes this award."""

    TYPE: ClassVar[str] = "review.award_recommended"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    applicant_id: Id
    applicant_name: str
    title: str
    rank: int
    amount_fen: Fen
    ranking_sha256: Sha256
    recommended_by: Id
    recommended_at: Instant
    reason: str = ""
    """Why a person chose it among equals; empty where the ranking alone did."""


class AwardDecided(Event):
    """The owner's final word on an application."""

    TYPE: ClassVar[str] = "review.award_decided"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    applicant_id: Id
    decision: Literal["awarded", "not_awarded", "reserve"]
    amount_fen: Fen
    rank: int
    reasons: tuple[Reason, ...]
    decided_by: Id
    decided_at: Instant


REVIEW = Contract(
    publisher="review",
    topic="review.events",
    events=(
        ReviewerEnrolled,
        ConflictDeclared,
        AssignmentSealed,
        PanelAssigned,
        AssignmentDeclined,
        ScoresSubmitted,
        ReviewCompleted,
        RankingSealed,
        AwardRecommended,
        AwardDecided,
    ),
    correlates=("application_id", "call_id", "reviewer_id"),
)
