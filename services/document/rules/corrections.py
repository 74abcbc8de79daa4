"""Which faults an applicant may still mend, and until when."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from services.document.rules.requirements import Requirements

Bar = Literal["", "correction_not_offered", "nothing_to_correct", "not_mendable", "due_in_the_past"]

LATENESS = frozenset(
    {"dispatched_late", "received_late", "arrived_too_late", "paper_missing", "waybill_unreadable"}
)
_ELECTRONIC = frozenset({"electronic_missing", "electronic_late"})


def correctable(
    requirements: Requirements, codes: Iterable[str], now: datetime, due_on: date
) -> Bar:
    """Why a correction may not be asked for; empty when it may.

    Source: domain §7.2 (a setting of the call), R45: what was late stays late, so it is never up
    for correction. Unit: calendar days of the call's zone. Boundary: due today is allowed.
    """
    found = frozenset(codes)
    late = LATENESS if requirements.authoritative == "paper" else _ELECTRONIC
    if not requirements.correction:
        return "correction_not_offered"
    if not found:
        return "nothing_to_correct"
    if found & late:
        return "not_mendable"
    zone = requirements.channels[0][1].closes_before.tzinfo
    return "due_in_the_past" if due_on < now.astimezone(zone).date() else ""
