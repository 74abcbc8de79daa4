"""Commands about a call's budget: one person enters it, another approves, waiting awards follow."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.event import Event
from contracts.finance import AwardCommitted, BudgetApproved, BudgetReserved
from services.chassis.errors import Conflict, NotFound
from services.chassis.model import Answer, Outcome, Save, decision
from services.chassis.views import NamedRows
from services.finance.commands.guards import known_call, two_people
from services.finance.commands.reservations import Caps, reservation
from services.finance.store import (
    AWARDS,
    AwardNumbers,
    AwardWord,
    Budget,
    BudgetDraft,
    CallTerms,
    Grant,
)


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


@decision(
    EnterBudget,
    needs=lambda c: [
        CallTerms.key(c.call_id), Budget.key(c.call_id), BudgetDraft.key(c.call_id)
    ],
)  # fmt: skip
def enter_budget(command: EnterBudget, rows: NamedRows, now: str) -> Outcome:
    """The figure is entered on its own, never derived from count × amount.

    Raises:
        NotFound: finance does not know the call. Conflict: another figure is approved already.
    """
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    approved = rows.get(Budget, command.call_id)
    if approved is not None and approved.amount_fen != command.amount_fen:
        raise _approved_already()
    if approved is None:
        yield Save(
            BudgetDraft(
                call_id=command.call_id, amount_fen=command.amount_fen, entered_by=command.by,
                entered_at=now,
            )
        )  # fmt: skip
    return Answer(
        201, {"call_id": command.call_id, "amount_fen": command.amount_fen, "status": "entered"}
    )


def _approved_already() -> Conflict:
    return Conflict(
        "budget_approved",
        "The budget of this call is approved already, with another figure; it stands.",
        "该项目预算已按其他金额批准，不能更改。",
    )


@decision(
    ApproveBudget,
    needs=lambda c: [
        CallTerms.key(c.call_id), Budget.key(c.call_id), BudgetDraft.key(c.call_id),
        AwardWord.of(call_id=c.call_id), Grant.of(call_id=c.call_id), AwardNumbers.key(AWARDS),
    ],
)  # fmt: skip
def approve_budget(command: ApproveBudget, rows: NamedRows, now: str) -> Outcome:
    """A second person approves the very figure that was entered.

    Raises:
        NotFound: nothing was entered. Conflict: the same person, or another figure.
    """
    terms = known_call(rows.get(CallTerms, command.call_id), command.call_id)
    approved = rows.get(Budget, command.call_id)
    if approved is not None and approved.amount_fen != command.amount_fen:
        raise _approved_already()
    if approved is None:
        draft = _may_approve(command, rows.get(BudgetDraft, command.call_id))
        yield BudgetApproved(
            call_id=command.call_id, amount_fen=command.amount_fen,
            awards_max=terms.quota["awards_max"], tranches=tuple(terms.tranches),
            entered_by=draft.entered_by, approved_by=command.by, approved_at=now,
        )  # fmt: skip
        yield from _waiting(command, terms, rows, now)
    return Answer(
        201, {"call_id": command.call_id, "amount_fen": command.amount_fen, "status": "approved"}
    )


def _may_approve(command: ApproveBudget, draft: BudgetDraft | None) -> BudgetDraft:
    if draft is None:
        raise NotFound("budget_not_entered", "Enter the budget first.", "请先录入预算。")
    two_people(draft.entered_by, command.by, "Approving a budget", "批准预算")
    if draft.amount_fen != command.amount_fen:
        raise Conflict(
            "budget_differs",
            f"{draft.amount_fen} fen were entered, {command.amount_fen} are approved; look again.",
            f"录入金额为 {draft.amount_fen} 分，与批准金额 {command.amount_fen} 分不符。",
        )
    return draft


def _waiting(
    command: ApproveBudget, terms: CallTerms, rows: NamedRows, now: str
) -> Iterator[Event]:
    """Awards that came before the budget are served now, in order of rank, whatever came first."""
    known = {g.application_id for g in rows.of(Grant, call_id=command.call_id)}
    words = [w for w in rows.of(AwardWord, call_id=command.call_id) if w.waits]
    caps = Caps(command.amount_fen, 0, rows.count(AwardNumbers, AWARDS).given)
    for word in sorted(words, key=lambda w: (w.rank, w.application_id)):
        if word.application_id in known:
            continue
        event = reservation(word, terms, terms.quota["awards_max"], caps, now)
        yield event
        if not isinstance(event, BudgetReserved):
            continue
        caps = caps.after(event.amount_fen)
        if word.state == "awarded":
            yield AwardCommitted(
                application_id=word.application_id, call_id=word.call_id,
                applicant_id=word.applicant_id, amount_fen=event.amount_fen,
                held_fen=event.amount_fen, committed_at=now,
            )  # fmt: skip
