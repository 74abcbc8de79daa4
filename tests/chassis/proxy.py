"""A wire between a service and its database that can be cut at a chosen moment."""

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

How = Literal["request lost", "reply lost", "under way"]
"""Under way: the request arrives, and nobody waits for what becomes of it."""


@dataclass
class Cut:
    """Once, when the client sends this text: end the connection, one way or another."""

    text: bytes
    how: How
    fired: asyncio.Event = field(default_factory=asyncio.Event)


class Proxy:
    """A loopback proxy. Only connections of one application name are ever cut."""

    def __init__(self, url: str, application: str) -> None:
        self._parts = urlsplit(url)
        self._application = application.encode()
        self._cuts: list[Cut] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.passes = asyncio.Event()
        """Cleared, nobody new gets through; who is through stays."""
        self.passes.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """The database's address through this wire."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        login = self._parts.netloc.rpartition("@")[0]
        return urlunsplit(self._parts._replace(netloc=f"{login}@127.0.0.1:{port}"))

    def cut(self, text: str, how: How) -> Cut:
        """Cut the connection when a request with this text passes."""
        self._cuts.append(Cut(text.encode(), how))
        return self._cuts[-1]

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError):
                await self._connect(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        await self.passes.wait()
        assert self._parts.hostname is not None
        far_reader, far_writer = await asyncio.open_connection(
            self._parts.hostname, self._parts.port
        )
        back = asyncio.create_task(_pump(far_reader, writer))
        try:
            await self._forth(reader, far_writer, far_reader, back)
        finally:
            back.cancel()
            far_writer.transport.abort()

    async def _forth(
        self,
        reader: StreamReader,
        far: StreamWriter,
        replies: StreamReader,
        back: asyncio.Task[None],
    ) -> None:
        ours = False
        while data := await reader.read(2**16):
            ours = ours or self._application in data
            cut = next((c for c in self._cuts if ours and c.text in data), None)
            if cut is None:
                far.write(data)
                continue
            self._cuts.remove(cut)
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)
            if cut.how != "request lost":
                far.write(data)
                await far.drain()
            if cut.how == "reply lost":
                await replies.read(2**16)
            cut.fired.set()
            return


async def _pump(reader: StreamReader, writer: StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(2**16):
            writer.write(data)
        writer.transport.abort()
