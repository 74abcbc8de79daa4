"""Who is asking, and what they may do: signed tokens, roles, deny by default."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, new
from typing import Literal

import orjson

from services.chassis.errors import Unauthenticated

Role = Literal[
    "applicant", "clerk", "screener", "officer", "reviewer", "finance", "treasurer", "operator"
]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a machine. `subject` is what they act for: an applicant's id, a reviewer's id."""

    id: str
    roles: frozenset[str]
    subject: str = ""


NOBODY = Actor("", frozenset())


def token_for(secret: str, actor: Actor) -> str:
    """A bearer token: the actor as JSON and its HMAC-SHA-256, both base64url."""
    body = orjson.dumps({"id": actor.id, "roles": sorted(actor.roles), "subject": actor.subject})
    return f"{_text(body)}.{_text(_seal(secret, body))}"


def actor_of(secret: str, authorization: str) -> Actor:
    """The actor behind an Authorization header; nobody when there is none.

    Raises:
        Unauthenticated: the token is malformed or its seal is wrong.
    """
    if not authorization:
        return NOBODY
    try:
        scheme, _, token = authorization.partition(" ")
        body, seal = (urlsafe_b64decode(part + "==") for part in token.split("."))
        if scheme.lower() == "bearer" and compare_digest(seal, _seal(secret, body)):
            said = orjson.loads(body)
            return Actor(said["id"], frozenset(said["roles"]), said["subject"])
    except (ValueError, KeyError, TypeError):
        pass
    raise Unauthenticated(
        "token_invalid",
        "The bearer token is not one of ours; ask the operator for a new one.",
        "令牌无效，请向管理员索取新的令牌。",
    )


def _seal(secret: str, body: bytes) -> bytes:
    return new(secret.encode(), body, sha256).digest()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
