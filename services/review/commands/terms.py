"""Whether review can work with a call, found out when the call arrives and not when it is needed."""

from collections.abc import Iterator
from datetime import datetime

from contracts.submission import CallAmended, CallPublished
from services.chassis.errors import Invalid
from services.review.commands.reading import (
    aggregation_of,
    criteria_of,
    panel_policy_of,
    ranking_policy_of,
    selection_policy_of,
)
from services.review.rules.awards import selection_problems
from services.review.rules.panels import policy_problems
from services.review.rules.problems import Problem
from services.review.rules.scores import aggregation_problems
from services.review.rules.sheets import criteria_problems
from services.review.rules.tie_breaks import chain_problems
from services.review.store import CallTerms


def terms_of(event: CallPublished | CallAmended) -> CallTerms:
    """What a version of a call says about review and awards.

    Raises:
        Invalid: something is missing or contradicts itself; every problem is named.
    """
    terms, found = _read(event)
    if terms is None or found:
        raise Invalid(
            "call_unreadable",
            f"Review cannot work with call {event.call_id}: {'; '.join(found)} "
            "Publish a version that is mended, then discard this record.",
            f"评审服务无法使用申报通知 {event.call_id}，请修订后重新发布。",
        )
    return terms


def _read(event: CallPublished | CallAmended) -> tuple[CallTerms | None, list[str]]:
    """The terms as far as they can be read, and everything that is wrong with them."""
    call = event.call
    try:
        terms = CallTerms(
            call_id=event.call_id,
            call_version=event.call_version,
            review=call["review"],
            quota=call["quota"],
            amount=call["amount"],
            budget_fen=call["budget"]["total_fen"],
            closes_before=call["window"]["closes_before"],
        )
        return terms, [f"{p.where}: {p.text.en}" for p in _problems(terms)]
    except (LookupError, TypeError, ValueError, AttributeError) as unreadable:
        return None, [f"{type(unreadable).__name__}: {unreadable}"]


def _problems(terms: CallTerms) -> Iterator[Problem]:
    if datetime.fromisoformat(terms.closes_before).tzinfo is None:
        raise ValueError("window.closes_before has no offset")
    yield from criteria_problems(criteria_of(terms))
    yield from aggregation_problems(aggregation_of(terms))
    yield from policy_problems(panel_policy_of(terms))
    yield from selection_problems(selection_policy_of(terms))
    yield from chain_problems(ranking_policy_of(terms), "a seed")
