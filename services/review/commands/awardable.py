"""What must hold before an award is made: posted and unopposed, still admissible, its money held."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.chassis.errors import Conflict
from services.chassis.views import NamedRows
from services.review.commands.board import standings
from services.review.commands.guards import day_in
from services.review.rules.readiness import Standing
from services.review.store import CallTerms, Objection, Reservation


def may_be_awarded(
    rows: NamedRows, terms: CallTerms, amounts_fen: Mapping[str, int], now: str
) -> None:
    """Every one of these awards may be made now.

    Raises:
        Conflict: the notice still runs or does not list one, an objection stands, one is barred,
            incomplete or open again, or finance does not hold its money.
    """
    call_id, awarded = terms.call_id, set(amounts_fen)
    _notice_over(terms, now)
    _nothing(
        awarded.difference(terms.noticed),
        "not_noticed",
        "The public notice does not list {}; withhold them.",
        "公示名单未列 {}，请列为不予立项。",
    )
    _nothing(
        {o.application_id for o in rows.of(Objection, call_id=call_id) if o.status != "dismissed"}
        & awarded,
        "objection_stands",
        "Objections stand against {}; answer them, or withhold these awards.",
        "{} 存在未处理或成立的异议，请先处理或列为不予立项。",
    )
    ready = {
        c.application_id for c, at in standings(rows, call_id) if at.standing is Standing.READY
    }
    _nothing(
        awarded - ready,
        "not_admissible",
        "{} are no longer both eligible and complete; settle that, or withhold these awards.",
        "{} 的资格或材料审查结论已变动，请先处理或列为不予立项。",
    )
    held_fen = {
        r.application_id: r.amount_fen
        for r in rows.of(Reservation, call_id=call_id)
        if r.status == "held"
    }
    _nothing(
        {a for a, fen in amounts_fen.items() if held_fen.get(a, -1) < fen},
        "money_not_held",
        "Finance holds no money for {}; wait for the reservation or withhold them.",
        "财务尚未为 {} 预留经费，请等待预留完成或列为不予立项。",
    )


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


def _nothing(standing: Iterable[str], code: str, en: str, zh: str) -> None:
    found = sorted(standing)
    extra: dict[str, Any] = {"application_ids": found}
    if found:
        raise Conflict(code, en.format(", ".join(found)), zh.format("、".join(found)), **extra)
