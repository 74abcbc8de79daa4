"""The checker: pure functions over what a run left behind; each names its offences and shows the smallest slice."""

from tests.faults.checker.effects import duplicates, illegal_transitions, lost, phantoms, unfollowed
from tests.faults.checker.evidence import Evidence, Offence
from tests.faults.checker.folding import diverged, forgotten, overtaken, set_aside_without_need
from tests.faults.checker.money import unbalanced
from tests.faults.checker.outside import (
    blobs_missing,
    deadline_misjudged,
    mail_wrong,
    receipts_false,
    unresolved,
)
from tests.faults.checker.wire import disordered, misnamed, unsent

CHECKS = {
    "lost": (lost, unfollowed, forgotten, set_aside_without_need, unsent),
    "duplicated": (duplicates,),
    "phantoms": (phantoms, misnamed),
    "order_violations": (disordered, overtaken),
    "illegal_transitions": (illegal_transitions,),
    "money_violations": (unbalanced,),
    "deadline_violations": (deadline_misjudged,),
    "diverged_stores": (diverged,),
    "false_receipts": (receipts_false,),
    "wrong_blobs": (blobs_missing,),
    "wrong_mail": (mail_wrong,),
    "unresolved_unknowns": (unresolved,),
}
"""Every class of promise, and what looks after it."""


def check(evidence: Evidence) -> dict[str, list[Offence]]:
    """Every offence, by class; a promise kept has an empty list."""
    return {name: [o for one in checks for o in one(evidence)] for name, checks in CHECKS.items()}


__all__ = ["CHECKS", "Evidence", "Offence", "check"]
