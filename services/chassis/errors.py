"""What can go wrong, in two families: never again (Refused) and try again (Transient).

ServiceError
├── Refused          4xx: the caller can mend it; a message is parked
│   ├── NotFound 404  ├── Conflict 409  ├── Forbidden 403  ├── Stale 412  └── Invalid 422
└── Transient        503: the same again may work; a message is retried
contracts.event.ContractError: an unreadable message, kept with its bytes as a dead letter
anything else: a bug; 500, and a message is parked at once
"""

from typing import Any, ClassVar


class ServiceError(Exception):
    """An expected failure with a stable code and a text per language.

    Shapes: `code` a slug; `zh`, `en` sentences that say what, where and how to mend it; `extra`
    JSON members added to the problem document.
    """

    status: ClassVar[int] = 500

    def __init__(self, code: str, en: str, zh: str = "", **extra: Any) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.en = en
        self.zh = zh or en
        self.extra = extra

    def problem(self) -> dict[str, Any]:
        """The RFC 9457 problem document."""
        return {
            "type": f"/problems/{self.code}",
            "title": self.code.replace("_", " "),
            "status": self.status,
            "code": self.code,
            "detail": self.en,
            "detail_zh": self.zh,
            **self.extra,
        }


class Refused(ServiceError):
    """The request or message cannot be taken as it stands."""

    status = 422


class Invalid(Refused):
    """Well formed, but not acceptable."""


class BadRequest(Refused):
    """Not well formed."""

    status = 400


class Unauthenticated(Refused):
    """Nobody known is asking."""

    status = 401


class Forbidden(Refused):
    """Known, but not allowed."""

    status = 403


class NotFound(Refused):
    """There is no such thing."""

    status = 404


class Conflict(Refused):
    """The thing is not in a state that allows this."""

    status = 409


class Stale(Refused):
    """Someone changed it since it was read."""

    status = 412


class TooLarge(Refused):
    """The body is larger than the limit."""

    status = 413


class Transient(ServiceError):
    """A dependency is away; the same request may be tried again."""

    status = 503


def not_storable(why: object) -> Invalid:
    """The refusal of a value that no store can hold."""
    return Invalid(
        "value_not_storable",
        f"A value cannot be stored ({why}); remove control characters, broken characters and "
        "oversized numbers, and send again.",
        "含有无法存储的值，请去除控制字符、无效字符或过大的数字后重新提交。",
    )


def unanswered() -> Transient:
    """The answer to whoever may or may not have been served."""
    return Transient(
        "store_away",
        "The store does not answer. Your request may or may not have been taken: send it again "
        "with the same Idempotency-Key.",
        "存储暂不可用，请求可能已受理也可能未受理；请使用相同的 Idempotency-Key 重试。",
    )
