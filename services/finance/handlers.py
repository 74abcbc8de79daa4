"""Reactions of finance: a recommended award holds its money, a decided one binds it or lets it go."""

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
from services.finance.store import AwardWord, Balance, Budget, CallTally, CallTerms, Grant


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
    ]


@reaction(AwardRecommended, needs=_reserve_needs)
def hold(event: AwardRecommended, rows: NamedRows, now: str) -> Iterator[Event]:
    """Hold the award's money; before the budget is approved, its approval will."""
    terms, budget = rows.get(CallTerms, event.call_id), rows.get(Budget, event.call_id)
    word = rows.get(AwardWord, event.application_id)
    if terms is None or budget is None or word is None or rows.get(Grant, event.application_id):
        return
    tally = rows.count(CallTally, event.call_id)
    name = _available(event.call_id)
    free = natural_fen(name, rows.count(Balance, event.call_id, name).signed_fen)
    yield reservation(word, terms, budget.awards_max, Caps(free, tally.holds, tally.numbered), now)


@reaction(AwardDecided, needs=lambda e: [Grant.key(e.application_id)])
def bind_or_let_go(event: AwardDecided, rows: NamedRows, now: str) -> Iterator[Event]:
    """An award commits at most its hold; any other decision gives the hold back.

    Raises:
        Conflict: awarded more than is held; the event waits for a person.
    """
    grant = rows.get(Grant, event.application_id)
    if grant is None or grant.status != "held":
        return
    if event.decision != "awarded":
        yield ReservationReleased(
            application_id=event.application_id, call_id=event.call_id, amount_fen=grant.held_fen,
            reason=event.decision, released_at=now,
        )  # fmt: skip
        return
    outcome = commit(Hold(grant.held_fen), event.amount_fen)
    if not isinstance(outcome, Committed):
        raise Conflict(outcome.code, outcome.en, outcome.zh)
    yield AwardCommitted(
        application_id=event.application_id, call_id=event.call_id,
        applicant_id=event.applicant_id, amount_fen=outcome.amount_fen, held_fen=grant.held_fen,
        committed_at=now,
    )  # fmt: skip


HANDLERS = (hold, bind_or_let_go)
