"""What review itself decided: reviewers, conflicts, panels, sheets, the ranking, awards."""

from typing import Any

from sqlmodel import Field

from services.chassis.tables import Row, json_field
from services.review.store.tables import OWN, TABLES


@TABLES.folded(topic=OWN, key="reviewer_id", sets=(("call_id",),))
class Expert(Row):
    """A person who may be asked to review under a call; the same person may be under another."""

    reviewer_id: str = Field(primary_key=True)
    call_id: str = Field(primary_key=True)
    name: str
    organisation_id: str
    organisation_name: str
    email: str
    items: list[str] = json_field(default_factory=list)
    load_min: int
    load_max: int


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id",), ("application_id",)))
class DeclaredConflict(Row):
    """A tie that somebody declared."""

    application_id: str = Field(primary_key=True)
    reviewer_id: str = Field(primary_key=True)
    call_id: str
    kind: str
    statement: str
    declared_by: str
    declared_as: str
    declared_at: str


@TABLES.folded(
    topic=OWN, key="application_id", sets=(("call_id",), ("application_id",), ("reviewer_id",))
)
class Seat(Row):
    """One reviewer on one panel. `status`: seated, declined, conflicted or replaced."""

    application_id: str = Field(primary_key=True)
    reviewer_id: str = Field(primary_key=True)
    call_id: str
    run_id: str
    status: str
    changed_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id",),))
class Panel(Row):
    """How many seats an application's panel has; fewer seated reviewers leave some vacant."""

    application_id: str = Field(primary_key=True)
    call_id: str
    size: int
    affinity: int
    run_id: str
    assigned_at: str


@TABLES.folded(topic=OWN, key="call_id", sets=(("call_id",),))
class AssignmentRun(Row):
    """One sealed run of a call's assignment. `kind`: whole or replacement."""

    call_id: str = Field(primary_key=True)
    run_id: str = Field(primary_key=True)
    kind: str
    assignment: dict[str, Any] = json_field(default_factory=dict)
    run_sha256: str
    sealed_by: str
    sealed_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id",), ("application_id",)))
class ScoreSheet(Row):
    """One reviewer's points for one application."""

    application_id: str = Field(primary_key=True)
    reviewer_id: str = Field(primary_key=True)
    call_id: str
    points: dict[str, int] = json_field(default_factory=dict)
    comment: str
    submitted_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id",),))
class Completed(Row):
    """An application whose sheets are all in, with its exact score as numerator/denominator.

    `status`: complete, or reopened when a conflict voided a sheet afterwards.
    """

    application_id: str = Field(primary_key=True)
    call_id: str
    status: str
    sheets: int
    score: str
    completed_at: str


@TABLES.folded(topic=OWN, key="call_id")
class SealedRanking(Row):
    """The ranking of a call, sealed once."""

    call_id: str = Field(primary_key=True)
    ranking: dict[str, Any] = json_field(default_factory=dict)
    selection: dict[str, Any] = json_field(default_factory=dict)
    left_out: dict[str, list[str]] = json_field(default_factory=dict)
    """Applications that were not ranked, with what stood in their way."""
    ranking_sha256: str
    sealed_by: str
    sealed_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id",),))
class Award(Row):
    """What became of an application. `state`: recommended, awarded, reserve or not_awarded."""

    application_id: str = Field(primary_key=True)
    call_id: str
    state: str
    amount_fen: int
    rank: int
    reasons: list[dict[str, Any]] = json_field(default_factory=list)
    changed_at: str


@TABLES.counted(topic=OWN)
class CallTally(Row):
    """How far review has come with a call."""

    call_id: str = Field(primary_key=True)
    reviewers: int = 0
    conflicts: int = 0
    panels: int = 0
    sheets: int = 0
    completed: int = 0
    recommended: int = 0
    decided: int = 0
