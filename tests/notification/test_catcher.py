"""The mail catcher: a process that keeps every mail before it says so."""

import asyncio
import os
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from deploy.mail.catcher import keep, name_of


def test_the_catcher_is_a_process_of_its_own(tmp_path: Path, root: Path) -> None:
    """It says where it listens, takes a mail, and ends when told to."""
    command = [
        sys.executable,
        "-m",
        "deploy.mail.catcher",
        "--port",
        "0",
        "--folder",
        str(tmp_path),
    ]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline().partition(":")[2].partition(",")[0])
        asyncio.run(_send_one(port))
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.stdout.close()
        assert process.wait(10) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["one.1.eml"]


async def _send_one(port: int) -> None:
    import aiosmtplib  # noqa: PLC0415 (only this test sends by itself)

    text = b"Message-ID: <one@x.org>\r\n\r\nhello\r\n"
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as smtp:
        await smtp.sendmail("a@x.org", ["b@x.org"], text)


def test_the_catcher_names_files_by_message_id_and_count(tmp_path: Path) -> None:
    """A repeated id is seen at a glance; an odd one cannot leave the folder."""
    mail = b"Message-ID: <m-1@x.org>\r\n\r\nhello\r\n"
    assert keep(tmp_path, mail).name == "m-1.1.eml"
    assert keep(tmp_path, mail).name == "m-1.2.eml"
    assert name_of(b"Message-ID: <../../etc/x@y>\r\n\r\n") == "etcx"
    assert name_of(b"Subject: none\r\n\r\n") == sha256(b"Subject: none\r\n\r\n").hexdigest()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m-1.1.eml", "m-1.2.eml"]
