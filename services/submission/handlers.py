"""Reactions: none. What others decide is folded for the applicant to see, and that is all."""

from services.chassis.model import Reaction

HANDLERS: list[Reaction] = []
"""Submission answers people; no event of another service makes it say something by itself."""
