"""Reactions: none. What other services decide is folded for the applicant to see; nothing follows from it here."""

from services.chassis.model import Reaction

HANDLERS: list[Reaction] = []
"""Submission answers people; no event of another service makes it say something by itself."""
