"""The outbox: queued messages go to the mail server, each recorded as sent or failed.

A crash between sending and recording sends the same mail again: the same bytes under the same
Message-ID, which a mailbox shows once. Nothing here decides; it asks and does.
"""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import structlog

from services.chassis.causes import Ask
from services.chassis.errors import Refused, ServiceError, Transient
from services.chassis.ids import derived
from services.chassis.jobs import Job
from services.chassis.model import Answer
from services.notification.clients import Away, Courier, NotTaken, sources_of
from services.notification.commands import BeginAttempt, RecordFailed, RecordSent
from services.notification.rules.instants import milliseconds
from services.notification.rules.mail import (
    LetterUnreadable,
    Stamp,
    deliverable,
    mail_bytes,
    render,
)
from services.notification.rules.retries import Patience
from services.notification.settings import Settings
from services.notification.store import due_messages

log = structlog.get_logger()

UNDELIVERABLE = 553
"""RFC 5321: mailbox name not allowed. What we answer ourselves, without asking a server."""
UNREADABLE = 554


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One message, the number of this attempt, and the mail, or why there is none."""

    message: Any
    number: int
    mail: bytes
    fault: NotTaken | None


async def send_due(runtime: Any) -> int:
    """Send what is due, in the order queued; says how many messages were settled or tried."""
    settings: Settings = runtime.settings
    now = milliseconds(runtime.clock.now())
    async with runtime.session() as session:
        due = await due_messages(session, now, settings.send_batch_max)
    if not due:
        return 0
    try:
        async with Courier(settings) as courier:
            return await _send_all(runtime, courier, due)
    except Away as away:
        log.warning("mail server away", error=str(away), waiting=len(due))
        return 0


async def _send_all(runtime: Any, courier: Courier, due: list[Any]) -> int:
    """Begin all attempts, send in order, record each result while the next is on its way.

    A broken line ends the run: the messages that were not sent stay queued.
    """
    attempts = await asyncio.gather(*(_begin(runtime, message) for message in due))
    recordings = []
    for attempt in (a for a in attempts if a is not None):
        if not courier.connected:
            break
        result = await _send(runtime, courier, attempt)
        recordings.append(asyncio.create_task(_record(runtime, attempt, result)))
    await asyncio.gather(*recordings)
    return len(recordings)


async def _begin(runtime: Any, message: Any) -> _Attempt | None:
    """Count an attempt and write its mail; None when the message was settled meanwhile."""
    answer = await _asked(runtime, message, "begin", BeginAttempt(message.message_id))
    if answer is None:
        return None
    mail, fault = b"", None
    try:
        mail = _mail(message, runtime.settings)
    except NotTaken as unsendable:
        fault = unsendable
    return _Attempt(message, int(answer.body["attempt"]), mail, fault)


def _mail(message: Any, settings: Settings) -> bytes:
    """The bytes of a message.

    Raises:
        NotTaken: it can never be sent: no such address can exist, or its text cannot be written.
    """
    if not deliverable(message.recipient):
        raise NotTaken(UNDELIVERABLE, "the address cannot be written to")
    try:
        mail = render(sources_of(message.template), message.content)
    except (LetterUnreadable, FileNotFoundError) as bad:
        raise NotTaken(UNREADABLE, f"letter {message.template}: {bad}") from bad
    stamp = Stamp(message.message_id, message.queued_at, settings.sender, settings.mail_domain)
    return mail_bytes(mail, message.recipient, stamp)


async def _send(runtime: Any, courier: Courier, attempt: _Attempt) -> RecordSent | RecordFailed:
    message_id = attempt.message.message_id
    try:
        if attempt.fault:
            raise attempt.fault
        reply = await courier.send(attempt.message.recipient, attempt.mail)
    except NotTaken as not_taken:
        log.warning("mail not taken", message_id=message_id, smtp_code=not_taken.smtp_code)
        said = f"{not_taken.smtp_code} {not_taken.reply}"
        patience = _patience(runtime.settings)
        return RecordFailed(message_id, said, not_taken.smtp_code, attempt.number, patience)
    return RecordSent(message_id, sha256(attempt.mail).hexdigest(), reply, attempt.number)


def _patience(settings: Settings) -> Patience:
    return Patience(settings.attempts_max, settings.retry_seconds_first, settings.retry_seconds_max)


async def _record(runtime: Any, attempt: _Attempt, result: RecordSent | RecordFailed) -> None:
    await _asked(runtime, attempt.message, f"result {attempt.number}", result)


async def _asked(runtime: Any, message: Any, step: str, command: Any) -> Answer | None:
    """Ask the writer; None when it refused because the message is settled.

    Raises:
        Transient: the store is away; the job starts over.
    """
    answer = await runtime.ask(
        Ask(
            id=derived(message.message_id, step),
            command=command,
            now=runtime.clock.now(),
            correlation_id=message.about,
        )
    )
    if isinstance(answer, Answer):
        return answer
    if isinstance(answer, Refused):
        log.info("message settled meanwhile", message_id=message.message_id, code=answer.code)
        return None
    assert isinstance(answer, ServiceError)
    raise answer if isinstance(answer, Transient) else Transient(answer.code, answer.en, answer.zh)


JOBS = [Job("notification.send_due", 1.0, send_due)]
