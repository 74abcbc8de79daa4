"""Notification over HTTP: what was said to whom, whether it arrived, and how it reads."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query

from services.chassis.errors import Invalid, NotFound
from services.chassis.gate import Gate
from services.notification.clients import sources_of
from services.notification.rules.mail import LetterUnreadable, render
from services.notification.store import message_of, messages_after

router = APIRouter(tags=["messages"])


@router.get("/v1/messages")
async def list_messages(
    gate: Gate,
    about: Annotated[str, Query(max_length=128)] = "",
    recipient: Annotated[str, Query(max_length=254)] = "",
    state: Literal["", "queued", "sent", "failed"] = "",
    after: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Messages in the order queued; `next` is the `after` of the next page."""
    gate.allow("officer", "operator")
    wanted = {"about": about, "recipient": recipient, "state": state}
    filters = {name: value for name, value in wanted.items() if value}
    async with gate.query() as session:
        found = await messages_after(session, filters, _cursor(after), limit)
    last = found[-1] if len(found) == limit else None
    return {
        "messages": [_body(m) for m in found],
        "next": f"{last.queued_ms}.{last.message_id}" if last else None,
    }


@router.get("/v1/messages/{message_id}")
async def read_message(
    message_id: Annotated[str, Path(min_length=1, max_length=128)], gate: Gate
) -> dict[str, Any]:
    """One message with the text its reader sees."""
    gate.allow("officer", "operator")
    async with gate.query() as session:
        message = await message_of(session, message_id)
    if message is None:
        raise NotFound(
            "message_unknown",
            "There is no message with this id; find it in GET /v1/messages.",
            "没有此编号的消息；请在 GET /v1/messages 中查找。",
        )
    return {**_body(message), "values": message.content, "preview": _preview(message)}


def _preview(message: Any) -> dict[str, str]:
    try:
        mail = render(sources_of(message.template), message.content)
    except (LetterUnreadable, FileNotFoundError) as bad:
        return {"subject": "", "text": "", "fault": str(bad)}
    return {"subject": mail.subject, "text": mail.text, "fault": ""}


def _body(message: Any) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "about": message.about,
        "recipient": message.recipient,
        "template": message.template,
        "languages": message.languages,
        "queued_at": message.queued_at,
        "state": message.state,
        "failures": message.failures,
        "reason": message.reason,
        "settled_at": message.settled_at,
        "mail_sha256": message.mail_sha256,
    }


def _cursor(after: str) -> tuple[int, str]:
    """The place a page ends at; the empty cursor lies before everything."""
    milliseconds, _, message_id = after.partition(".")
    if not after:
        return (-(2**62), "")
    if milliseconds.removeprefix("-").isdecimal() and milliseconds.isascii() and message_id:
        return (int(milliseconds[:18]), message_id)
    raise Invalid(
        "after_invalid",
        "after is not one of ours; take the `next` of the page before, or leave it out.",
        "after 参数无效；请使用上一页返回的 next，或省略。",
    )
