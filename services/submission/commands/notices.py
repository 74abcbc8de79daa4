"""The public notice of proposed awards: posted once, its last day from the call's calendar."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.submission import ProposedAward, ResultNoticePublished
from services.chassis.errors import Conflict
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.submission.commands.guards import in_force, known
from services.submission.rules.call import CalendarDoesNotCover
from services.submission.rules.notice import Proposal, listed, notice_is_whole
from services.submission.rules.terms import CallTerms
from services.submission.store import Application, Call, Recommendation, ResultNotice, SealedRanking


@dataclass(frozen=True, slots=True)
class PostNotice:
    """Post the proposed awards, as many as the officer signed off.

    Services hear of each other late: a notice must not go out while part of the list is on its way.
    """

    call_id: str
    awards_expected: int
    actor_id: str


def _post_needs(command: PostNotice) -> Iterable[Need]:
    return (
        Call.key(command.call_id),
        ResultNotice.key(command.call_id),
        SealedRanking.key(command.call_id),
        Recommendation.of(call_id=command.call_id),
    )


def _post_then(command: PostNotice, rows: NamedRows) -> Iterable[Need]:
    recommended = rows.of(Recommendation, call_id=command.call_id)
    return [Application.key(one.application_id) for one in recommended]


@decision(PostNotice, needs=_post_needs, then=_post_then)
def post(command: PostNotice, rows: NamedRows, now: str) -> Outcome:
    """The notice lists what the sealed ranking recommends, for the call's working days."""
    call = known(rows.get(Call, command.call_id), command.call_id)
    posted = rows.get(ResultNotice, command.call_id)
    if posted is not None:
        return _same_notice(command, posted)
    lines = _lines(command, rows, call)
    terms = in_force(call)
    posted_on = terms.day_of(now)
    ends_on = _ends_on(terms, posted_on)
    event = ResultNoticePublished(
        call_id=call.call_id,
        awards=tuple(_award(line) for line in lines),
        working_days=terms.call.notice_working_days,
        posted_on=posted_on,
        ends_on=ends_on,
        published_by=command.actor_id,
        published_at=now,
    )
    yield event
    return Answer(201, event.model_dump(mode="json"))


def notice_document(row: ResultNotice) -> dict[str, object]:
    """A notice as the public reads it."""
    return {
        "call_id": row.call_id,
        "awards": row.awards,
        "working_days": row.working_days,
        "posted_on": row.posted_on,
        "ends_on": row.ends_on,
        "published_by": row.published_by,
        "published_at": row.published_at,
    }


def _ends_on(terms: CallTerms, posted_on: str) -> str:
    try:
        return terms.notice_ends_on(posted_on)
    except CalendarDoesNotCover as unknown:
        raise Conflict(
            "calendar_ends",
            f"{unknown} Amend the call with it, then post the notice.",
            f"工作日历不含 {unknown.day}，无法计算公示截止日；"
            "请先修订申报通知，补充该年度的放假安排。",
            day=unknown.day.isoformat(),
        ) from unknown


def _same_notice(command: PostNotice, posted: ResultNotice) -> Answer:
    if len(posted.awards) != command.awards_expected:
        raise Conflict(
            "notice_posted",
            f"A notice of {len(posted.awards)} awards stands since {posted.posted_on} until "
            f"{posted.ends_on}.",
            f"已公示 {len(posted.awards)} 项，公示期 {posted.posted_on} 至 {posted.ends_on}。",
        )
    return Answer(201, notice_document(posted))


def _lines(command: PostNotice, rows: NamedRows, call: Call) -> tuple[Proposal, ...]:
    if call.status == "open":
        raise Conflict(
            "call_open",
            f"Call {call.call_id} is still open; close it before results are posted.",
            f"申报通知 {call.call_id} 尚未关闭，关闭后方可公示。",
        )
    sealed = rows.get(SealedRanking, command.call_id)
    if sealed is None:
        raise Conflict(
            "ranking_not_sealed",
            f"No sealed ranking of call {call.call_id} is known here; "
            "seal it in review, or wait a moment.",
            f"尚未收到申报通知 {call.call_id} 的封存排名；请先在评审系统中封存，或稍后再试。",
        )
    lines = listed(_proposals(command, rows), sealed.ranking_sha256)
    if found := notice_is_whole(lines, command.awards_expected):
        first = found[0]
        raise Conflict(first.code, first.en, first.zh, problems=[p.document() for p in found])
    return lines


def _proposals(command: PostNotice, rows: NamedRows) -> Iterable[Proposal]:
    for one in rows.of(Recommendation, call_id=command.call_id):
        application = rows.get(Application, one.application_id)
        yield Proposal(
            application_id=one.application_id,
            applicant_name=one.applicant_name,
            title=one.title,
            amount_fen=one.amount_fen,
            rank=one.rank,
            ranking_sha256=one.ranking_sha256,
            withdrawn=application is None or application.withdrawn_at is not None,
        )


def _award(line: Proposal) -> ProposedAward:
    return ProposedAward(
        application_id=line.application_id,
        applicant_name=line.applicant_name,
        title=line.title,
        amount_fen=line.amount_fen,
    )
