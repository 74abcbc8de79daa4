"""Signed receipts: proof, to be checked by anyone without us, of what was sent and when.

A receipt is a JSON object. Its `signature` (Ed25519, RFC 8032, hexadecimal) covers the canonical
bytes of all its other members but `public_key`: UTF-8 JSON, keys sorted, no spaces. To check one
offline:

1. Take the public key from the call's notice or `GET /v1/receipts/key`, not from the receipt.
2. Remove `signature` and `public_key`, write the rest canonically:
   `json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()`.
3. Verify the signature over those bytes, e.g. with Python's `cryptography`:
   `key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))`, then
   `key.verify(bytes.fromhex(signature), those_bytes)`.
4. `form_sha256` is the SHA-256 of the form's canonical bytes: the form can be checked, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.submission.rules.canonical import canonical

KIND = "mingjing.submission_receipt.v1"
"""Stands in every receipt, so that no other signed text of this key can pass for one."""
UNSIGNED = frozenset({"signature", "public_key"})


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says: the same for every repeat of one submission."""

    application_id: str
    call_id: str
    call_version: int
    applicant_id: str
    title: str
    items: tuple[str, ...]
    requested_fen: int
    form_sha256: str
    submitted_at: str

    def document(self) -> dict[str, Any]:
        """The members that are signed."""
        return {
            "kind": KIND,
            "application_id": self.application_id,
            "call_id": self.call_id,
            "call_version": self.call_version,
            "applicant_id": self.applicant_id,
            "title": self.title,
            "items": list(self.items),
            "requested_fen": self.requested_fen,
            "form_sha256": self.form_sha256,
            "submitted_at": self.submitted_at,
        }


def public_key_of(secret_hex: str) -> str:
    """The public key, 64 hexadecimal digits, of a secret of 32 bytes."""
    return _secret(secret_hex).public_key().public_bytes_raw().hex()


def sign(receipt: Mapping[str, Any], secret_hex: str) -> dict[str, Any]:
    """The receipt with its signature and public key; the same receipt gets the same signature."""
    key = _secret(secret_hex)
    return {
        **receipt,
        "signature": key.sign(signed_bytes(receipt)).hex(),
        "public_key": key.public_key().public_bytes_raw().hex(),
    }


def authentic(receipt: Mapping[str, Any], public_key_hex: str) -> bool:
    """A receipt is authentic when this key signed exactly these members.

    The receipt's own `public_key` is not asked: whoever forges a receipt can put theirs there.
    Never raises: what cannot be read as a receipt is not authentic.
    """
    try:
        signature = bytes.fromhex(receipt["signature"])
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key_hex))
        key.verify(signature, signed_bytes(receipt))
    except (InvalidSignature, KeyError, ValueError, TypeError):
        return False
    return (
        receipt.get("kind") == KIND and receipt.get("public_key", public_key_hex) == public_key_hex
    )


def signed_bytes(receipt: Mapping[str, Any]) -> bytes:
    """The bytes a signature covers: everything but the signature and the key that made it."""
    return canonical({name: value for name, value in receipt.items() if name not in UNSIGNED})


@lru_cache(maxsize=4)
def _secret(secret_hex: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret_hex))
