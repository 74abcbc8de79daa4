"""Shapes of what is sent to review: bounded, strict about numbers, deaf to unknown fields."""

from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

ID = r"^[^\s/\x00-\x1f\x7f]{1,128}$"
LINE = r"^[^\x00-\x1f\x7f]*$"
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

CallId = Annotated[str, Path(pattern=ID, description="Id of the call")]
ApplicationId = Annotated[str, Path(pattern=ID, description="Id of the application")]
ReviewerId = Annotated[str, Path(pattern=ID, description="Id of the reviewer")]
After = Annotated[
    str,
    Query(pattern=r"^[^\s/\x00-\x1f\x7f]{0,128}$", description="The last id of the page before"),
]
Limit = Annotated[int, Query(ge=1, le=200, description="Rows at most")]

Identifier = Annotated[str, StringConstraints(pattern=ID)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE)
]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000, pattern=TEXT)
]
Statement = Annotated[str, StringConstraints(max_length=4_000, pattern=TEXT)]
Address = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$",
    ),
]
Load = Annotated[int, Field(strict=True, ge=0, le=1_000)]
Points = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class Body(BaseModel):
    """A body refuses fields it does not know, so that a slip of the pen is not lost in silence."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ReviewerBody(Body):
    """A person who may be asked to review. Items, loads and address may be mended later."""

    reviewer_id: Identifier
    name: Line
    organisation_id: Identifier
    organisation_name: Line
    email: Address
    items: Annotated[list[Identifier], Field(max_length=200)]
    """Codes of the call's content items the reviewer knows."""
    load_min: Load = 0
    load_max: Annotated[int, Field(strict=True, ge=1, le=1_000)]


class ConflictBody(Body):
    """A tie between a reviewer and an application."""

    reviewer_id: Identifier
    kind: Literal[
        "same_organisation",
        "applicant_staff",
        "family",
        "recent_cooperation",
        "financial_interest",
        "personal_relation",
        "requested_avoidance",
        "other",
    ]
    statement: Statement = ""


class AssignmentBody(Body):
    """How to make the panels of a call."""

    seed: Line
    """Settles draws among equals; anyone can draw again with it."""
    leave_out_waiting: Annotated[bool, Field(strict=True)] = False
    """Go on though some applications still wait for a verdict."""
    dry_run: Annotated[bool, Field(strict=True)] = False
    """Show the panels and seal nothing."""


class DeclineBody(Body):
    """Why a reviewer cannot review an application."""

    reviewer_id: Identifier
    reason: Words


class ScoresBody(Body):
    """Whole points per criterion."""

    reviewer_id: Identifier
    points: Annotated[dict[Identifier, Points], Field(max_length=200)]
    """By criterion id; the call's `review.criteria` say which there are."""
    comment: Statement = ""


class SealBody(Body):
    """How to seal a ranking."""

    accept_vacant_seats: Annotated[bool, Field(strict=True)] = False
    """Rank though some panels have empty seats, on the sheets that are there."""


class TieBody(Body):
    """Which of the tied applications are recommended, and why."""

    application_ids: Annotated[list[Identifier], Field(min_length=1, max_length=1_000)]
    reason: Words


class Withheld(Body):
    """An application that is not awarded although it was recommended, or tied."""

    application_id: Identifier
    reason: Words


class DecisionBody(Body):
    """The owner's word: how many awards, and which recommendations are not followed."""

    awards_expected: Annotated[int, Field(strict=True, ge=0, le=100_000)]
    """How many awards the officer signed off; another number is refused."""
    withheld: Annotated[list[Withheld], Field(max_length=1_000)] = []
