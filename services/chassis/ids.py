"""Ids that follow from causes: the same cause gives the same ids, however often it is replayed."""

from hashlib import sha1
from uuid import UUID, uuid4, uuid5

NAMESPACE = UUID("8f0a4f0e-6d1b-5c1e-9b57-6d696e676a69")


def derived(cause_id: str, name: str) -> str:
    """The version 5 UUID of a name under a cause; the cause may be any text."""
    digest = bytearray(
        sha1(NAMESPACE.bytes + f"{cause_id}/{name}".encode(), usedforsecurity=False).digest()[:16]
    )
    digest[6] = (digest[6] & 0x0F) | 0x50
    digest[8] = (digest[8] & 0x3F) | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def fresh() -> str:
    """A random id, for a cause that has none: drawn at the edge only."""
    return str(uuid4())


assert derived("a", "b") == str(uuid5(NAMESPACE, "a/b"))
