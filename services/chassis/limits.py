"""A limit on the size of request bodies, whether announced or streamed."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.errors import TooLarge
from services.chassis.problems import problem_response

HEARD_BYTES_MAX = 32 * 2**20
"""So much of a refused body is read, so that the refusal arrives."""


class BodyLimit:
    """ASGI middleware: answers 413 before an oversized body is read into memory."""

    def __init__(self, app: ASGIApp, bytes_max: int) -> None:
        self.app = app
        self.bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what it sends."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = next((v for n, v in scope["headers"] if n == b"content-length"), b"0")
        if announced.isdigit() and int(announced) > self.bytes_max:
            await _hear_out(receive)
            await problem_response(self._refusal())(scope, receive, send)
            return
        await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes in pieces; past the limit, whatever the application says gives way."""
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.bytes_max:
                raise self._refusal()
            return message

        async def unless_refused(message: Message) -> None:
            nonlocal started
            if started or seen <= self.bytes_max:
                started = True
                await send(message)

        await self.app(scope, counted, unless_refused)
        if not started and seen > self.bytes_max:
            await problem_response(self._refusal())(scope, receive, send)

    def _refusal(self) -> TooLarge:
        return TooLarge(
            "body_too_large",
            f"The body is larger than {self.bytes_max} bytes; send less.",
            f"请求体超过 {self.bytes_max} 字节，请减小后重试。",
        )


async def _hear_out(receive: Receive) -> None:
    """Read on and forget: whoever is cut off while sending never reads why.

    Boundary: past so many bytes we hang up all the same.
    """
    heard, more = 0, True
    while more and heard < HEARD_BYTES_MAX:
        message = await receive()
        heard += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
