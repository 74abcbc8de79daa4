"""The tables of review, in one registry of their own."""

from services.chassis.tables import Tables

TABLES = Tables("review")
OWN = "review.events"
