"""A loopback wire between a service and what it depends on, with everything that happens to wires."""

import asyncio
import contextlib
import threading
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field

from deploy.ports import free_port

CHUNK = 2**16
REPLY_SECONDS = 0.3
"""How long the far end has to answer what nobody will hear."""


@dataclass
class Wire:
    """One listening port that leads to another. Its attributes may be changed at any time.

    `delay_s` holds every chunk back; `bytes_per_s` is a slow line; `deaf` swallows what comes back,
    `mute` what goes out, connections staying open; `closed` refuses whoever comes; `lose_reply_to`
    passes a request with this text on and ends the connection before the reply.
    """

    target: int
    port: int = field(default_factory=free_port)
    delay_s: float = 0.0
    bytes_per_s: int = 0
    deaf: bool = False
    mute: bool = False
    closed: bool = False
    lose_reply_to: bytes = b""
    lose_request: bytes = b""
    lost: int = 0
    _open: set[StreamWriter] = field(default_factory=set)

    def heal(self) -> None:
        """A good wire again; what was swallowed stays lost, so its connections end."""
        if self.deaf or self.mute:
            self.cut()
        self.delay_s, self.bytes_per_s = 0.0, 0
        self.deaf = self.mute = self.closed = False
        self.lose_reply_to = self.lose_request = b""

    def cut(self) -> None:
        """Reset every connection."""
        LOOP.call(self._cut)

    def _cut(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def serve(self) -> asyncio.Server:
        """Listen."""
        return await asyncio.start_server(self._connected, "127.0.0.1", self.port, backlog=256)

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self.closed:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self._open |= pair
        unheard = asyncio.Event()
        there = asyncio.create_task(self._forth(reader, far_writer, unheard))
        back = asyncio.create_task(self._back(far_reader, writer, unheard))
        await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
        for task in (there, back):
            task.cancel()
        for end in pair:
            end.transport.abort()
        self._open -= pair

    async def _forth(
        self, reader: StreamReader, writer: StreamWriter, unheard: asyncio.Event
    ) -> None:
        """What goes out, until a request or the reply to it goes missing, and the connection with it."""
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.lose_request and self.lose_request in data:
                    self.lost += 1
                    return
                if self.lose_reply_to and self.lose_reply_to in data:
                    self.lost += 1
                    unheard.set()
                await self._hold(data)
                if not self.mute:
                    writer.write(data)
                    await writer.drain()
                if unheard.is_set():
                    await asyncio.sleep(REPLY_SECONDS)
                    return

    async def _back(
        self, reader: StreamReader, writer: StreamWriter, unheard: asyncio.Event
    ) -> None:
        """What comes back, unless nobody is to hear it."""
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._hold(data)
                if not self.deaf and not unheard.is_set():
                    writer.write(data)
                    await writer.drain()

    async def _hold(self, data: bytes) -> None:
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.bytes_per_s:
            await asyncio.sleep(len(data) / self.bytes_per_s)


class Loop:
    """The thread all wires run on, started with the first one."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.servers: list[asyncio.Server] = []

    def string(self, wire: Wire) -> Wire:
        """Put a wire up."""
        if self.loop is None:
            self.loop = asyncio.new_event_loop()
            threading.Thread(target=self.loop.run_forever, daemon=True).start()
        server = asyncio.run_coroutine_threadsafe(wire.serve(), self.loop).result(10)
        self.servers.append(server)
        return wire

    def call(self, act: object) -> None:
        """Do something on the wires' own thread."""
        assert self.loop is not None
        assert callable(act)
        self.loop.call_soon_threadsafe(act)


LOOP = Loop()
