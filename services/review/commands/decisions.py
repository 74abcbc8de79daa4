"""The command that decides awards: the owner's last word, on every application of the call at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from contracts.review import AwardDecided
from contracts.values import Reason
from services.chassis.errors import Conflict, Invalid
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.review.commands.awardable import may_be_awarded
from services.review.commands.board import panel_needs, standings
from services.review.commands.guards import known_call
from services.review.commands.ties import nothing_sealed_or, open_tie
from services.review.rules.awards import REASONS
from services.review.rules.readiness import Readiness, Standing
from services.review.store import (
    Award,
    CallTerms,
    Case,
    Objection,
    Papers,
    Reservation,
    SealedRanking,
)

WITHHELD = "withheld"
OUT = {
    "withdrawn": ("申报单位已撤回", "the applicant withdrew"),
    "not_eligible": ("资格审查未通过", "barred by an exclusion"),
    "documents_incomplete": ("申报材料不齐全或逾期", "papers incomplete or late"),
    "eligibility_open": (
        "资格审查无结论，未参加评审",
        "eligibility was not settled in time",
    ),
    "documents_open": (
        "材料审查无结论，未参加评审",
        "the papers were not settled in time",
    ),
    "chosen_among_equals": (
        "同分申报中由主管部门决定立项",
        "equal by rank to others; the owner of the call chose it",
    ),
    "arrived_after_ranking": (
        "申报在排名封存之后才到达评审服务",
        "reached review only after the ranking was sealed",
    ),
    **{code: (text.zh, text.en) for code, text in REASONS.items()},
}
"""Every coded reason of a decision but a person's own, as (zh, en)."""


