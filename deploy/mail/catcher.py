"""The mail catcher: keeps every mail as a file.

`python -m deploy.mail.catcher --port 2525 --folder mail`
"""

import argparse
import asyncio
import os
import re
import signal
import sys
from collections.abc import Sequence
from email.parser import BytesHeaderParser
from email.policy import default
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

MAIL_BYTES_MAX = 32 * 2**20
TRY_LATER = "451 4.3.0 Not now; try again later"
TAKEN = "250 2.0.0 Taken"


class Catcher:
    """Writes each mail to a folder before it says that it has it.

    A file is named by its Message-ID and the number of times that id came, so a mail that was sent
    twice shows as `….2.eml`. The first `refuse_first` mails are answered with "try again later".
    """

    def __init__(self, folder: Path, refuse_first: int = 0) -> None:
        self.folder = folder
        self.refuse_left = refuse_first
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Take one mail, durably, or refuse it for now."""
        if self.refuse_left > 0:
            self.refuse_left -= 1
            return TRY_LATER
        content = envelope.content
        assert isinstance(content, bytes)
        await asyncio.to_thread(keep, self.folder, content)
        return TAKEN


def keep(folder: Path, mail: bytes) -> Path:
    """Write a mail so that it survives a power cut, under a name that tells it from all others."""
    with NamedTemporaryFile(dir=folder, prefix=".", delete=False) as file:
        aside = Path(file.name)
        file.write(mail)
        file.flush()
        os.fsync(file.fileno())
    path = _claim(folder, aside, name_of(mail))
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return path


def _claim(folder: Path, aside: Path, name: str) -> Path:
    """Give the file the first free number of its name; a link never replaces another mail."""
    number = 1
    while True:
        path = folder / f"{name}.{number}.eml"
        try:
            path.hardlink_to(aside)
        except FileExistsError:
            number += 1
            continue
        aside.unlink()
        return path


def name_of(mail: bytes) -> str:
    """The left half of the Message-ID as a file name; the digest of a mail that has none."""
    said = str(BytesHeaderParser(policy=default).parsebytes(mail).get("Message-ID", ""))
    left = re.sub(r"[^A-Za-z0-9._-]", "", said.strip("<> ").partition("@")[0]).strip(".")
    return left[:100] or sha256(mail).hexdigest()


async def serve(catcher: Catcher, port: int, host: str = "127.0.0.1") -> asyncio.Server:
    """Listen, by default for this machine only; port 0 takes a free one."""

    def protocol() -> Any:
        return SMTP(catcher, data_size_limit=MAIL_BYTES_MAX, enable_SMTPUTF8=True)

    return await asyncio.get_running_loop().create_server(protocol, host, port)


async def _run(catcher: Catcher, host: str, port: int) -> None:
    server = await serve(catcher, port, host)
    host, bound = server.sockets[0].getsockname()[:2]
    sys.stdout.write(f"mail catcher on {host}:{bound}, keeping mail in {catcher.folder}\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(prog="deploy.mail.catcher", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free port")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 in a container")
    parser.add_argument("--folder", type=Path, required=True, help="where mails are kept")
    parser.add_argument("--refuse-first", type=int, default=0, help="answer 451 to so many mails")
    given = parser.parse_args(arguments)
    asyncio.run(_run(Catcher(given.folder, given.refuse_first), given.host, given.port))


if __name__ == "__main__":
    main()
