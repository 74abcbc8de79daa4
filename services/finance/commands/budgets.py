"""Commands about a call's budget: entered by one person, approved by another; waiting awards get theirs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contracts.event import Event
from contracts.finance import BudgetApproved, BudgetReserved, ReservationRefused
from contracts.values import Reason
from services.chassis.errors import Conflict, NotFound
from services.chassis.model import Answer, Outcome, Save, decision
from services.chassis.views import NamedRows
from services.finance.commands.guards import known_call, plain, two_people
from services.finance.rules.reserve import Reserved, ReservePolicy, reserve
from services.finance.store import AwardWord, Budget, BudgetDraft, CallTerms, Grant


@dataclass(frozen=True, slots=True)
class EnterBudget:
    """Enter the authority of a call; it counts once another person approved it."""

    call_id: str
    amount_fen: int
    by: str


@dataclass(frozen=True, slots=True)
class ApproveBudget:
    """Approve what was entered, naming the same figure."""

    call_id: str
    amount_fen: int
    by: str


@dataclass(frozen=True, slots=True)
class Caps:
    """What is free under a call, and how many awards hold money."""

    free_fen: int
    holds: int
    numbered: int


@decision(
    EnterBudget,
    needs=lambda c: [
        CallTerms.key(c.call_id), Budget.key(c.call_id), BudgetDraft.key(c.call_id)
    ],
)  # fmt: skip
def enter_budget(command: EnterBudget, rows: NamedRows, now: str) -> Outcome:
    """The figure is entered on its own, never derived from count × amount."""
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    if rows.get(Budget, command.call_id) is not None:
        raise Conflict(
            "budget_approved", "The budget of this call is approved already.", "该项目预算已经批准。"
        )
    yield Save(
        BudgetDraft(
            call_id=command.call_id, amount_fen=command.amount_fen, entered_by=command.by, entered_at=now
        )
    )
    return Answer(201, {"call_id": command.call_id, "amount_fen": command.amount_fen, "status": "entered"})


@decision(
    ApproveBudget,
    needs=lambda c: [
        CallTerms.key(c.call_id), Budget.key(c.call_id), BudgetDraft.key(c.call_id),
        AwardWord.of(call_id=c.call_id), Grant.of(call_id=c.call_id),
    ],
)  # fmt: skip
def approve_budget(command: ApproveBudget, rows: NamedRows, now: str) -> Outcome:
    """A second person approves the very figure that was entered.

    Raises:
        NotFound: nothing was entered. Conflict: the same person, or another figure.
    """
    terms = known_call(rows.get(CallTerms, command.call_id), command.call_id)
    answer = Answer(201, {"call_id": command.call_id, "amount_fen": command.amount_fen, "status": "approved"})
    approved = rows.get(Budget, command.call_id)
    draft = rows.get(BudgetDraft, command.call_id)
    if approved is not None and approved.amount_fen == command.amount_fen:
        return answer
    _may_approve(command, draft, approved)
    assert draft is not None
    yield BudgetApproved(
        call_id=command.call_id, amount_fen=command.amount_fen, awards_max=terms.quota["awards_max"],
        tranches=tuple(terms.tranches), entered_by=draft.entered_by, approved_by=command.by,
        approved_at=now,
    )  # fmt: skip
    yield from _waiting(command, terms, rows, now)
    return answer


def _may_approve(command: ApproveBudget, draft: BudgetDraft | None, approved: Budget | None) -> None:
    if approved is not None:
        raise Conflict(
            "budget_approved", "The budget of this call is approved already.", "该项目预算已经批准。"
        )
    if draft is None:
        raise NotFound("budget_not_entered", "Enter the budget first.", "请先录入预算。")
    two_people(draft.entered_by, command.by, "Approving a budget", "批准预算")
    if draft.amount_fen != command.amount_fen:
        raise Conflict(
            "budget_differs",
            f"{draft.amount_fen} fen were entered, {command.amount_fen} are approved; look again.",
            f"录入金额为 {draft.amount_fen} 分，与批准金额 {command.amount_fen} 分不符。",
        )


def _waiting(
    command: ApproveBudget, terms: CallTerms, rows: NamedRows, now: str
) -> Iterator[Event]:
    """Awards recommended before the budget was approved are served now, in order of rank."""
    known = {g.application_id for g in rows.of(Grant, call_id=command.call_id)}
    words = [w for w in rows.of(AwardWord, call_id=command.call_id) if w.state == "recommended"]
    caps = Caps(command.amount_fen, 0, 0)
    for word in sorted(words, key=lambda w: (w.rank, w.application_id)):
        if word.application_id not in known:
            event = reservation(word, terms, terms.quota["awards_max"], caps, now)
            yield event
            if isinstance(event, BudgetReserved):
                caps = Caps(caps.free_fen - event.amount_fen, caps.holds + 1, caps.numbered + 1)


def reservation(
    word: AwardWord, terms: CallTerms, awards_max: int, caps: Caps, now: str
) -> BudgetReserved | ReservationRefused:
    """Whether a recommended award fits both caps, with the figures it was judged by."""
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
    reasons = tuple(Reason(**plain(r)) for r in (result, *result.also))
    return ReservationRefused(
        application_id=word.application_id, call_id=word.call_id, amount_fen=word.amount_fen,
        free_fen=caps.free_fen, awards_before=caps.holds, reasons=reasons, evidence=limits,
        refused_at=now,
    )  # fmt: skip


def _judged(free_fen: int, amount_fen: int, holds: int, limits: dict[str, Any]) -> Any:
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