@dataclass(frozen=True, slots=True)
class DecideAwards:
    """Decide a whole call. `withheld`: not awarded although recommended or tied, with why."""

    call_id: str
    awards_expected: int
    withheld: tuple[tuple[str, str], ...]
    by: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What will be awarded, what a person keeps back and why, and all that was recommended."""

    awarded: frozenset[str]
    withheld: dict[str, str]
    amounts_fen: dict[str, int]


def _needs(command: DecideAwards) -> list[Need]:
    tables = (Award, Objection, Reservation)
    return [
        *panel_needs(command.call_id),
        *(table.of(call_id=command.call_id) for table in tables),
    ]


@decision(DecideAwards, needs=_needs)
def decide_awards(command: DecideAwards, rows: NamedRows, now: str) -> Outcome:
    """Every application gets its decision with reasons; the same again is answered the same.

    Raises:
        Conflict: nothing is sealed, a tie is open, the notice still runs, an award may not be made
            yet, or it was decided otherwise before.
        Invalid: another number of awards than the officer expects, or an unknown id withheld.
    """
    terms = known_call(rows.get(CallTerms, command.call_id), command.call_id)
    sealed = nothing_sealed_or(rows.get(SealedRanking, command.call_id))
    awards = rows.of(Award, call_id=command.call_id)
    if decided := [a for a in awards if a.state != "recommended"]:
        _same(command, decided)
        return Answer(201, _summary(command.call_id, decided))
    standing = standings(rows, command.call_id)
    chosen = _chosen(command, awards, standing, sealed)
    may_be_awarded(rows, terms, {a: chosen.amounts_fen[a] for a in chosen.awarded}, now)
    events = list(_decided(command, rows, sealed, chosen, now))
    yield from events
    return Answer(201, _summary(command.call_id, events))


def _chosen(
    command: DecideAwards,
    awards: Iterable[Award],
    standing: Iterable[tuple[Case, Readiness]],
    sealed: SealedRanking,
) -> Chosen:
    """Everything recommended that still stands, but for what is withheld."""
    withheld, amounts = dict(command.withheld), {a.application_id: a.amount_fen for a in awards}
    tied = open_tie(sealed)
    if len(withheld) < len(command.withheld):
        raise Invalid(
            "withheld_twice", "An application is withheld twice.", "同一申报被重复列为不予立项。"
        )
    if unknown := sorted(set(withheld).difference(amounts, tied)):
        raise Invalid(
            "not_recommended",
            f"{', '.join(unknown)} were not recommended, so they cannot be withheld.",
            f"{'、'.join(unknown)} 未被推荐，不能列为不予立项。",
        )
    if not set(tied) & set(amounts) and (left := sorted(set(tied).difference(withheld))):
        raise Conflict(
            "tie_open",
            f"{', '.join(left)} are tied across the line; settle the tie, or withhold all of them.",
            f"{'、'.join(left)} 同分待定，请先作出决定，或全部列为不予立项。",
            application_ids=left,
        )
    gone = {case.application_id for case, _ in standing if case.status == "withdrawn"}
    chosen = Chosen(frozenset(set(amounts) - set(withheld) - gone), withheld, amounts)
    if len(chosen.awarded) != command.awards_expected:
        raise Invalid(
            "awards_miscounted",
            f"{len(chosen.awarded)} awards would be made, {command.awards_expected} are expected; "
            "look again.",
            f"将立项 {len(chosen.awarded)} 项，与所填 {command.awards_expected} 项不符，请核对。",
            application_ids=sorted(chosen.awarded),
        )
    return chosen


def _decided(
    command: DecideAwards, rows: NamedRows, sealed: SealedRanking, chosen: Chosen, now: str
) -> Iterator[AwardDecided]:
    """One decision each; who withdrew gets one only where money is held for them."""
    outcomes = {o["application_id"]: o for o in sealed.selection["outcomes"]}
    papers = {p.application_id: p for p in rows.of(Papers, call_id=command.call_id)}
    for case, at in standings(rows, command.call_id):
        application_id = case.application_id
        if case.status == "withdrawn" and application_id not in chosen.amounts_fen:
            continue
        outcome = outcomes.get(application_id)
        verdict, reasons = _word(case, at, outcome, sealed, chosen)
        if "documents_incomplete" in {r.code for r in reasons} and application_id in papers:
            reasons += [Reason(**r) for r in papers[application_id].reasons]
        yield AwardDecided(
            application_id=application_id,
            call_id=command.call_id,
            applicant_id=case.applicant_id,
            decision=verdict,
            amount_fen=chosen.amounts_fen[application_id] if verdict == "awarded" else 0,
            rank=(outcome["rank"] or 0) if outcome else 0,
            reasons=tuple(reasons),
            decided_by=command.by,
            decided_at=now,
        )


Verdict = Literal["awarded", "not_awarded", "reserve"]


def _word(
    case: Case,
    at: Readiness,
    outcome: dict[str, Any] | None,
    sealed: SealedRanking,
    chosen: Chosen,
) -> tuple[Verdict, list[Reason]]:
    """The decision on one application and why."""
    application_id = case.application_id
    status = outcome["status"] if outcome else ""
    if application_id in chosen.awarded:
        return "awarded", [_of("within_caps" if status == "awarded" else "chosen_among_equals")]
    if application_id in chosen.withheld:
        why = chosen.withheld[application_id]
        return "not_awarded", [Reason(code=WITHHELD, zh=why, en=why)]
    if outcome is None or at.standing is Standing.OUT:
        left_out = sealed.left_out.get(application_id, ["arrived_after_ranking"])
        return "not_awarded", [_of(code) for code in at.reasons or left_out]
    reasons = [_of(code) for code in outcome["reasons"]]
    return ("reserve" if status == "reserve" else "not_awarded"), reasons


def _of(code: str) -> Reason:
    zh, en = OUT[code]
    return Reason(code=code, zh=zh, en=en)


def _same(command: DecideAwards, decided: Iterable[Award]) -> None:
    """Decided before: the same number of awards, and the same withheld for the same reasons."""
    awarded = sum(a.state == "awarded" for a in decided)
    kept = {a.application_id: r["zh"] for a in decided for r in a.reasons if r["code"] == WITHHELD}
    if (awarded, kept) != (command.awards_expected, dict(command.withheld)):
        raise Conflict(
            "already_decided",
            f"The awards of {command.call_id} are decided: {awarded} made, {len(kept)} withheld.",
            f"申报通知 {command.call_id} 的立项已决定：立项 {awarded} 项，不予立项 {len(kept)} 项。",
        )


def _summary(call_id: str, decided: Iterable[AwardDecided | Award]) -> dict[str, Any]:
    lines = [
        {
            "application_id": d.application_id,
            "decision": d.state if isinstance(d, Award) else d.decision,
            "amount_fen": d.amount_fen,
        }
        for d in decided
    ]
    awarded = [line for line in lines if line["decision"] == "awarded"]
    return {
        "call_id": call_id,
        "awarded": len(awarded),
        "awarded_fen": sum(line["amount_fen"] for line in awarded),
        "decisions": sorted(lines, key=lambda line: line["application_id"]),
    }
