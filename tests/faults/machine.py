"""The whole system as processes that a supervisor may hurt: every connection on a wire, every pid known."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import asyncpg
import orjson

from deploy.apart import run_apart
from deploy.kafka.broker import Kafka
from deploy.kafka.cluster import Cluster, Node
from deploy.ports import kept_port
from deploy.postgres.binaries import find_binaries
from deploy.process import Process
from services.chassis.log import end_of
from services.chassis.migrate import upgrade
from services.cli.stack import SERVICES, Stack
from tests.faults.release import BROKEN, CRASH_AT, SERVICE
from tests.faults.wire import LOOP, Wire

READY_SECONDS = 60
POSTGRES_MEGABYTES, KAFKA_MEGABYTES = 900, 700


class WiredKafka(Kafka):
    """A broker that tells its clients, and its fellows, the address of a wire."""

    wire: Wire

    def _configure(self) -> None:
        super()._configure()
        port = self._port_note.read_text().strip()
        if not hasattr(self, "wire"):
            self.wire = LOOP.string(Wire(int(port), kept_port(self.folder / "wire-port")))
        text = self._settings.read_text()
        inside, outside = f"PLAINTEXT://127.0.0.1:{port}", f"PLAINTEXT://127.0.0.1:{self.wire.port}"
        told = text.replace(f"advertised.listeners={inside}", f"advertised.listeners={outside}")
        assert told != text, "the broker's settings look otherwise now"
        self._settings.write_text(told)

    @property
    def bootstrap(self) -> str:
        """The address of the wire."""
        return f"127.0.0.1:{self.wire.port}"


class WiredNode(WiredKafka, Node):
    """The same for one of several."""


class Machine(Stack):
    """A stack whose services run as `tests.faults.release`, each on wires of its own; one broker or three."""

    def __init__(self, folder: Path, brokers: int = 1) -> None:
        super().__init__(folder)
        self.services: tuple[str, ...] = SERVICES
        """Those that run here: a small trial does without some."""
        self.nodes: list[WiredKafka] = []
        if brokers == 1:
            self.kafka = WiredKafka(folder / "kafka")
            self.nodes.append(self.kafka)
        else:
            self.kafka = Cluster(folder / "kafka", WiredNode)
            self.nodes += [node for node in self.kafka.nodes if isinstance(node, WiredNode)]
        self.wires: dict[str, Wire] = {}
        self.mail_wire: Wire | None = None
        self.extra: dict[str, dict[str, str]] = {}
        """Per service what its next start finds in the environment."""
        self.before: dict[str, list[str]] = {}
        """Per service what its next start is wrapped in, e.g. faketime."""
        self.mounted: dict[Path, Path] = {}
        """Per folder of a server the small file system its data lies on."""
        self.starts: dict[str, int] = {}
        """The ends of the log when this run began: what was before never was."""

    @property
    def controller(self) -> WiredKafka | None:
        """The node of several that is the active controller; None where there is one only."""
        if isinstance(self.kafka, Cluster):
            return self.nodes[self.kafka.controller.node_id - 1]
        return None

    # ------------------------------------------------------------ life

    def mount(self) -> None:
        """Put database and broker on file systems so small that they can be filled; root only."""
        self.small = Path(tempfile.mkdtemp(prefix="mingjing-small-", dir="/var/tmp"))
        self.small.chmod(0o755)  # the database's account has to walk there
        for node in self.nodes:
            self._mount(node.folder, KAFKA_MEGABYTES)
        self._mount(self.postgres.folder, POSTGRES_MEGABYTES)
        if account := find_binaries().account:
            os.chown(self.mounted[self.postgres.folder] / "data", account.uid, account.gid)

    def _mount(self, folder: Path, megabytes: int) -> None:
        path = self.small / folder.name
        path.mkdir()
        options = f"size={megabytes}m,mode=0755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)], check=True)
        self.mounted[folder] = path
        _link(folder / "data", path / "data")

    def unmount(self) -> None:
        """Take the small file systems away again."""
        for path in self.mounted.values():
            subprocess.run(["umount", "-l", str(path)], check=False)
            path.rmdir()
        if self.mounted:
            self.small.rmdir()
        self.mounted.clear()

    def start_service(self, name: str) -> None:
        """Start it; what was laid out for this one start is used up."""
        process = self.process(name)
        if process.pid:
            return
        self._start(name, process, self._service_folder(name) / "port", self.log(name))
        self.extra.pop(name, None)
        self.before.pop(name, None)

    def start_replica(self, name: str) -> Process:
        """A second process of a service on the same database."""
        folder = self.folder / f"{name}-replica"
        folder.mkdir(exist_ok=True)
        process = Process(folder / "pid.json")
        other = {f"{name.upper()}_REPLICA": "2"}
        self._start(name, process, folder / "port", folder / "replica.log", other)
        return process

    def _start(
        self, name: str, process: Process, port_note: Path, log: Path, told: Mapping[str, str] = {}
    ) -> None:
        command = [
            *self.before.get(name, ()), sys.executable, "-m", "uvicorn", "--factory",
            "tests.faults.release:create_app", "--host", "127.0.0.1", "--port", str(kept_port(port_note)),
            "--log-level", "warning", "--no-access-log", "--backlog", "4096", "--timeout-graceful-shutdown", "5",
        ]  # fmt: skip
        environment = (
            self._environment(name) | {SERVICE: name} | self.extra.get(name, {}) | dict(told)
        )
        process.start(command, log, env=environment, detached=True)

    def stop_services(self, names: Iterable[str] = SERVICES) -> None:
        """Kill them: whoever relies on a goodbye is wrong anyway."""
        for name in names:
            process = self.process(name)
            process.kill()

    def down(self, say: object = None) -> None:
        """Stop everything and give the mounts back."""
        super().down()
        self.unmount()

    # ------------------------------------------------------------ wires

    def _environment(self, name: str) -> dict[str, str]:
        found = super()._environment(name)
        prefix = name.upper()
        url = found[f"{prefix}_DATABASE_URL"]
        port = int(self.postgres._port_note.read_text())
        wire = self.wires.setdefault(name, self._strung(name, port))
        found[f"{prefix}_DATABASE_URL"] = url.replace(f":{port}/", f":{wire.port}/")
        if name == "notification":
            found[f"{prefix}_SMTP_PORT"] = str(self._mail_wire().port)
            found[f"{prefix}_RETRY_SECONDS_FIRST"], found[f"{prefix}_RETRY_SECONDS_MAX"] = "1", "2"
            found[f"{prefix}_ATTEMPTS_MAX"] = "50"
        return found

    def _strung(self, name: str, port: int) -> Wire:
        return self.wires.get(name) or LOOP.string(Wire(port))

    def _mail_wire(self) -> Wire:
        if self.mail_wire is None:
            port = int((self.folder / "mail" / "port").read_text())
            self.mail_wire = LOOP.string(Wire(port))
        return self.mail_wire

    def heal_wires(self) -> None:
        """Every wire is good again."""
        for wire in (
            *self.wires.values(),
            *(node.wire for node in self.nodes),
            *([self.mail_wire] if self.mail_wire else []),
        ):
            wire.heal()

    # ------------------------------------------------------------ a fresh start on the same servers

    def begin_afresh(self) -> None:
        """Empty databases, empty mail, and the log as if it began now. The services must be down."""
        run_apart(self._begin_afresh())
        for folder in (self.folder / "mail" / "caught", self.folder / "document" / "blobs"):
            for path in folder.iterdir() if folder.exists() else ():
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    async def start_afresh(self, names: Iterable[str] = SERVICES) -> None:
        """Empty stores, and these services started on them."""
        self.stop_services()
        await asyncio.to_thread(self.begin_afresh)
        for name in names:
            await asyncio.to_thread(self.start_service, name)
        await self.ready(names)

    async def _begin_afresh(self) -> None:
        self.starts = await end_of(self.bootstrap, [f"{name}.events" for name in SERVICES])
        admin = await asyncpg.connect(self.postgres.admin_url)
        for name in SERVICES:
            await self._template(admin, name)
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await admin.execute(
                f'CREATE DATABASE "{name}" OWNER "{name}" TEMPLATE "{name}_template"'
            )
        await admin.close()
        marks = orjson.dumps({place: [end, -1] for place, end in self.starts.items()}).decode()
        for name in SERVICES:
            connection = await asyncpg.connect(self.postgres.url(name))
            await connection.execute("update head set marks = $1", marks)
            await connection.close()

    async def _template(self, admin: asyncpg.Connection, name: str) -> None:
        """A migrated database that nobody wrote to, made once."""
        there = await admin.fetchval(
            "select 1 from pg_database where datname = $1", f"{name}_template"
        )
        if not there:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await admin.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
            await upgrade(name, self.postgres.url(name))
            await admin.execute(f'ALTER DATABASE "{name}" RENAME TO "{name}_template"')

    def break_release(self, names: Iterable[str], build: str) -> None:
        """Let the next start of some services be a build that is broken on purpose."""
        for name in names:
            self.extra[name] = {BROKEN: build}

    def crash_at(self, name: str, step: str, number: int) -> None:
        """Let the next start of a service die at a step."""
        self.extra[name] = {CRASH_AT: f"{step}:{number}"}

    async def ready(self, names: Iterable[str], seconds: float = READY_SECONDS) -> float:
        """Wait until these services are ready; how long it took."""
        began = time.monotonic()
        await asyncio.to_thread(self.wait_until_ready, list(names))
        return time.monotonic() - began

    def backends(self, name: str, application: str = "%") -> list[int]:
        """Process ids of the database back ends that serve a service, or one kind of its sessions."""
        return run_apart(self._backends(name, application))

    async def _backends(self, name: str, application: str) -> list[int]:
        admin = await asyncpg.connect(self.postgres.admin_url)
        rows = await admin.fetch(
            "select pid from pg_stat_activity where datname = $1 and application_name like $2",
            name, application,
        )  # fmt: skip
        await admin.close()
        return [row["pid"] for row in rows]


def _link(link: Path, target: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    target.mkdir(mode=0o700, exist_ok=True)
    if not link.exists():
        link.symlink_to(target)


def may_mount() -> bool:
    """Whether this machine lets us make small file systems."""
    return os.geteuid() == 0 and shutil.which("mount") is not None
