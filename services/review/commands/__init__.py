"""What people ask of review, and the decision on each."""

from services.review.commands.decisions import DecideAwards, decide_awards
from services.review.commands.panels import AssignPanels, DeclineAssignment, assign_panels, decline
from services.review.commands.ranking import SealRanking, rederived, seal_ranking
from services.review.commands.reviewers import (
    DeclareConflict,
    EnrolReviewer,
    declare_conflict,
    enrol,
)
from services.review.commands.scoring import SubmitScores, submit_scores

DECISIONS = (
    enrol, declare_conflict, assign_panels, decline, submit_scores, seal_ranking, decide_awards,
)  # fmt: skip

__all__ = [
    "DECISIONS",
    "AssignPanels",
    "DecideAwards",
    "DeclareConflict",
    "DeclineAssignment",
    "EnrolReviewer",
    "SealRanking",
    "SubmitScores",
    "rederived",
]
