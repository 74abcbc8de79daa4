"""A server program started by us, found again by its pid file, and never mistaken for another."""

import atexit
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

KILL_SECONDS_MAX = 10
NAMED_SECONDS_MAX = 10
_PR_SET_PDEATHSIG = 1
# Python warns when a Popen is forgotten while its program runs, which is what detaching means.
_KEPT: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's user a program runs as."""

    name: str
    uid: int
    gid: int


class Process:
    """One program and its pid file.

    Any process of ours may hold a `Process` for the same pid file: the one that started the
    program and, later, the one that stops it.
    """

    def __init__(self, pid_file: Path, stop_signal: signal.Signals = signal.SIGTERM) -> None:
        self.pid_file = pid_file
        self.stop_signal = stop_signal

    def start(
        self,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        account: Account | None = None,
        detached: bool = False,
    ) -> None:
        """Start the program, its output appended to `log`.

        Unless detached it ends with us: on a clean exit by `atexit`, on any other by the kernel.
        It always gets a session of its own, so that Ctrl-C reaches us first and we stop it.
        """
        with log.open("ab") as output:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                preexec_fn=None if detached else self._end_with_parent(),  # noqa: PLW1509 (one system call)
            )
        _KEPT.append(popen)
        self.pid_file.write_text(json.dumps({"pid": popen.pid, "command": list(command)}))
        _wait_until_named(popen)
        if not detached:
            atexit.register(self.stop)

    def _end_with_parent(self) -> Callable[[], None] | None:
        """Ask the kernel to send the stop signal when we die without a goodbye.

        The kernel watches the starting *thread*, so only the main one may ask for it.
        """
        if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
            return None
        prctl, number = ctypes.CDLL(None).prctl, int(self.stop_signal)
        return lambda: prctl(_PR_SET_PDEATHSIG, number)

    def _found(self) -> psutil.Process | None:
        """The running program, only if it is the very command we noted.

        Process ids are used again; a command line that names our own data folder is not.
        """
        try:
            note = json.loads(self.pid_file.read_text())
            process = psutil.Process(note["pid"])
            return process if process.cmdline() == note["command"] else None
        except (OSError, ValueError, KeyError, psutil.Error):
            return None

    @property
    def pid(self) -> int | None:
        """The program's process id, or None when it is not running."""
        found = self._found()
        return found.pid if found else None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if the program still runs."""
        found = self._found()
        if found:
            with contextlib.suppress(psutil.NoSuchProcess):
                found.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Wait for the program's end; whether it ended."""
        found = self._found()
        if found:
            try:
                found.wait(seconds)
            except psutil.TimeoutExpired:
                return False
        self._forget()
        return True

    def stop(self, seconds: float = 30) -> None:
        """Ask the program to end, and insist when it does not."""
        self.signal(signal.SIGCONT)  # a paused program would never hear the request
        self.signal(self.stop_signal)
        if not self.wait(seconds):
            self.kill()

    def kill(self) -> None:
        """End the program and its children at once, as a crash would."""
        found = self._found()
        if found:
            family = [found, *found.children(recursive=True)]
            for member in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.kill()
            _wait_until_dead(family)
        self._forget()

    def _forget(self) -> None:
        self.pid_file.unlink(missing_ok=True)
        atexit.unregister(self.stop)
        _KEPT[:] = [kept for kept in _KEPT if kept.poll() is None]


def _wait_until_named(popen: subprocess.Popen[bytes]) -> None:
    """Between exec and the program's first step its command line reads empty, as if it were gone."""
    deadline = time.monotonic() + NAMED_SECONDS_MAX
    while popen.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(psutil.Error):
            if psutil.Process(popen.pid).cmdline():
                return
        time.sleep(0.001)


def _wait_until_dead(family: Sequence[psutil.Process]) -> None:
    """Wait until none of them runs; one that nobody has reaped yet is dead enough."""
    deadline = time.monotonic() + KILL_SECONDS_MAX
    while time.monotonic() < deadline and any(_runs(member) for member in family):
        time.sleep(0.005)
    with contextlib.suppress(psutil.Error):
        family[0].wait(0)  # reap it when it is our own child


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, for the message that says a program did not start."""
    if not log.exists():
        return "(no log)"
    text = log.read_text(errors="replace").splitlines()
    return os.linesep.join(text[-lines:])
