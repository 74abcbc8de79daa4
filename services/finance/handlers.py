"""Reactions of finance: a recommended award holds its money, a decided one binds or frees it."""

from collections.abc import Iterator

from contracts.event import Event
from contracts.finance import AwardCommitted, ReservationReleased
from contracts.review import AwardDecided, AwardRecommended
from services.chassis.errors import Conflict
from services.chassis.model import Need, reaction
from services.chassis.views import NamedRows
from services.finance.commands import Caps, reservation
from services.finance.rules.accounts import account, natural_fen
from services.finance.rules.reserve import Committed, Hold, commit
from services.finance.store import (
    AWARDS,
    AwardNumbers,
    AwardWord,
    Balance,
    Budget,
    CallTally,
    CallTerms,
    Grant,
)


def _available(call_id: str) -> str:
    return account("budget:available", call_id)


def _reserve_needs(event: AwardRecommended) -> list[Need]:
    return [
        CallTerms.key(event.call_id),
        Budget.key(event.call_id),
        Grant.key(event.application_id),
        AwardWord.key(event.application_id),
        Balance.key(event.call_id, _available(event.call_id)),
        CallTally.key(event.call_id),
        AwardNumbers.key(AWARDS),
    ]


@reaction(AwardRecommended, needs=_reserve_needs)
def hold(event: AwardRecommended, rows: NamedRows, now: str) -> Iterator[Event]:
    """Hold the award's money; before the budget is approved, its approval will."""
    terms, budget = rows.get(CallTerms, event.call_id), rows.get(Budget, event.call_id)
    word, grant = rows.get(AwardWord, event.application_id), rows.get(Grant, event.application_id)
    if terms is None or budget is None or word is None or grant is not None:
        return
    name = _available(event.call_id)
    caps = Caps(
        natural_fen(name, rows.count(Balance, event.call_id, name).signed_fen),
        rows.count(CallTally, event.call_id).holds,
        rows.count(AwardNumbers, AWARDS).given,
    )
    yield reservation(word, terms, budget.awards_max, caps, now)


@reaction(
    AwardDecided, needs=lambda e: [Grant.key(e.application_id), Budget.key(e.call_id)]
)  # fmt: skip
def bind_or_let_go(event: AwardDecided, rows: NamedRows, now: str) -> Iterator[Event]:
    """An award commits at most its hold; any other decision gives the hold back.

    Before the budget is approved nothing is held: its approval holds and binds in one step.

    Raises:
        Conflict: awarded without a hold, or more than it; the event waits for a person.
    """
    grant = rows.get(Grant, event.application_id)
    if event.decision != "awarded":
        if grant is not None and grant.status == "held":
            yield _let_go(event, grant, now)
        return
    if grant is None and rows.get(Budget, event.call_id) is None:
        return
    if grant is None or grant.status in ("refused", "released"):
        raise Conflict(
            "award_not_held",
            f"No money is held for {event.application_id}, yet it is awarded; hold it, then redrive.",
            f"申报 {event.application_id} 已立项但没有预留经费，请先预留再重新处理。",
        )
    if grant.status == "held":
        yield _bound(event, grant, now)


def _let_go(event: AwardDecided, grant: Grant, now: str) -> ReservationReleased:
    return ReservationReleased(
        application_id=event.application_id, call_id=event.call_id, amount_fen=grant.held_fen,
        reason=event.decision, released_at=now,
    )  # fmt: skip


def _bound(event: AwardDecided, grant: Grant, now: str) -> AwardCommitted:
    outcome = commit(Hold(grant.held_fen), event.amount_fen)
    if not isinstance(outcome, Committed):
        raise Conflict(outcome.code, outcome.en, outcome.zh)
    return AwardCommitted(
        application_id=event.application_id, call_id=event.call_id,
        applicant_id=event.applicant_id, amount_fen=outcome.amount_fen, held_fen=grant.held_fen,
        committed_at=now,
    )  # fmt: skip


HANDLERS = (hold, bind_or_let_go)
