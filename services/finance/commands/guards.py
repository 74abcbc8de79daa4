"""What every command of finance checks first, and how refusals of the rules are told."""

from typing import Any

from services.chassis.errors import Conflict, Invalid, NotFound, Refused
from services.finance.rules.refusal import Refused as RuleRefused
from services.finance.store import CallTerms, Grant


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


def invalid(code: str, en: str, zh: str, **extra: Any) -> Invalid:
    """A request that can be read but not taken."""
    return Invalid(code, en, zh, **extra)
