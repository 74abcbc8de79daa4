"""What must hold before an award is made: posted and unopposed, still admissible, its money held."""

from collections.abc import Mapping

from services.chassis.errors import Conflict
from services.chassis.views import NamedRows
from services.review.commands.board import standings
from services.review.commands.guards import day_in
from services.review.rules.readiness import Standing
from services.review.store import CallTerms, Objection, Reservation

BLOCKED = {
    "not_noticed": (
        "The public notice does not list {}; withhold them.",
        "公示名单未列 {}，请列为不予立项。",
    ),
    "objection_stands": (
        "Objections stand against {}; answer them, or withhold these awards.",
        "{} 存在未处理或成立的异议，请先处理或列为不予立项。",
    ),
    "not_admissible": (
        "{} are no longer both eligible and complete; settle that, or withhold these awards.",
        "{} 的资格或材料审查结论已变动，请先处理或列为不予立项。",
    ),
    "money_not_held": (
        "Finance holds no money for {}; wait for the reservation or withhold them.",
        "财务尚未为 {} 预留经费，请等待预留完成或列为不予立项。",
    ),
}
"""Why an award may not be made yet, as (en, zh)."""


def may_be_awarded(
    rows: NamedRows, terms: CallTerms, amounts_fen: Mapping[str, int], now: str
) -> None:
    """Every one of these awards may be made now.

    Raises:
        Conflict: the notice still runs or does not list one, an objection stands, one is barred,
            incomplete or open again, or finance does not hold its money.
    """
    _notice_over(terms, now)
    for code, found in _blocked(rows, terms, amounts_fen).items():
        if found:
            en, zh = BLOCKED[code]
            raise Conflict(
                code,
                en.format(", ".join(sorted(found))),
                zh.format("、".join(sorted(found))),
                application_ids=sorted(found),
            )


def _blocked(
    rows: NamedRows, terms: CallTerms, amounts_fen: Mapping[str, int]
) -> dict[str, set[str]]:
    """What stands in the way, and of which awards."""
    call_id, awarded = terms.call_id, set(amounts_fen)
    objections = rows.of(Objection, call_id=call_id)
    ready = {
        c.application_id for c, at in standings(rows, call_id) if at.standing is Standing.READY
    }
    held_fen = {
        r.application_id: r.amount_fen
        for r in rows.of(Reservation, call_id=call_id)
        if r.status == "held"
    }
    return {
        "not_noticed": awarded.difference(terms.noticed),
        "objection_stands": awarded
        & {o.application_id for o in objections if o.status != "dismissed"},
        "not_admissible": awarded - ready,
        "money_not_held": {a for a, fen in amounts_fen.items() if held_fen.get(a, -1) < fen},
    }


def _notice_over(terms: CallTerms, now: str) -> None:
    if terms.notice_ends_on is None:
        raise Conflict(
            "notice_not_posted",
            "The proposed awards are not posted yet; post the public notice first.",
            "拟立项名单尚未公示，请先公示。",
        )
    if day_in(terms, now) <= terms.notice_ends_on:
        raise Conflict(
            "notice_not_over",
            f"The public notice runs until the end of {terms.notice_ends_on}; decide after it.",
            f"公示期至 {terms.notice_ends_on} 结束，请在期满后决定。",
        )
