"""One PostgreSQL cluster in a folder: started, stopped, and divided among the services."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from deploy.missing import Missing
from deploy.ports import kept_port
from deploy.postgres.binaries import Binaries, find_binaries, is_reachable, owned_folder
from deploy.postgres.databases import ensure_database
from deploy.postgres.passwords import SUPERUSER, password_of
from deploy.process import Account, Process, tail

READY_SECONDS_MAX = 60
GIVEN_URL = "MINGJING_POSTGRES_URL"

# Modest: the machine also carries a broker and seven services.
SETTINGS: dict[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may be too long for a deep clone
    "max_connections": "200",
    "shared_buffers": "256MB",
    "wal_compression": "on",
    "max_wal_size": "4GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


class Postgres:
    """A cluster whose data, port, passwords and log live in one folder.

    With MINGJING_POSTGRES_URL set (a superuser's address) nothing is started: the databases
    and roles are made over there.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.log = folder / "postgres.log"
        self._settings = {**SETTINGS, **(settings or {})}
        self._port_note = folder / "port"
        # SIGINT is PostgreSQL's fast stop: open transactions roll back, data is flushed.
        self._process = Process(folder / "pid.json", signal.SIGINT)

    # ------------------------------------------------------------ life

    def start(self, *, detached: bool = False) -> None:
        """Start the server and wait until it answers; on first start create the cluster."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._given() or self.pid:
            return
        binaries = find_binaries()
        data = self._data_folder(binaries.account)
        if not (data / "PG_VERSION").exists():
            self._create(binaries, data)
        port = kept_port(self._port_note)
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        command = [str(binaries.folder / "postgres"), "-D", str(data), "-p", str(port), *options]
        self._process.start(command, self.log, account=binaries.account, detached=detached)
        self._wait_until_ready(data)

    def stop(self) -> None:
        """Stop cleanly; does nothing when it is not running."""
        self._process.stop()

    def kill(self) -> None:
        """End it at once, as a crash would (SIGKILL)."""
        self._process.kill()

    def remove(self) -> None:
        """Stop it and delete everything it kept, wherever the data lies."""
        self.stop()
        data = self.folder / "data"
        if data.is_symlink():
            shutil.rmtree(data.resolve(), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        """The server's process id, or None when it is not running."""
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # ------------------------------------------------------------ who may connect to what

    def ensure(self, service: str) -> None:
        """Give the service a database and a login role that owns it, and nothing else."""
        ensure_database(self.admin_url, service, password_of(self.folder, service))

    def url(self, service: str) -> str:
        """The address of the service's own database, with the service's own role."""
        return self._address(service, password_of(self.folder, service), service)

    @property
    def admin_url(self) -> str:
        """The superuser's address."""
        given = self._given()
        if given:
            return given
        return self._address(SUPERUSER, password_of(self.folder, SUPERUSER), "postgres")

    def _given(self) -> str:
        return os.environ.get(GIVEN_URL, "")

    def _address(self, role: str, password: str, database: str) -> str:
        given = self._given()
        if given:
            parts = urlsplit(given)
            host = parts.netloc.rpartition("@")[2]
            return urlunsplit(
                ("postgresql", f"{role}:{password}@{host}", f"/{database}", parts.query, "")
            )
        port = self._port_note.read_text().strip()
        return f"postgresql://{role}:{password}@127.0.0.1:{port}/{database}"

    # ------------------------------------------------------------ first start

    def _data_folder(self, account: Account | None) -> Path:
        """Where the data lies: in our folder, unless the server's account cannot walk there.

        As root the server runs as another account, and a clone below /root or in any private
        folder is closed to it. The data then lies in a folder of that account under /var/tmp,
        and `data` is a link to it.
        """
        data = self.folder / "data"
        if data.exists():
            return data.resolve()
        if is_reachable(data, account):
            data.mkdir(mode=0o700)
            if account:
                os.chown(data, account.uid, account.gid)
            return data
        data.unlink(missing_ok=True)  # a link to a folder that somebody cleaned away
        data.symlink_to(owned_folder(account, "mingjing-data-"))
        return data.resolve()

    def _create(self, binaries: Binaries, data: Path) -> None:
        """Run initdb. Locale C: an index must sort the same on every machine."""
        account = binaries.account
        with tempfile.NamedTemporaryFile("w", prefix="mingjing-") as secret:
            secret.write(password_of(self.folder, SUPERUSER))
            secret.flush()
            if account:
                os.chown(secret.name, account.uid, account.gid)
            done = subprocess.run(
                [
                    str(binaries.folder / "initdb"),
                    *("-D", str(data), "-U", SUPERUSER, "--pwfile", secret.name),
                    *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
                    *("--data-checksums", "--no-instructions"),
                ],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        if done.returncode:
            self._empty(data)
            raise Missing(
                f"PostgreSQL could not create its data folder {data}:\n{done.stderr.strip()}",
                "PostgreSQL 无法创建数据目录, 原因见上。",
            )

    def _empty(self, data: Path) -> None:
        """Leave no half-made cluster behind, for the next start would take it for a whole one."""
        for entry in data.iterdir():
            with contextlib.suppress(OSError):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def _wait_until_ready(self, data: Path) -> None:
        """PostgreSQL writes `ready` into its own pid file once it takes connections."""
        status = data / "postmaster.pid"
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                lines = status.read_text().splitlines()
                if lines and lines[0] == str(self.pid) and lines[-1].strip() == "ready":
                    return
            if not self.pid:
                break
            time.sleep(0.01)
        self.stop()
        raise Missing(
            f"PostgreSQL did not start. The end of its log {self.log}:\n{tail(self.log)}",
            f"PostgreSQL 未能启动, 日志见 {self.log}。",
        )
