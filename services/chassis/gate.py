"""The gate: the one place where a request is allowed or not, and becomes a command."""

import re
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import is_instant
from services.chassis.auth import Actor, Role, actor_of
from services.chassis.causes import Ask
from services.chassis.errors import (
    BadRequest,
    Forbidden,
    Invalid,
    ServiceError,
    Unauthenticated,
)
from services.chassis.ids import derived, fresh
from services.chassis.model import Answer
from services.chassis.problems import json_response, problem_response

KEY_CHARACTERS_MAX = 200
TRACEPARENT = re.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context. Anything else is no trace, and would travel in the headers of every event."""


class _Gate:
    """One request: who asks, when, and with which idempotency key.

    Every route calls `ask` or `allow` exactly once, naming the roles it is for; a test lists them all.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.runtime = request.app.state.runtime
        secret = self.runtime.settings.token_secret.get_secret_value()
        self.actor: Actor = actor_of(secret, request.headers.get("authorization", ""))

    @property
    def now(self) -> str:
        """The instant this request is taken at.

        Raises:
            BadRequest: the Mingjing-Now header is not an instant with an offset.
        """
        said = self.request.headers.get("mingjing-now")
        if said is None or self.runtime.settings.clock != "header":
            return str(self.runtime.clock.now())
        if is_instant(said):
            return said
        raise BadRequest(
            "now_invalid",
            f"Header Mingjing-Now is {said!r}; write an instant with its offset, e.g. 2021-07-12T18:00:00+08:00.",
            f"请求头 Mingjing-Now 为 {said!r}；请写成带时区的时刻，例如 2021-07-12T18:00:00+08:00。",
        )

    @property
    def if_match(self) -> str:
        """The If-Match header, without quotes; empty when there is none."""
        return self.request.headers.get("if-match", "").strip().strip('"')

    def allow(self, *roles: Role, subject: str = "") -> Actor:
        """Let these roles through; with `subject`, an applicant or reviewer only for themselves.

        Raises:
            Unauthenticated: nobody known is asking.
            Forbidden: known, but none of these roles, or for somebody else.
        """
        if not self.actor.id:
            raise Unauthenticated(
                "token_missing",
                "Send a bearer token in the Authorization header.",
                "请在 Authorization 请求头中提供令牌。",
            )
        held = self.actor.roles.intersection(roles)
        personal = held <= {"applicant", "reviewer"}
        if not held or (subject and personal and self.actor.subject != subject):
            raise Forbidden(
                "not_allowed",
                f"This needs one of the roles {', '.join(roles)}{' for ' + subject if subject else ''}; "
                f"you act as {', '.join(sorted(self.actor.roles)) or 'nobody'}"
                f"{' for ' + self.actor.subject if self.actor.subject else ''}.",
                f"此操作需要以下角色之一：{'、'.join(roles)}；当前身份不具备。",
            )
        return self.actor

    async def ask(
        self, command: Any, *, allow: tuple[Role, ...], subject: str = "", correlation: str = ""
    ) -> Response:
        """Give the command to the writer and turn its answer into the response.

        Raises:
            ServiceError: refused, or a dependency is away.
        """
        self.allow(*allow, subject=subject)
        answer = await self.runtime.ask(await self._envelope(command, correlation))
        return respond(answer)

    async def ask_public(self, command: Any, *, correlation: str = "") -> Response:
        """Give a command that anyone may give to the writer: an objection, which needs no account.

        Raises:
            ServiceError: refused, or a dependency is away.
        """
        return respond(await self.runtime.ask(await self._envelope(command, correlation)))

    def public(self) -> None:
        """Say that anyone may see this: the call, a result notice, a receipt check."""

    def query(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A read-only session on the service's own database; it fails as `Sessions.session` does."""
        session: AbstractAsyncContextManager[AsyncSession] = self.runtime.session()
        return session

    async def _envelope(self, command: Any, correlation: str) -> Ask:
        key = self.request.headers.get("idempotency-key", "").strip()
        if len(key) > KEY_CHARACTERS_MAX or not key.isprintable():
            raise Invalid(
                "idempotency_key_invalid",
                f"Idempotency-Key must be at most {KEY_CHARACTERS_MAX} printable characters.",
                f"Idempotency-Key 最多 {KEY_CHARACTERS_MAX} 个可见字符。",
            )
        owned = f"{self.actor.id}|{key}" if key else ""
        cause = derived(owned, "ask") if key else fresh()
        return Ask(
            id=cause,
            command=command,
            now=self.now,
            correlation_id=correlation or cause,
            replay_key=owned,
            fingerprint=await self._fingerprint() if key else "",
            traceparent=self._traceparent(),
        )

    def _traceparent(self) -> str:
        said = self.request.headers.get("traceparent", "")
        return said if TRACEPARENT.fullmatch(said) else ""

    async def _fingerprint(self) -> str:
        query = f"?{self.request.url.query}" if self.request.url.query else ""
        line = f"{self.request.method} {self.request.url.path}{query}\n".encode()
        return sha256(line + await self.request.body()).hexdigest()


def respond(answer: Answer | ServiceError) -> Response:
    """An answer as a response; a refusal as a problem document."""
    if isinstance(answer, ServiceError):
        return problem_response(answer)
    media = (
        "application/problem+json"
        if answer.status >= HTTPStatus.BAD_REQUEST
        else "application/json"
    )
    response = json_response(answer.body, answer.status, media)
    if answer.etag:
        response.headers["ETag"] = f'"{answer.etag}"'
    return response


async def _gate(request: Request) -> _Gate:
    """Async, though it waits for nothing: FastAPI sends a plain function to a thread and back."""
    return _Gate(request)


Gate = Annotated[_Gate, Depends(_gate)]
