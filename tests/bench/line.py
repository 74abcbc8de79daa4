"""The line between the bench and the processes it measures: one JSON object per line, both ways."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
POLL_SECONDS = 0.005
LATE_SECONDS_MAX = 300
Action = Callable[..., Awaitable[Any]]


class Away(Exception):
    """A process ended, or an action in it failed; the message says which and why."""


async def serve(actions: dict[str, Action]) -> None:
    """In the measured process: do what each line asks and answer it, until the line is closed."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=64 * 2**20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    _answer({"said": "ready"})
    while line := await reader.readline():
        asked = json.loads(line)
        try:
            _answer({"said": await actions[asked.pop("do")](**asked)})
        except Exception as bug:  # noqa: BLE001 (whoever asked hears of it)
            _answer({"failed": f"{type(bug).__name__}: {bug}"})


async def until(holds: Callable[[], bool], seconds: float = LATE_SECONDS_MAX) -> float:
    """Wait until something holds; the instant (monotonic).

    Raises:
        TimeoutError: it did not come to hold.
    """
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 (what is measured must not know that it is)
            await asyncio.sleep(POLL_SECONDS)
    return time.monotonic()


def _answer(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


class Worker:
    """In the bench: a process of ours that serves a line. `module` is run with the arguments."""

    def __init__(self, module: str, *arguments: str, log: Path) -> None:
        self.name = f"{module.rpartition('.')[2]} {arguments[0] if arguments else ''}".strip()
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                # As services are started: Linux shares the processor among sessions.
                start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def tell(self, do: str, **what: Any) -> None:
        """Ask for something; `hear` waits for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Any:
        """The answer to the oldest question.

        Raises:
            Away: the process ended or the action failed.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Away(f"{self.name} ended; its log is {self.log}")
        answer = json.loads(line)
        if "failed" in answer:
            raise Away(f"{self.name}: {answer['failed']}; its log is {self.log}")
        return answer["said"]

    def ask(self, do: str, **what: Any) -> Any:
        """Ask and wait for the answer."""
        self.tell(do, **what)
        return self.hear()

    def stop(self) -> None:
        """Close the line, which ends the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
