"""Reactions of review: none. Verdicts arrive in either order and are only folded; people seal what follows."""

from services.chassis.model import Reaction

HANDLERS: tuple[Reaction, ...] = ()
