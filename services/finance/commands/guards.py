"""What every command of finance checks first, and how refusals of the rules are told."""

from datetime import date
from typing import Any

from services.chassis.errors import Conflict, Invalid, NotFound, Refused
from services.finance.rules.refusal import Refused as RuleRefused
from services.finance.rules.working_days import civil_day
from services.finance.store import CallTerms, Grant, Tranche

AMOUNT_FEN_MAX = 10**14
"""No single figure is larger (a trillion yuan), so that sums of hundreds still fit a JSON number."""


def known_call(terms: CallTerms | None, call_id: str) -> CallTerms:
    """The call, or NotFound."""
    if terms is None:
        raise NotFound(
            "call_unknown",
            f"Finance has not heard of call {call_id}; publish it in submission first.",
            f"财务服务尚未收到申报通知 {call_id}，请先发布。",
        )
    return terms


def known_grant(grant: Grant | None, application_id: str) -> Grant:
    """The grant with money behind it, or NotFound."""
    if grant is None or grant.status in ("refused", "released"):
        raise NotFound(
            "grant_unknown",
            f"No money is held or committed for application {application_id}.",
            f"申报 {application_id} 没有预留或承诺的经费。",
        )
    return grant


def known_tranche(tranches: list[Tranche], number: int) -> Tranche:
    """The instalment of this number, or NotFound."""
    for tranche in tranches:
        if tranche.tranche_no == number:
            return tranche
    raise NotFound(
        "tranche_unknown",
        f"The agreement has no tranche {number}; it has {len(tranches)}.",
        f"任务书中没有第 {number} 期，共 {len(tranches)} 期。",
    )


def not_after(day: str, now: str, what_en: str, what_zh: str) -> date:
    """The day, which may be today in China and not later."""
    said, today = date.fromisoformat(day), civil_day(now)
    if said > today:
        raise Invalid(
            "day_in_future",
            f"{what_en} on {said}, but today is {today}; give a day that has come.",
            f"{what_zh}日期 {said} 晚于今天 {today}，请填写已到的日期。",
        )
    return said


def two_people(first: str, second: str, what_en: str, what_zh: str) -> None:
    """The second person must be another."""
    if first == second:
        raise Conflict(
            "same_person",
            f"{what_en} needs a second person; {first} cannot do both.",
            f"{what_zh}须由另一人完成，{first} 不能兼任。",
        )


def told(refused: RuleRefused, kind: type[Refused] = Conflict) -> Refused:
    """A refusal of the rules, with all its reasons."""
    reasons = [refused, *refused.also]
    return kind(
        refused.code,
        " ".join(r.en for r in reasons),
        "".join(r.zh for r in reasons),
        reasons=[plain(r) for r in reasons],
    )


def plain(refused: RuleRefused) -> dict[str, Any]:
    """A reason as JSON."""
    return {"code": refused.code, "zh": refused.zh, "en": refused.en}
