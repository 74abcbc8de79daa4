"""One Kafka node in a folder: started, stopped, paused and killed."""

import base64
import contextlib
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.kafka.jars import Progress, cache_folder, classpath, lock_digest
from deploy.kafka.java import MAJOR_AHEAD_OF_TIME, Java, find_java
from deploy.kafka.settings import server_properties
from deploy.missing import Missing
from deploy.ports import kept_port
from deploy.process import Process, tail

READY_SECONDS_MAX = 60
LOGGING = Path(__file__).with_name("log4j2.properties")


def say(what: str, done: int, of: int) -> None:
    """Progress for somebody at a terminal; nothing in a log file."""
    if sys.stderr.isatty():
        end = "\n" if done == of else ""
        sys.stderr.write(f"\r{what} {done}/{of}{end}")
        sys.stderr.flush()


class Kafka:
    """A broker whose data, ports and log live in one folder.

    It comes back to the same port as long as nobody else took it. In a cluster on one machine
    (`deploy.kafka.cluster`) each node is one of these.
    """

    copies = 1
    """How many brokers keep each record."""
    heap_megabytes = 512
    quorum: tuple[str, ...] = ("--standalone",)
    """What tells the formatter who controls."""

    def __init__(self, folder: Path, port: int | None = None, *, progress: Progress = say) -> None:
        self.folder = folder
        self.log = folder / "kafka.log"
        self._wanted_port = port
        self._progress = progress
        self._port_note = folder / "port"
        self._process = Process(folder / "pid.json", signal.SIGTERM)

    # ------------------------------------------------------------ life

    def start(self, *, detached: bool = False, training: Path | None = None) -> str:
        """Start the broker, wait until it answers, and return its address.

        With `training` Java writes its ahead-of-time cache there when the broker stops.

        Raises:
            Missing: a Java or a jar is missing, or the broker did not come up; the message says
                how to mend it.
        """
        self.launch(detached=detached, training=training)
        self.wait_until_ready()
        return self.bootstrap

    def launch(self, *, detached: bool = False, training: Path | None = None) -> None:
        """Start the process, and do not wait for it: alone of three it would never answer."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.pid:
            java, jars = find_java(), classpath(self._progress)
            self._configure()
            command = [*self._java(java, jars, training)]
            self._format(command)
            command += ["kafka.Kafka", str(self._settings)]
            self._process.start(command, self.log, detached=detached)

    def stop(self) -> None:
        """Stop cleanly; does nothing when it is not running."""
        self._process.stop()

    def ask_to_stop(self) -> None:
        """Let it begin to stop, and do not wait for it."""
        self._process.signal(self._process.stop_signal)

    def kill(self) -> None:
        """End it at once, as a crash would (SIGKILL)."""
        self._process.kill()

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers (SIGSTOP)."""
        self._process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused broker go on."""
        self._process.signal(signal.SIGCONT)

    @property
    def pid(self) -> int | None:
        """The broker's process id, or None when it is not running."""
        return self._process.pid

    @property
    def bootstrap(self) -> str:
        """The address clients are given."""
        return f"127.0.0.1:{self._port_note.read_text().strip()}"

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

    # ------------------------------------------------------------ starting

    @property
    def _settings(self) -> Path:
        return self.folder / "server.properties"

    def _configure(self) -> None:
        port = kept_port(self._port_note, self._wanted_port)
        controllers = [kept_port(self.folder / "controller-port")]
        self._settings.write_text(server_properties(1, port, controllers, self.folder / "data"))

    def _java(self, java: Java, jars: list[Path], training: Path | None) -> list[str]:
        """The Java command up to the name of the class."""
        command = [
            str(java.program),
            *(f"-Xmx{self.heap_megabytes}m", "-XX:+UseSerialGC", "-Djava.awt.headless=true"),
            f"-XX:ErrorFile={self.folder / 'crash.log'}",
            f"-Dlog4j2.configurationFile={LOGGING}",
        ]
        cache = ahead_of_time_cache(java)
        if training:
            command.append(f"-XX:AOTCacheOutput={training}")
        elif cache and cache.exists():
            # Half the start-up time; a cache that does not fit is ignored, and need not say so.
            command += [f"-XX:AOTCache={cache}", "-Xlog:aot*=off"]
        return [*command, "-cp", ":".join(str(jar) for jar in jars)]

    def _format(self, command: list[str]) -> None:
        """Give an empty data folder its cluster id; a formatted one is left as it is."""
        if (self.folder / "data" / "meta.properties").exists():
            return
        plain = [part for part in command if not part.startswith("-XX:AOTCacheOutput")]
        done = subprocess.run(
            [
                *(*plain, "kafka.tools.StorageTool", "format", *self.quorum),
                *("-t", self._cluster_id(), "-c", str(self._settings)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Missing(
                f"Kafka could not format its data folder: {done.stderr.strip() or done.stdout}",
                "Kafka 无法格式化数据目录, 原因见上。",
            )

    def _cluster_id(self) -> str:
        identity = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        return f"M{identity[1:]}"

    def wait_until_ready(self) -> None:
        """The broker opens its port when it has caught up and takes requests, not before."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        port = int(self._port_note.read_text())
        while time.monotonic() < deadline and self.pid:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.02)
        self.stop()
        raise Missing(
            f"Kafka did not start. The end of its log {self.log}:\n{tail(self.log)}",
            f"Kafka 未能启动, 日志见 {self.log}。",
        )


def ahead_of_time_cache(java: Java) -> Path | None:
    """Where the cache for this Java and these jars lies; None when this Java has no such thing."""
    if java.major < MAJOR_AHEAD_OF_TIME:
        return None
    return cache_folder() / f"java-{java.version}-{lock_digest()}.aot"
