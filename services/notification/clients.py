"""The outside world of notification: the mail server, and the letters' texts on disk."""

from collections.abc import Mapping
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import aiosmtplib
from aiosmtplib import (
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from services.notification.rules.mail import LANGUAGES
from services.notification.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
REPLY_CHARACTERS_MAX = 300


class NotTaken(Exception):
    """The mail server did not take a mail. `smtp_code` is 0 where the line broke."""

    def __init__(self, smtp_code: int, reply: str) -> None:
        super().__init__(f"{smtp_code} {reply}")
        self.smtp_code = smtp_code
        self.reply = reply[:REPLY_CHARACTERS_MAX]


class Away(Exception):
    """The mail server cannot be reached; no message is to blame."""


class Courier:
    """One connection to the mail server, used for many mails in turn."""

    def __init__(self, settings: Settings) -> None:
        tls = settings.smtp_tls
        self._smtp = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            timeout=settings.smtp_timeout_seconds,
            use_tls=tls == "tls",
            start_tls={"auto": None, "starttls": True}.get(tls, False),
            username=settings.smtp_username or None,
            password=settings.smtp_password.get_secret_value() or None,
        )
        self._sender = parseaddr(settings.sender)[1]

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            Away: nobody answers, or not as a mail server we may use.
        """
        try:
            await self._smtp.connect()
        except (SMTPException, OSError, TimeoutError) as away:
            raise Away(f"{type(away).__name__}: {away}") from away
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, bad: BaseException | None, at: TracebackType | None
    ) -> None:
        """Say goodbye, if anybody still listens."""
        try:
            await self._smtp.quit()
        except (SMTPException, OSError, TimeoutError):
            self._smtp.close()

    @property
    def connected(self) -> bool:
        """Whether the line still stands."""
        return self._smtp.is_connected

    async def send(self, recipient: str, mail: bytes) -> str:
        """Hand over one mail; returns the server's words once it has taken it.

        Raises:
            NotTaken: refused, or the line broke before an answer came.
        """
        try:
            _, reply = await self._smtp.sendmail(self._sender, [recipient], mail)
        except SMTPRecipientsRefused as refused:
            first = refused.recipients[0]
            raise NotTaken(first.code, first.message) from refused
        except SMTPServerDisconnected as broken:
            raise NotTaken(0, str(broken)) from broken
        except SMTPResponseException as refused:
            raise NotTaken(refused.code, refused.message) from refused
        except (SMTPException, OSError, TimeoutError, UnicodeError) as broken:
            raise NotTaken(0, f"{type(broken).__name__}: {broken}") from broken
        return reply[:REPLY_CHARACTERS_MAX]


@cache
def sources_of(template: str) -> Mapping[str, str]:
    """The texts of one letter, by language.

    Raises:
        FileNotFoundError: there is no such letter.
    """
    return {
        language: (TEMPLATES / f"{template}.{language}.txt").read_text(encoding="utf-8")
        for language in LANGUAGES
    }


def template_names() -> tuple[str, ...]:
    """Every letter there is, by its file."""
    suffix = f".{LANGUAGES[0]}.txt"
    return tuple(sorted(p.name.removesuffix(suffix) for p in TEMPLATES.glob(f"*{suffix}")))
