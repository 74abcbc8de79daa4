"""What the outbox job asks: an attempt begins, a message was taken, a message was not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.notification import MessageFailed, MessageSent
from services.chassis.errors import Conflict, NotFound
from services.chassis.model import Answer, Outcome, Save, decision
from services.notification.rules.retries import Patience, retry_at
from services.notification.store import Attempt, Message


@dataclass(frozen=True, slots=True)
class BeginAttempt:
    """A message is about to be handed to the mail server."""

    message_id: str


@dataclass(frozen=True, slots=True)
class RecordSent:
    """The mail server took the message."""

    message_id: str
    mail_sha256: str
    server_reply: str
    attempt: int


@dataclass(frozen=True, slots=True)
class RecordFailed:
    """The mail server did not take it; `smtp_code` is 0 where the line broke."""

    message_id: str
    reason: str
    smtp_code: int
    attempt: int
    patience: Patience


@decision(BeginAttempt, needs=lambda c: [Message.key(c.message_id), Attempt.key(c.message_id)])
def begin_attempt(command: BeginAttempt, rows: Any, now: str) -> Outcome:
    """Count the attempt before it is made: one that is cut off was still made."""
    _queued(rows, command.message_id)
    before = rows.get(Attempt, command.message_id)
    begun = before.begun + 1 if before else 1
    yield Save(Attempt(message_id=command.message_id, begun=begun, begun_at=now))
    return Answer(200, {"attempt": begun})


@decision(RecordSent, needs=lambda c: [Message.key(c.message_id)])
def record_sent(command: RecordSent, rows: Any, now: str) -> Outcome:
    """Settle a message; said again, it is settled already."""
    message = _known(rows, command.message_id)
    if message.state != "sent":
        yield MessageSent(
            message_id=message.message_id,
            about=message.about,
            recipient=message.recipient,
            mail_sha256=command.mail_sha256,
            server_reply=command.server_reply,
            attempt=command.attempt,
            sent_at=now,
        )
    return Answer(200, {"state": "sent"})


@decision(RecordFailed, needs=lambda c: [Message.key(c.message_id)])
def record_failed(command: RecordFailed, rows: Any, now: str) -> Outcome:
    """Set the next try, or give up; a message that is settled stays as it is."""
    message = _known(rows, command.message_id)
    if message.state != "queued":
        return Answer(200, {"state": message.state})
    again = retry_at(
        message.failures + 1, command.smtp_code, datetime.fromisoformat(now), command.patience
    )
    yield MessageFailed(
        message_id=message.message_id,
        about=message.about,
        recipient=message.recipient,
        reason=command.reason,
        attempt=command.attempt,
        permanent=again is None,
        failed_at=now,
        retry_at=again.isoformat(timespec="milliseconds") if again else None,
    )
    return Answer(200, {"state": "queued" if again else "failed"})


def _known(rows: Any, message_id: str) -> Message:
    message: Message | None = rows.get(Message, message_id)
    if message is None:
        raise NotFound(
            "message_unknown",
            f"There is no message {message_id}.",
            f"没有编号为 {message_id} 的消息。",
        )
    return message


def _queued(rows: Any, message_id: str) -> None:
    state = _known(rows, message_id).state
    if state != "queued":
        raise Conflict(
            "message_settled",
            f"This message is {state}; it is not sent again.",
            f"此消息状态为 {state}，不再发送。",
        )


DECISIONS = [begin_attempt, record_sent, record_failed]
