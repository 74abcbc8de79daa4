"""The client's journal: every command and every answer on disk before anything else happens."""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import orjson

from services.chassis.auth import Role
from services.chassis.ids import derived
from services.cli.season.office import Office, Person
from tests.faults.checker.evidence import Answered, Command

ATTEMPT_SECONDS_MAX = 8.0
PAUSE_SECONDS = 0.25
NOT_YET_SECONDS_MAX = 60.0


class Journal:
    """An append-only file; what `write` returned from survives a power cut. Writers share a flush."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.file = path.open("ab")
        self.dirty = False
        self.flushed: asyncio.Future[None] | None = None

    async def write(self, line: dict[str, Any]) -> None:
        """Append a line and wait until it is on disk."""
        self.file.write(orjson.dumps(line) + b"\n")
        if self.flushed is None:
            self.flushed = asyncio.get_running_loop().create_future()
            asyncio.create_task(self._flush())  # noqa: RUF006 (whoever wrote waits for its future)
        await asyncio.shield(self.flushed)

    async def _flush(self) -> None:
        await asyncio.sleep(0)
        waiting, self.flushed = self.flushed, None
        self.file.flush()
        await asyncio.to_thread(os.fsync, self.file.fileno())
        assert waiting is not None
        waiting.set_result(None)

    def commands(self) -> list[Command]:
        """Close it; every command with its answers, read back from disk."""
        self.file.close()
        return read_commands(self.path.read_bytes().splitlines())


def read_commands(lines: Iterable[bytes]) -> list[Command]:
    """Commands by cause and words, in the order they were first asked."""
    found: dict[str, Command] = {}
    for line in map(orjson.loads, lines):
        name = line["cause"] + line["words"]
        if line["op"] == "invoke":
            command = Command(
                line["key"], line["cause"], line["service"], line["path"], line["said"], line["at"]
            )
            found.setdefault(name, command)
        else:
            status = line["status"] if line["op"] != "unknown" else None
            found[name].answers.append(Answered(status, line["body"], line["at"]))
    return list(found.values())


@dataclass(frozen=True)
class Asked:
    """One command under its key, as the journal keeps it."""

    actor_id: str
    key: str
    service: str
    path: str
    at: str
    said: Any

    @property
    def named(self) -> dict[str, str]:
        """The cause of all that follows, and a digest of the words: one key may be misused."""
        words = sha256(repr((self.path, self.said)).encode()).hexdigest()[:12]
        return {"cause": derived(f"{self.actor_id}|{self.key}", "ask"), "words": words}


class NeverAnswered(Exception):
    """A command was sent again and again, and nobody ever said what became of it."""


@dataclass
class JournalOffice(Office):
    """People who write everything down, never give up, and come again when told it is too early."""

    journal: Journal = field(default_factory=lambda: Journal(Path(os.devnull)))
    gives_up_at: float = 0.0
    """The loop's time at which nobody waits any longer; 0 is never."""
    rename: tuple[tuple[str, str], ...] = ()
    """Words that this season says otherwise: its accounts, its applicants."""
    later: str = ""
    """The instant it has become: what is asked again, is asked then."""
    sent: int = 0

    def connect(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        return httpx.AsyncClient(timeout=ATTEMPT_SECONDS_MAX, limits=limits)

    async def post(  # noqa: PLR0913 (a request has that many parts)
        self, who: Person, at: str, service: str, path: str, body: Any = None, *,
        content: bytes | None = None, media: str = "", expect: Iterable[int] = (200, 201),
        measured: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """POST until it is answered; a refusal that nobody expected is asked again for a while."""
        body, content, path = (self._renamed(said) for said in (body, content, path))
        who = Person(who.id, who.roles, self._renamed(who.subject))
        until = asyncio.get_running_loop().time() + NOT_YET_SECONDS_MAX
        number = 0
        while True:
            response = await self._asked(who, at, service, path, body, content, media, number)
            if response.status_code in expect:
                return dict(response.json())
            now = asyncio.get_running_loop().time()
            if response.status_code not in (404, 409, 422) or now > until or self._is_over():
                return await self._refused(service, path, response)
            number += 1
            await asyncio.sleep(1)

    async def _refused(self, service: str, path: str, response: httpx.Response) -> dict[str, Any]:
        from services.cli.season.office import Refusal  # noqa: PLC0415

        raise Refusal(f"POST {service} {path}: {response.status_code} {response.text[:500]}")

    def _renamed(self, said: Any) -> Any:
        if said is None:
            return said
        text = said if isinstance(said, bytes) else orjson.dumps(said)
        for old, new in self.rename:
            text = text.replace(old.encode(), new.encode())
        return text if isinstance(said, bytes) else orjson.loads(text)

    async def _asked(  # noqa: PLR0913, PLR0917 (a request and how often it was too early)
        self, who: Person, at: str, service: str, path: str, body: Any, content: bytes | None,
        media: str, number: int,
    ) -> httpx.Response:  # fmt: skip
        key = self._key(who, at, path, [number, body], content)
        headers = self._headers(who, at) | {"Idempotency-Key": key}
        if media:
            headers["Content-Type"] = media
        said = body if content is None else {"sha256": sha256(content).hexdigest()}
        what = {"content": content or b""} if body is None else {"json": body}
        return await self.ask(Asked(who.id, key, service, path, at, said), headers, what)

    async def ask(
        self, asked: "Asked", headers: dict[str, str], what: dict[str, Any]
    ) -> httpx.Response:
        """Write the command down and send it under its key until it is answered for good."""
        async with self._slots:
            await self.journal.write({"op": "invoke", **asked.named, **asdict(asked)})
            while True:
                response = await self._once(asked, headers, what)
                if response is not None:
                    return response
                if self._is_over():
                    raise NeverAnswered(f"{asked.service} {asked.path} {asked.key}")
                self.retried += 1
                await asyncio.sleep(PAUSE_SECONDS)

    async def _once(
        self, asked: "Asked", headers: dict[str, str], what: dict[str, Any]
    ) -> httpx.Response | None:
        assert self._client is not None
        self.sent += 1
        headers = headers | ({"Mingjing-Now": self.later} if self.later else {})
        try:
            url = f"{self.stack.url(asked.service)}{asked.path}"
            response = await self._client.post(url, headers=headers, **what)
        except httpx.HTTPError as lost:
            await self._note(asked, "unknown", None, type(lost).__name__)
            return None
        if response.status_code >= 500:
            await self._note(asked, "unknown", response.status_code, response.text[:200])
            return None
        op = "ok" if response.status_code < 400 else "fail"
        await self._note(asked, op, response.status_code, orjson.loads(response.content))
        return response

    async def _note(self, asked: "Asked", op: str, status: int | None, body: Any) -> None:
        line = {
            "op": op,
            **asked.named,
            "status": status,
            "body": body,
            "at": self.later or asked.at,
        }
        await self.journal.write(line)

    def _is_over(self) -> bool:
        return bool(self.gives_up_at) and asyncio.get_running_loop().time() > self.gives_up_at


def operator() -> Person:
    """Somebody who may look into the machinery."""
    roles: tuple[Role, ...] = ("operator",)
    return Person("operator-wu", roles)
