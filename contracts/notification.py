"""What notification publishes: messages queued, sent and failed. Bodies stay in its own store."""

from typing import ClassVar

from contracts.event import Contract, Event
from contracts.values import Document, Id, Instant, Sha256


class MessageQueued(Event):
    """Someone is to be told something; the id is derived from the cause, so it is asked once."""

    TYPE: ClassVar[str] = "notification.message_queued"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "message_id"

    message_id: Id
    about: Id
    """The application, call or reviewer the message is about."""
    recipient: str
    template: str
    languages: tuple[str, ...]
    values: Document
    queued_at: Instant


class MessageSent(Event):
    """A mail server took the message."""

    TYPE: ClassVar[str] = "notification.message_sent"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "message_id"

    message_id: Id
    about: Id
    recipient: str
    mail_sha256: Sha256
    server_reply: str
    attempt: int
    sent_at: Instant


class MessageFailed(Event):
    """A message could not be delivered; `permanent` says whether it will be tried again."""

    TYPE: ClassVar[str] = "notification.message_failed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "message_id"

    message_id: Id
    about: Id
    recipient: str
    reason: str
    attempt: int
    permanent: bool
    failed_at: Instant
    retry_at: Instant | None = None
    """When it is tried again; null when it is not."""


NOTIFICATION = Contract(
    publisher="notification",
    topic="notification.events",
    events=(MessageQueued, MessageSent, MessageFailed),
    correlates=("about",),
)
