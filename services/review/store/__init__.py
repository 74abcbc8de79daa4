"""What review keeps: cases ready or not, reviewers, conflicts, seats, sheets, ranking, awards."""

from services.review.store.outside import (
    CallTerms,
    Case,
    Eligibility,
    Objection,
    Papers,
    Reservation,
)
from services.review.store.own import (
    AssignmentRun,
    Award,
    CallTally,
    Completed,
    DeclaredConflict,
    Expert,
    Panel,
    ScoreSheet,
    SealedRanking,
    Seat,
)
from services.review.store.queries import (
    assignments_after,
    awards_after,
    experts_after,
    one,
    rows_of,
    vacancies,
)
from services.review.store.tables import OWN, TABLES

__all__ = [
    "OWN",
    "TABLES",
    "AssignmentRun",
    "Award",
    "CallTally",
    "CallTerms",
    "Case",
    "Completed",
    "DeclaredConflict",
    "Eligibility",
    "Expert",
    "Objection",
    "Panel",
    "Papers",
    "Reservation",
    "ScoreSheet",
    "SealedRanking",
    "Seat",
    "assignments_after",
    "awards_after",
    "experts_after",
    "one",
    "rows_of",
    "vacancies",
]
