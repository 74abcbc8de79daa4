"""The command that settles an open tie: a person chooses among equals, within what is left."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contracts.review import AwardRecommended
from services.chassis.errors import Conflict, Invalid
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.review.rules.awards import Status
from services.review.store import Award, Case, SealedRanking


@dataclass(frozen=True, slots=True)
class SettleTie:
    """Recommend some of the applications that the ranking left equal across the line, and say why."""

    call_id: str
    application_ids: tuple[str, ...]
    reason: str
    by: str


def _needs(command: SettleTie) -> list[Need]:
    return [
        SealedRanking.key(command.call_id),
        Award.of(call_id=command.call_id),
        Case.of(call_id=command.call_id),
    ]


@decision(SettleTie, needs=_needs)
def settle_tie(command: SettleTie, rows: NamedRows, now: str) -> Outcome:
    """Settle once; the same choice again is answered the same.

    Raises:
        Conflict: nothing is sealed, nothing is tied, or the tie was settled otherwise.
        Invalid: the choice names others than the tied ones, or does not fit what is left.
    """
    sealed = nothing_sealed_or(rows.get(SealedRanking, command.call_id))
    tied = open_tie(sealed)
    chosen = sorted(set(command.application_ids))
    _only_tied(command, chosen, tied)
    answer = Answer(201, {"call_id": command.call_id, "recommended": chosen})
    awards = {a.application_id: a.state for a in rows.of(Award, call_id=command.call_id)}
    if "recommended" not in awards.values() and awards:
        raise Conflict(
            "already_decided",
            f"The awards of {command.call_id} are decided.",
            f"申报通知 {command.call_id} 的立项已决定。",
        )
    if settled := sorted(set(awards).intersection(tied)):
        if settled != chosen:
            raise Conflict(
                "tie_settled",
                f"The tie was settled for {', '.join(settled)}; that stands.",
                f"同分已决定推荐 {'、'.join(settled)}，不能再改。",
            )
        return answer
    cases = {c.application_id: c for c in rows.of(Case, call_id=command.call_id)}
    _fits(sealed, [cases[a] for a in chosen], tied)
    yield from _recommended(command, sealed, [cases[a] for a in chosen], tied, now)
    return answer


def nothing_sealed_or(sealed: SealedRanking | None) -> SealedRanking:
    """The sealed ranking.

    Raises:
        Conflict: there is none.
    """
    if sealed is None:
        raise Conflict("nothing_sealed", "Seal the ranking first.", "请先封存排名。")
    return sealed


def open_tie(sealed: SealedRanking) -> dict[str, dict[str, Any]]:
    """The outcomes that the ranking left to a person, by application."""
    return {
        outcome["application_id"]: outcome
        for outcome in sealed.selection["outcomes"]
        if outcome["status"] == Status.UNDECIDED
    }


def _only_tied(command: SettleTie, chosen: list[str], tied: dict[str, Any]) -> None:
    if not tied:
        raise Conflict(
            "no_open_tie",
            f"The ranking of {command.call_id} left no tie open.",
            f"申报通知 {command.call_id} 的排名没有待决定的同分。",
        )
    if others := sorted(set(chosen).difference(tied)):
        raise Invalid(
            "not_tied",
            f"{', '.join(others)} are not among the tied: {', '.join(sorted(tied))}.",
            f"{'、'.join(others)} 不在待决定的同分申报之列：{'、'.join(sorted(tied))}。",
        )


def _fits(sealed: SealedRanking, cases: list[Case], tied: dict[str, Any]) -> None:
    """The choice keeps every cap, and chooses nobody who has left."""
    if gone := [c.application_id for c in cases if c.status == "withdrawn"]:
        raise Conflict(
            "withdrawn",
            f"{', '.join(gone)} were withdrawn; choose others.",
            f"{'、'.join(gone)} 已撤回，请另行选择。",
        )
    policy, outcomes = sealed.selection["policy"], sealed.selection["outcomes"]
    places = policy["awards_max"] - sum(o["status"] == Status.AWARDED for o in outcomes)
    wanted_fen = sum(tied[c.application_id]["would_be_fen"] for c in cases)
    free_fen = sealed.selection["free_fen"]
    if len(cases) > places or wanted_fen > free_fen:
        raise Invalid(
            "choice_over_caps",
            f"{len(cases)} awards of {wanted_fen} fen are chosen; "
            f"{places} awards and {free_fen} fen are left.",
            f"所选 {len(cases)} 项共 {wanted_fen} 分；剩余名额 {places} 项、经费 {free_fen} 分。",
        )


def _recommended(
    command: SettleTie, sealed: SealedRanking, cases: list[Case], tied: dict[str, Any], now: str
) -> Iterator[AwardRecommended]:
    for case in cases:
        outcome = tied[case.application_id]
        yield AwardRecommended(
            application_id=case.application_id,
            call_id=case.call_id,
            applicant_id=case.applicant_id,
            applicant_name=case.applicant_name,
            title=case.title,
            rank=outcome["rank"],
            amount_fen=outcome["would_be_fen"],
            ranking_sha256=sealed.ranking_sha256,
            recommended_by=command.by,
            recommended_at=now,
            reason=command.reason,
        )
