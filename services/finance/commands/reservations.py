"""Whether a recommended award fits the caps: judged once, and again from the event alone."""

from dataclasses import dataclass
from typing import Any

from contracts.finance import BudgetReserved, ReservationRefused
from contracts.values import Reason
from services.finance.commands.guards import plain
from services.finance.rules.refusal import Refused
from services.finance.rules.reserve import Reserved, ReservePolicy, reserve
from services.finance.store import AwardWord, CallTerms


@dataclass(frozen=True, slots=True)
class Caps:
    """What is free under a call, how many awards hold money, how many numbers were given at all."""

    free_fen: int
    holds: int
    numbered: int

    def after(self, amount_fen: int) -> "Caps":
        """What is left once an award holds its money."""
        return Caps(self.free_fen - amount_fen, self.holds + 1, self.numbered + 1)


def reservation(
    word: AwardWord, terms: CallTerms, awards_max: int, caps: Caps, now: str
) -> BudgetReserved | ReservationRefused:
    """A hold or a refusal, with the figures it was judged by."""
    limits: dict[str, Any] = {
        "awards_max": awards_max,
        "amount_min_fen": terms.amount.get("min_fen"),
        "amount_max_fen": terms.amount.get("max_fen"),
    }
    result = _judged(caps.free_fen, word.amount_fen, caps.holds, limits)
    if isinstance(result, Reserved):
        return BudgetReserved(
            application_id=word.application_id, call_id=word.call_id,
            applicant_id=word.applicant_id, amount_fen=word.amount_fen,
            free_before_fen=caps.free_fen, awards_before=caps.holds,
            evidence={**limits, "award_no": caps.numbered + 1}, reserved_at=now,
        )  # fmt: skip
    return ReservationRefused(
        application_id=word.application_id, call_id=word.call_id, amount_fen=word.amount_fen,
        free_fen=caps.free_fen, awards_before=caps.holds,
        reasons=tuple(Reason(**plain(r)) for r in (result, *result.also)), evidence=limits,
        refused_at=now,
    )  # fmt: skip


def _judged(
    free_fen: int, amount_fen: int, holds: int, limits: dict[str, Any]
) -> Reserved | Refused:
    policy = ReservePolicy(limits["amount_min_fen"], limits["amount_max_fen"])
    return reserve(free_fen, amount_fen, holds, limits["awards_max"], policy)


def rederived_reservation(event: BudgetReserved) -> dict[str, Any]:
    """Whether it fits, again, from the event alone (law 3)."""
    result = _judged(event.free_before_fen, event.amount_fen, event.awards_before, event.evidence)
    return {"amount_fen": result.amount_fen if isinstance(result, Reserved) else None}


def rederived_refusal(event: ReservationRefused) -> dict[str, Any]:
    """Why it does not fit, again, from the event alone (law 3)."""
    result = _judged(event.free_fen, event.amount_fen, event.awards_before, event.evidence)
    reasons = [] if isinstance(result, Reserved) else [plain(r) for r in (result, *result.also)]
    return {"reasons": reasons}
