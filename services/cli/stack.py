"""The whole system as local processes: broker, database, mail catcher, six services and ops."""

import asyncio
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from deploy.kafka.broker import Kafka
from deploy.kafka.cluster import Cluster
from deploy.kafka.topics import create_topics, read_topics
from deploy.ports import kept_port
from deploy.postgres.cluster import Postgres
from deploy.process import Process, tail
from services.chassis.auth import Actor, Role, token_for
from services.chassis.migrate import upgrade

SERVICES = ("submission", "eligibility", "document", "review", "finance", "notification")
READY_SECONDS_MAX = 60
ROOT = Path(__file__).parents[2]
Say = Callable[[str], None]


class NotReady(Exception):
    """A process did not come up; the message ends with the last lines of its log."""


class Stack:
    """Everything that runs, in one folder: data, logs, ports, pids and secrets.

    Secrets are drawn once and kept in the folder with mode 600.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "postgres")
        self.kafka: Kafka | Cluster = Kafka(folder / "kafka")
        self.mail = Process(folder / "mail" / "pid.json")

    # ------------------------------------------------------------ life

    def up(self, *, clock: str = "system", say: Say = lambda _: None) -> None:
        """Start what is not running yet, and wait until every service is ready.

        Raises:
            NotReady: a process ended or never became ready.
            deploy.missing.Missing: the machine lacks something; the message says what and how to get it.
        """
        self.start_servers(clock=clock, say=say)
        for name in (*SERVICES, "ops"):
            say(name)
            self.start_service(name)
        self.wait_until_ready((*SERVICES, "ops"))

    def start_servers(self, *, clock: str = "system", say: Say = lambda _: None) -> None:
        """Start what the services stand on, with topics and tables; no service yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._note("clock", clock)
        say("database")
        self.postgres.start(detached=True)
        say("broker")
        bootstrap = self.kafka.start(detached=True)
        create_topics(bootstrap, read_topics(), self.kafka.copies)
        self.start_mail()
        say("migrations")
        asyncio.run(self._migrate())

    def down(self, say: Say = lambda _: None) -> None:
        """Stop everything that we started, in the order that loses nothing; the data stays."""
        for name in ("ops", *SERVICES):
            say(name)
            self.process(name).signal(self.process(name).stop_signal)
        for name in ("ops", *SERVICES):
            self.process(name).stop()
        self.mail.stop()
        say("broker")
        self.kafka.stop()
        say("database")
        self.postgres.stop()

    def start_service(self, name: str) -> None:
        """Start one service process on its kept port."""
        process = self.process(name)
        if process.pid:
            return
        folder = self._service_folder(name)
        port = kept_port(folder / "port")
        command = [
            sys.executable, "-m", "uvicorn", "--factory", self.application(name),
            "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--no-access-log",
            "--backlog", "4096", "--timeout-graceful-shutdown", "5",
        ]  # fmt: skip
        process.start(command, self.log(name), env=self._environment(name), detached=True)

    def application(self, name: str) -> str:
        """Where uvicorn finds a service: the seam for another release of it."""
        return f"services.{name}.main:create_app"

    def start_mail(self) -> None:
        """Start the local mail catcher on its kept port."""
        if self.mail.pid:
            return
        folder = self.folder / "mail"
        folder.mkdir(parents=True, exist_ok=True)
        port = kept_port(folder / "port")
        command = [
            sys.executable,
            "-m",
            "deploy.mail.catcher",
            "--port",
            str(port),
            "--folder",
            str(folder / "caught"),
        ]
        self.mail.start(
            command, folder / "mail.log", env={**os.environ, "PYTHONPATH": str(ROOT)}, detached=True
        )

    def wait_until_ready(self, names: Iterable[str]) -> None:
        """Wait until these services say they can do their work.

        Raises:
            NotReady: one of them does not, with its reasons and the end of its log.
        """
        deadline = time.monotonic() + READY_SECONDS_MAX
        with httpx.Client(timeout=5) as client:
            for name in names:
                while not self._is_ready(client, name):
                    if time.monotonic() > deadline or not self.process(name).pid:
                        raise NotReady(f"{name} did not become ready.\n{tail(self.log(name))}")
                    time.sleep(0.05)

    def _is_ready(self, client: httpx.Client, name: str) -> bool:
        try:
            return client.get(f"{self.url(name)}/readyz").status_code == HTTPStatus.OK
        except httpx.HTTPError:
            return False

    async def _migrate(self) -> None:
        for name in (*SERVICES, "ops"):
            self.postgres.ensure(name)
            await upgrade(name, self.postgres.url(name))

    # ------------------------------------------------------------ where things are

    def process(self, name: str) -> Process:
        """The process of a service, running or not."""
        return Process(self._service_folder(name) / "pid.json")

    def url(self, name: str) -> str:
        """The address of a service."""
        return f"http://127.0.0.1:{(self._service_folder(name) / 'port').read_text().strip()}"

    def log(self, name: str) -> Path:
        """The log file of a service."""
        return self._service_folder(name) / f"{name}.log"

    @property
    def bootstrap(self) -> str:
        """The address of the broker, or of all."""
        return self.kafka.bootstrap

    def token(self, actor_id: str, roles: Iterable[Role], subject: str = "") -> str:
        """A bearer token sealed with this installation's secret."""
        return token_for(self.secret("token"), Actor(actor_id, frozenset(roles), subject))

    def secret(self, name: str) -> str:
        """A secret of this installation: 64 hexadecimal characters, drawn once."""
        path = self.folder / "secrets.json"
        held: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if name not in held:
            held[name] = secrets.token_hex(32)
            path.touch(mode=0o600)
            path.write_text(json.dumps(held))
        return held[name]

    def status(self) -> dict[str, Any]:
        """What runs, where, and whether it is ready."""
        found: dict[str, Any] = {
            "database": {"pid": self.postgres.pid},
            "broker": {
                "pid": self.kafka.pid,
                "address": self.bootstrap if self.kafka.pid else None,
            },
            "mail": {"pid": self.mail.pid},
        }
        with httpx.Client(timeout=5) as client:
            for name in (*SERVICES, "ops"):
                pid = self.process(name).pid
                found[name] = {
                    "pid": pid,
                    "address": self.url(name) if pid else None,
                    "ready": False,
                    "reasons": {},
                }
                if pid:
                    found[name] |= self._readiness(client, name)
        return found

    def _readiness(self, client: httpx.Client, name: str) -> dict[str, Any]:
        try:
            return dict(client.get(f"{self.url(name)}/readyz").json())
        except (httpx.HTTPError, ValueError) as away:
            return {"ready": False, "reasons": {"http": str(away)}}

    # ------------------------------------------------------------ settings of the processes

    def _environment(self, name: str) -> dict[str, str]:
        prefix = name.upper()
        own = {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "TOKEN_SECRET": self.secret("token"),
            "CLOCK": self._noted("clock", "system"),
            "REPLICA": "1",
        }
        own["DATABASE_URL"] = self.postgres.url(name)
        own |= self._extra(name)
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            **{f"{prefix}_{k}": v for k, v in own.items()},
        }

    def _extra(self, name: str) -> dict[str, str]:
        """What only one service needs."""
        if name == "submission":
            return {"RECEIPT_KEY": self.secret("receipt")}
        if name == "document":
            return {"BLOB_FOLDER": str(self._service_folder(name) / "blobs")}
        if name == "notification":
            port = (self.folder / "mail" / "port").read_text().strip()
            return {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "SENDER": "Mingjing <no-reply@mingjing.invalid>",
                    "MAIL_DOMAIN": "mingjing.invalid"}  # fmt: skip
        if name == "ops":
            return {"SERVICES": json.dumps({s: self.url(s) for s in SERVICES})}
        return {}

    def _service_folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _note(self, name: str, value: str) -> None:
        (self.folder / name).write_text(value)

    def _noted(self, name: str, default: str) -> str:
        path = self.folder / name
        return path.read_text().strip() if path.exists() else default
