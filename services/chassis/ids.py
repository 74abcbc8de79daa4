"""Ids that follow from causes: the same cause gives the same ids, however often it is replayed."""

from hashlib import sha1
from uuid import UUID, uuid4, uuid5

NAMESPACE = UUID("8f0a4f0e-6d1b-5c1e-9b57-6d696e676a69")
_SPACE = NAMESPACE.bytes
_VARIANT = {f"{digit:x}": f"{digit & 3 | 8:x}" for digit in range(16)}
"""RFC 9562 fixes the two highest bits of this digit."""


def derived(cause_id: str, name: str) -> str:
    """The version 5 UUID of a name under a cause; the cause may be any text."""
    text = sha1(_SPACE + f"{cause_id}/{name}".encode(), usedforsecurity=False).hexdigest()
    variant = _VARIANT[text[16]]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def fresh() -> str:
    """A random id, for a cause that has none: drawn at the edge only."""
    return str(uuid4())


assert derived("a", "b") == str(uuid5(NAMESPACE, "a/b"))
