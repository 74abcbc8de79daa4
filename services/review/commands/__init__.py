"""What people ask of review, and the decision on each."""

from contracts.event import Event
from contracts.review import AssignmentSealed, RankingSealed
from services.chassis.model import Rederive
from services.review.commands import ranking, runs
from services.review.commands.decisions import DecideAwards, decide_awards
from services.review.commands.panels import AssignPanels, FillSeats, assign_panels, fill_seats
from services.review.commands.ranking import SealRanking, seal_ranking
from services.review.commands.reviewers import EnrolReviewer, enrol
from services.review.commands.scoring import SubmitScores, submit_scores
from services.review.commands.seats import (
    DeclareConflict,
    DeclineAssignment,
    declare_conflict,
    decline,
)
from services.review.commands.ties import SettleTie, settle_tie

DECISIONS = (
    enrol,
    declare_conflict,
    assign_panels,
    decline,
    fill_seats,
    submit_scores,
    seal_ranking,
    settle_tie,
    decide_awards,
)
REDERIVE: dict[type[Event], Rederive] = {
    AssignmentSealed: runs.rederived,
    RankingSealed: ranking.rederived,
}

__all__ = [
    "DECISIONS",
    "REDERIVE",
    "AssignPanels",
    "DecideAwards",
    "DeclareConflict",
    "DeclineAssignment",
    "EnrolReviewer",
    "FillSeats",
    "SealRanking",
    "SettleTie",
    "SubmitScores",
]
