"""What people ask of eligibility, and the decision on each."""

from services.eligibility.commands.answers import AnswerQuestion, answer_question
from services.eligibility.commands.assessing import assessed, rederived
from services.eligibility.commands.facts import (
    RecordFact,
    RetractFact,
    record_fact,
    retract_fact,
)

DECISIONS = (record_fact, retract_fact, answer_question)

__all__ = ["DECISIONS", "AnswerQuestion", "RecordFact", "RetractFact", "assessed", "rederived"]
