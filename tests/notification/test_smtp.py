"""A real SMTP exchange: in order, once, tried again, and recognisable after a crash."""

from email import message_from_bytes
from email.policy import default
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from deploy.mail.catcher import Catcher, serve
from services.notification.store import Attempt, Message
from tests.notification.conftest import Office, catching, decided, submitted

LATER = "2021-07-05T11:00:00+08:00"


def files(folder: Path, pattern: str = "*.eml") -> list[Path]:
    """The mails a catcher holds, in the order they came."""
    return sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime_ns)


def mails(folder: Path) -> list[Any]:
    """What a catcher holds, read, by recipient."""
    found = [message_from_bytes(p.read_bytes(), policy=default) for p in files(folder)]
    return sorted(found, key=lambda mail: str(mail["To"]))


async def test_every_queued_message_is_sent_once_and_recorded(
    office: Office, tmp_path: Path
) -> None:
    """What the catcher holds is, byte for byte, what was recorded as sent; then nothing is due."""
    async with catching(tmp_path, office.port):
        assert await office.send() == 3
        assert await office.send() == 0
    assert [m["To"] for m in mails(tmp_path)] == ["box0@x.org", "box1@x.org", "box2@x.org"]
    assert await office.states() == ["sent", "sent", "sent"]
    kept = {sha256(p.read_bytes()).hexdigest() for p in files(tmp_path)}
    assert kept == {m.mail_sha256 for m in await office.alone.rows(Message)}
    (first, *_) = mails(tmp_path)
    assert "题目" in first["Subject"]
    assert "To 虚构学会:" in first.get_content()


async def test_messages_leave_in_the_order_they_were_queued(office: Office, tmp_path: Path) -> None:
    """A result queued for September comes after the receipts of July."""
    await office.hears(decided("awarded", "a0"))
    async with catching(tmp_path, office.port):
        assert await office.send() == 4
    read = [message_from_bytes(p.read_bytes(), policy=default) for p in files(tmp_path)]
    dates = [mail["Date"].datetime for mail in read]
    assert dates == sorted(dates)
    assert dates[-1].month == 9


async def test_a_mail_refused_for_now_is_sent_later_and_not_before(
    office: Office, tmp_path: Path
) -> None:
    """Two get 451: they wait their minute, then go out; each is kept exactly once."""
    async with catching(tmp_path, office.port, refuse_first=2):
        assert await office.send() == 3
        assert await office.states() == ["queued", "queued", "sent"]
        assert await office.send("2021-07-05T10:00:59.999+08:00") == 0
        assert await office.send("2021-07-05T10:01:00+08:00") == 2
    assert await office.states() == ["sent", "sent", "sent"]
    assert len(mails(tmp_path)) == 3
    waited = [m for m in await office.alone.rows(Message) if m.failures]
    assert len(waited) == 2


async def test_a_crash_between_sending_and_recording_sends_the_same_mail_again(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second mail is the first to the byte, under one Message-ID; one message remains."""

    async def crash(*_: object) -> None:
        raise ConnectionResetError("the process died here")

    async with catching(tmp_path, office.port):
        monkeypatch.setattr("services.notification.jobs._record", crash)
        with pytest.raises(ConnectionResetError):
            await office.send()
        monkeypatch.undo()
        assert await office.states() == ["queued", "queued", "queued"]
        assert await office.send(LATER) == 3
    held = mails(tmp_path)
    assert len(held) == 6
    assert len({m["Message-ID"] for m in held}) == 3
    for second in files(tmp_path, "*.2.eml"):
        first = second.with_name(second.name.replace(".2.eml", ".1.eml"))
        assert first.read_bytes() == second.read_bytes()
    assert len(await office.alone.rows(Message)) == 3
    assert [a.begun for a in await office.alone.rows(Attempt)] == [2, 2, 2]


async def test_a_mail_server_that_is_away_costs_no_message_an_attempt(
    office: Office, tmp_path: Path
) -> None:
    """Nobody answers: nothing is counted against anybody, and all goes out once it is back."""
    for _ in range(5):
        assert await office.send() == 0
    assert await office.states() == ["queued", "queued", "queued"]
    assert await office.alone.rows(Attempt) == []
    async with catching(tmp_path, office.port):
        assert await office.send() == 3


class Refusing(Catcher):
    """Refuses one recipient for good."""

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _: SMTP, __: Any, envelope: Any, address: str, ___: list[str]
    ) -> str:
        """550 to box1, everyone else is taken."""
        if address == "box1@x.org":
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"


async def test_a_refused_recipient_fails_alone_and_for_good(office: Office, tmp_path: Path) -> None:
    """The others' mails go out on the same line."""
    server = await serve(Refusing(tmp_path), office.port)
    try:
        assert await office.send() == 3
        assert await office.send("2022-01-01T00:00:00+08:00") == 0
    finally:
        server.close()
    assert await office.states() == ["failed", "sent", "sent"]
    (failed,) = [m for m in await office.alone.rows(Message) if m.state == "failed"]
    assert failed.reason.startswith("550 ")


class Hanging(Catcher):
    """Hangs up in the middle of the first mail."""

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        """Break the line once."""
        if self.refuse_left > 0:
            self.refuse_left -= 1
            assert server.transport is not None
            server.transport.close()
            return "421 gone"
        return await super().handle_DATA(server, session, envelope)


async def test_a_line_that_breaks_costs_one_message_one_attempt(
    office: Office, tmp_path: Path
) -> None:
    """The one under way is tried again later; the others were not begun with and go out at once."""
    server = await serve(Hanging(tmp_path, refuse_first=1), office.port)
    try:
        assert await office.send() == 1
        assert await office.send() == 2
        assert await office.send(LATER) == 1
    finally:
        server.close()
    assert await office.states() == ["sent", "sent", "sent"]
    assert len(mails(tmp_path)) == 3


async def test_what_can_never_be_sent_fails_at_once_and_blocks_nobody(
    office: Office, tmp_path: Path
) -> None:
    """An address that is none: the server is not even asked."""
    await office.hears(submitted("a9", "nobody at all"))
    async with catching(tmp_path, office.port):
        assert await office.send() == 4
    assert await office.states() == ["failed", "sent", "sent", "sent"]
    assert len(mails(tmp_path)) == 3
