"""A letter as text in both languages, and as the bytes of one mail that are always the same."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

LANGUAGES = ("zh-CN", "en")
RULE = "-" * 40
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
"""What every mail server takes, and nothing that could break a header."""
ADDRESS_CHARACTERS_MAX = 254
_FEN_PER_YUAN = 100


class LetterUnreadable(ValueError):
    """A letter cannot be written: a value is missing or a template is wrong."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What a person reads."""

    subject: str
    text: str


def yuan(amount_fen: int) -> str:
    """Fen as yuan with two decimals, exactly: 30000000 → 300,000.00."""
    sign = "-" if amount_fen < 0 else ""
    whole, fen = divmod(abs(amount_fen), _FEN_PER_YUAN)
    return f"{sign}{whole:,}.{fen:02d}"


def instant(text: str) -> str:
    """An instant to the second with the offset it was meant in: 2021-07-12 18:00:00 (UTC+08:00)."""
    # A value the template was not given says its name when it is read as text.
    day, _, clock = datetime.fromisoformat(str(text)).isoformat(timespec="seconds").partition("T")
    return f"{day} {clock[:8]} (UTC{clock[8:]})"


def one_line(value: Any) -> Any:
    """A text without line breaks and control characters: a name cannot forge a paragraph."""
    if isinstance(value, str):
        return " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return value


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=one_line,
    )
    environment.filters |= {"yuan": yuan, "instant": instant}
    return environment


_ENVIRONMENT = _environment()


def render(sources: Mapping[str, str], values: Mapping[str, Any]) -> Mail:
    """One mail with the text of every language, from the template sources by language.

    The first line of a source is its subject, then an empty line, then the text.

    Raises:
        LetterUnreadable: a value the text needs is missing, or the template cannot be read.
    """
    texts = []
    for language in LANGUAGES:
        try:
            written = _ENVIRONMENT.from_string(sources[language]).render(values)
        except (TemplateError, KeyError, TypeError, ValueError) as bad:
            raise LetterUnreadable(f"{language}: {type(bad).__name__}: {bad}") from bad
        texts.append(written.partition("\n\n"))
    subject = " / ".join(one_line(head) for head, _, _ in texts)
    return Mail(subject, f"\n\n{RULE}\n\n".join(body.strip() for _, _, body in texts) + "\n")


def deliverable(address: str) -> bool:
    """Whether a mail can be addressed so at all. Boundary: 254 characters (RFC 5321 §4.5.3.1.3)."""
    return len(address) <= ADDRESS_CHARACTERS_MAX and bool(_ADDRESS.fullmatch(address))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes a mail recognisable when it is sent a second time."""

    message_id: str
    queued_at: str
    sender: str
    domain: str


def mail_bytes(mail: Mail, recipient: str, stamp: Stamp) -> bytes:
    """The mail as sent; Date and Message-ID follow from the message: equal mails, equal bytes."""
    message = EmailMessage(policy=SMTP)
    message["From"] = stamp.sender
    message["To"] = recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(datetime.fromisoformat(stamp.queued_at))
    message["Message-ID"] = f"<{stamp.message_id}@{stamp.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = ", ".join(LANGUAGES)
    message.set_content(mail.text, charset="utf-8", cte="base64")
    return message.as_bytes()
