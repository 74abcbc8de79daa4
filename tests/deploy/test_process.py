"""Ports and pid files: kept when they can be, and never mistaken for somebody else's."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.ports import free_port, is_free, kept_port
from deploy.process import Process, tail

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, 1); print('deaf', flush=True); time.sleep(60)",
]
STARTER = """
import os, pathlib, signal, sys
from deploy.process import Process
folder = pathlib.Path(sys.argv[1])
process = Process(folder / "pid.json")
process.start([sys.executable, "-c", "import time; time.sleep(60)"], folder / "log",
              detached=sys.argv[2] == "detached")
print(process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """A process that does not outlive the test."""
    it = Process(tmp_path / "pid.json")
    yield it
    it.kill()


@pytest.fixture
def listener() -> Iterator[int]:
    """A port somebody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_is_kept_while_it_is_free(tmp_path: Path) -> None:
    """Clients were told the address; a restart comes back to it."""
    note = tmp_path / "port"
    assert kept_port(note) == kept_port(note)
    wanted = free_port()
    assert kept_port(note, wanted) == wanted
    assert kept_port(note) == wanted


def test_a_port_that_was_taken_is_given_up(tmp_path: Path, listener: int) -> None:
    """A new one is found and noted instead of failing."""
    note = tmp_path / "port"
    note.write_text(f"{listener}\n")
    port = kept_port(note)
    assert port != listener
    assert not is_free(listener)
    assert int(note.read_text()) == port


def test_a_pid_used_again_by_another_program_is_left_alone(process: Process) -> None:
    """Our own pid stands in a stale file: stopping must not end us."""
    process.pid_file.write_text(json.dumps({"pid": os.getpid(), "command": ["postgres", "-D"]}))
    assert process.pid is None
    process.signal(signal.SIGKILL)
    process.stop()
    process.kill()


def test_a_spoilt_pid_file_means_not_running(process: Process) -> None:
    """Half a file, left by a full disk, must not stop a start."""
    process.pid_file.write_text('{"pid": 1')
    assert process.pid is None


def test_another_holder_of_the_pid_file_stops_the_program(process: Process) -> None:
    """The one that stops need not be the one that started."""
    process.start(SLEEP, process.pid_file.with_name("log"))
    other = Process(process.pid_file)
    assert other.pid == process.pid is not None
    other.stop()
    assert process.pid is None


def test_a_program_deaf_to_the_request_is_ended_all_the_same(process: Process) -> None:
    """`stop` always ends in a stopped program."""
    log = process.pid_file.with_name("log")
    process.start(DEAF, log)
    pid = process.pid
    while "deaf" not in log.read_text():
        time.sleep(0.01)
    assert pid is not None
    process.stop(seconds=0.2)
    assert process.pid is None
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize(("how", "survives"), [("attached", False), ("detached", True)])
def test_a_program_outlives_its_starter_only_when_detached(
    process: Process, how: str, survives: bool
) -> None:
    """Even when the starter is killed without a goodbye."""
    folder = process.pid_file.parent
    starter = subprocess.run(
        [sys.executable, "-c", STARTER, str(folder), how],
        capture_output=True,
        text=True,
        check=False,
    )
    assert starter.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while not survives and process.pid and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (process.pid is not None) == survives


def test_the_tail_of_a_log_is_its_end(tmp_path: Path) -> None:
    """The reason stands in the last lines."""
    log = tmp_path / "log"
    assert tail(log) == "(no log)"
    log.write_text("".join(f"{line}\n" for line in range(20)))
    assert tail(log, 2) == "18\n19"
