"""The passwords of a cluster's roles: made once, kept in one file only we can read."""

import fcntl
import json
import os
import secrets
from pathlib import Path

SUPERUSER = "postgres"


def password_of(folder: Path, role: str) -> str:
    """The role's password, made on first asking.

    The file is locked while it is read and written, for several processes may start at once.
    """
    descriptor = os.open(folder / "passwords.json", os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        passwords: dict[str, str] = json.loads(text) if text else {}
        if role not in passwords:
            passwords[role] = secrets.token_urlsafe(24)
            file.seek(0)
            file.write(json.dumps(passwords, indent=2))
            file.truncate()
        return passwords[role]
