"""Folds of other services' events: what a call says about money, and review's word on awards."""

from contracts.review import AwardDecided, AwardRecommended
from contracts.submission import CallAmended, CallPublished
from services.chassis.model import fold
from services.chassis.views import FoldRows
from services.finance.store import AwardWord, CallTerms


def _terms(event: CallPublished | CallAmended) -> CallTerms:
    return CallTerms(
        call_id=event.call_id,
        quota=event.call["quota"],
        amount=event.call["amount"],
        tranches=event.call["tranches"],
        calendar=event.call["calendar"],
    )


@fold(CallPublished, into=[CallTerms])
def call_published(event: CallPublished, rows: FoldRows) -> None:
    rows.put(_terms(event))


@fold(CallAmended, into=[CallTerms])
def call_amended(event: CallAmended, rows: FoldRows) -> None:
    rows.put(_terms(event))


@fold(AwardRecommended, into=[AwardWord])
def award_recommended(event: AwardRecommended, rows: FoldRows) -> None:
    """The first word; said again it takes nothing back that was decided since."""
    if rows.get(AwardWord, event.application_id) is not None:
        return
    rows.put(
        AwardWord(
            application_id=event.application_id, call_id=event.call_id,
            applicant_id=event.applicant_id, state="recommended",
            amount_fen=event.amount_fen, rank=event.rank,
        )
    )  # fmt: skip


@fold(AwardDecided, into=[AwardWord])
def award_decided(event: AwardDecided, rows: FoldRows) -> None:
    rows.put(
        AwardWord(
            application_id=event.application_id, call_id=event.call_id,
            applicant_id=event.applicant_id, state=event.decision,
            amount_fen=event.amount_fen, rank=event.rank,
        )
    )  # fmt: skip


FOLDS = (call_published, call_amended, award_recommended, award_decided)
