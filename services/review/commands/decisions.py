"""The command that decides awards: the owner's last word, on every application of the call at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from contracts.review import AwardDecided
from contracts.values import Reason
from services.chassis.errors import Conflict, Invalid
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.review.commands.guards import known_call
from services.review.commands.panels import panel_needs, standings
from services.review.rules.awards import REASONS
from services.review.store import (
    Award,
    CallTerms,
    Case,
    Objection,
    Papers,
    Reservation,
    SealedRanking,
)

OUT = {
    "withdrawn": Reason(code="withdrawn", zh="申报单位已撤回", en="the applicant withdrew"),
    "not_eligible": Reason(code="not_eligible", zh="资格审查未通过", en="barred by an exclusion"),
    "documents_incomplete": Reason(
        code="documents_incomplete", zh="申报材料不齐全或逾期", en="papers incomplete or late"
    ),
    "eligibility_open": Reason(
        code="eligibility_open", zh="资格审查无结论，未参加评审", en="eligibility was not settled in time"
    ),
    "documents_open": Reason(
        code="documents_open", zh="材料审查无结论，未参加评审", en="the papers were not settled in time"
    ),
}


@dataclass(frozen=True, slots=True)
class DecideAwards:
    """Decide a whole call. `withheld`: recommended applications not awarded after all, with why."""

    call_id: str
    awards_expected: int
    withheld: tuple[tuple[str, str], ...]
    by: str


def _needs(command: DecideAwards) -> list[Need]:
    tables = (Award, Objection, Reservation)
    return [
        *panel_needs(command.call_id),
        SealedRanking.key(command.call_id),
        *(table.of(call_id=command.call_id) for table in tables),
    ]


@decision(DecideAwards, needs=_needs)
def decide_awards(command: DecideAwards, rows: NamedRows, now: str) -> Outcome:
    """Every application gets its decision with reasons; deciding again is answered the same.

    Raises:
        Conflict: nothing is sealed, the notice still runs, an objection is open, money is not held.
        Invalid: another number of awards than the officer expects, or an unknown id withheld.
    """
    terms = known_call(rows.get(CallTerms, command.call_id), command.call_id)
    sealed = rows.get(SealedRanking, command.call_id)
    awards = {a.application_id: a for a in rows.of(Award, call_id=command.call_id)}
    if sealed is None:
        raise Conflict("nothing_sealed", "Seal the ranking first.", "请先封存排名。")
    if any(a.state != "recommended" for a in awards.values()):
        return Answer(201, _summary(command.call_id, awards.values()))
    chosen = {a for a in awards if a not in dict(command.withheld)}
    _expected(command, awards, chosen)
    _notice_over(terms, now)
    _unobjected(rows, command.call_id, chosen)
    _held(rows, command.call_id, chosen)
    decided = list(_decided(command, rows, sealed, chosen, now))
    yield from decided
    return Answer(201, _summary(command.call_id, decided))


def _decided(
    command: DecideAwards, rows: NamedRows, sealed: SealedRanking, chosen: set[str], now: str
) -> Iterator[AwardDecided]:
    outcomes = {o["application_id"]: o for o in sealed.selection["outcomes"]}
    papers = {p.application_id: p for p in rows.of(Papers, call_id=command.call_id)}
    for case, at in standings(rows, command.call_id):
        if case.status == "withdrawn":
            continue
        outcome = outcomes.get(case.application_id)
        verdict, reasons = _word(case, outcome, at.reasons, chosen, dict(command.withheld))
        if "documents_incomplete" in at.reasons and case.application_id in papers:
            reasons += [Reason(**r) for r in papers[case.application_id].reasons]
        yield AwardDecided(
            application_id=case.application_id, call_id=command.call_id,
            applicant_id=case.applicant_id, decision=verdict,
            amount_fen=outcome["granted_fen"] if outcome and verdict == "awarded" else 0,
            rank=(outcome["rank"] or 0) if outcome else 0, reasons=tuple(reasons),
            decided_by=command.by, decided_at=now,
        )  # fmt: skip


def _word(
    case: Case, outcome: dict[str, Any] | None, standing: Iterable[str], chosen: set[str], withheld: dict[str, str]
) -> tuple[Any, list[Reason]]:
    if outcome is None:
        return "not_awarded", [OUT[code] for code in standing] or [_of("too_few_reviews")]
    if case.application_id in withheld:
        why = withheld[case.application_id]
        return "not_awarded", [Reason(code="withheld", zh=why, en=why)]
    reasons = [_of(code) for code in outcome["reasons"]]
    if case.application_id in chosen:
        return "awarded", reasons
    return ("reserve" if outcome["status"] == "reserve" else "not_awarded"), reasons


def _of(code: str) -> Reason:
    return Reason(code=code, zh=REASONS[code].zh, en=REASONS[code].en)


def _expected(command: DecideAwards, awards: dict[str, Award], chosen: set[str]) -> None:
    if unknown := sorted(set(dict(command.withheld)) - set(awards)):
        raise Invalid(
            "not_recommended",
            f"{', '.join(unknown)} were not recommended, so they cannot be withheld.",
            f"{'、'.join(unknown)} 未被推荐，不能列为不予立项。",
        )
    if len(chosen) != command.awards_expected:
        raise Invalid(
            "awards_miscounted",
            f"{len(chosen)} awards would be made, {command.awards_expected} are expected; look again.",
            f"将立项 {len(chosen)} 项，与所填 {command.awards_expected} 项不符，请核对。",
            application_ids=sorted(chosen),
        )


def _notice_over(terms: CallTerms, now: str) -> None:
    if terms.notice_ends_on is None or now[:10] <= terms.notice_ends_on:
        until = terms.notice_ends_on or "it is posted"
        raise Conflict(
            "notice_not_over",
            f"The public notice runs until the end of {until}; decide after it.",
            "公示尚未发布或尚未期满，请在公示期满后决定。",
        )


def _unobjected(rows: NamedRows, call_id: str, chosen: set[str]) -> None:
    held = sorted(
        o.application_id
        for o in rows.of(Objection, call_id=call_id)
        if o.application_id in chosen and o.status != "dismissed"
    )
    if held:
        raise Conflict(
            "objection_stands",
            f"Objections stand against {', '.join(held)}; answer them, or withhold these awards.",
            f"{'、'.join(held)} 存在未处理或成立的异议，请先处理或列为不予立项。",
        )


def _held(rows: NamedRows, call_id: str, chosen: set[str]) -> None:
    holds = {r.application_id for r in rows.of(Reservation, call_id=call_id) if r.status == "held"}
    if lacking := sorted(chosen - holds):
        raise Conflict(
            "money_not_held",
            f"Finance holds no money for {', '.join(lacking)}; wait for the reservation or withhold them.",
            f"财务尚未为 {'、'.join(lacking)} 预留经费，请等待预留完成或列为不予立项。",
        )


def _summary(call_id: str, decided: Iterable[Any]) -> dict[str, Any]:
    lines = [
        {"application_id": d.application_id, "decision": getattr(d, "decision", None) or d.state,
         "amount_fen": d.amount_fen}
        for d in decided
    ]  # fmt: skip
    awarded = [line for line in lines if line["decision"] == "awarded"]
    return {
        "call_id": call_id,
        "awarded": len(awarded),
        "awarded_fen": sum(line["amount_fen"] for line in awarded),
        "decisions": sorted(lines, key=lambda line: line["application_id"]),
    }
