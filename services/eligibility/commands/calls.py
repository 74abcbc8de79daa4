"""What a call says about eligibility, read when the call arrives and not when it is needed."""

from datetime import date, datetime

from contracts.submission import CallAmended, CallPublished
from services.chassis.errors import Invalid
from services.eligibility.rules import Unreadable, criteria_from_pack
from services.eligibility.store import CallCriteria


def criteria_of(event: CallPublished | CallAmended) -> CallCriteria:
    """The rule pack and the dates of one version of a call.

    Raises:
        Invalid: a rule or a date cannot be read; every problem is named.
    """
    try:
        row = CallCriteria(
            call_id=event.call_id,
            call_version=event.call_version,
            published_on=event.call["published_on"],
            closes_before=event.call["window"]["closes_before"],
            rule_pack=event.call["rule_pack"],
        )
        criteria_from_pack(row.rule_pack)
        date.fromisoformat(row.published_on)
        offset = datetime.fromisoformat(row.closes_before).tzinfo
    except Unreadable as unreadable:
        raise _refusal(event, str(unreadable)) from None
    except (LookupError, TypeError, ValueError, AttributeError) as unreadable:
        raise _refusal(event, f"{type(unreadable).__name__}: {unreadable}") from None
    if offset is None:
        raise _refusal(event, "/window/closes_before has no offset")
    return row


def _refusal(event: CallPublished | CallAmended, why: str) -> Invalid:
    return Invalid(
        "call_unreadable",
        f"Eligibility cannot judge by version {event.call_version} of call {event.call_id}: {why}. "
        "Publish a version that is mended, then discard this record.",
        f"资格审查服务无法使用申报通知 {event.call_id} 第 {event.call_version} 版，请修订后重新发布。",
    )
