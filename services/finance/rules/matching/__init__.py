"""Matching of bank lines to payment instructions: by named rules, and never by luck of order."""

from services.finance.rules.matching.engine import match
from services.finance.rules.matching.model import (
    RULES_VERSION,
    Instruction,
    Match,
    Matching,
    MatchPolicy,
    Proposal,
)

__all__ = [
    "RULES_VERSION",
    "Instruction",
    "Match",
    "MatchPolicy",
    "Matching",
    "Proposal",
    "match",
]
