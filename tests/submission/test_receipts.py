"""Receipts: signed so that anyone can check them, and any change shows."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.submission.commands.submissions import receipt_of
from services.submission.rules.receipt import authentic, public_key_of, sign
from services.submission.settings import Settings
from services.submission.store import Application
from tests.submission.office import Office

SECRET = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
PUBLIC = public_key_of(SECRET)


@pytest.fixture(scope="module")
def receipt() -> dict[str, Any]:
    """The signed receipt of a submission."""
    office = Office()
    office.sent()
    return sign(receipt_of(office.rows(Application)[0]).document(), SECRET)


def test_a_receipt_says_who_sent_what_to_which_call_and_when(receipt: dict[str, Any]) -> None:
    """Everything an applicant may have to prove stands in the signed part."""
    assert list(receipt) == [
        "kind",
        "application_id",
        "call_id",
        "call_version",
        "applicant_id",
        "title",
        "items",
        "requested_fen",
        "form_sha256",
        "submitted_at",
        "signature",
        "public_key",
    ]
    assert authentic(receipt, PUBLIC)


def test_signing_again_gives_the_same_bytes(receipt: dict[str, Any]) -> None:
    """Ed25519 is deterministic: a receipt given twice is one receipt."""
    assert (
        sign({k: v for k, v in receipt.items() if k not in ("signature", "public_key")}, SECRET)
        == receipt
    )


@given(st.data())
def test_a_changed_byte_is_found(receipt: dict[str, Any], data: st.DataObject) -> None:
    """No bit of the receipt, its signature or its key can be turned unnoticed."""
    text = json.dumps(receipt, ensure_ascii=False).encode()
    place = data.draw(st.integers(0, len(text) - 1))
    changed = bytearray(text)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = json.loads(changed.decode())
    except ValueError:
        return
    if read == receipt or not isinstance(read, dict):
        return
    if {**receipt, "signature": receipt["signature"].upper()} == {
        **read,
        "signature": read.get("signature", "").upper(),
    }:
        return
    assert not authentic(read, PUBLIC)


def test_a_receipt_of_another_key_is_not_ours(receipt: dict[str, Any]) -> None:
    """Whoever forges a receipt can add their own public key to it; it is not asked."""
    forged = sign(
        {k: v for k, v in receipt.items() if k not in ("signature", "public_key")}, SECRET[::-1]
    )
    assert authentic(forged, forged["public_key"])
    assert not authentic(forged, PUBLIC)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"signature": 7},
        {"signature": "zz"},
        {"signature": "00" * 64, "when": float("nan")},
        {"signature": "00" * 64, "title": "\ud800"},
    ],
)
def test_what_is_no_receipt_is_not_authentic(document: dict[str, Any]) -> None:
    """Checking never fails: it says no."""
    assert not authentic(document, PUBLIC)


def test_another_text_signed_by_the_key_is_no_receipt() -> None:
    """The kind stands in the signed part, so nothing else can pass for a receipt."""
    assert not authentic(sign({"kind": "something else"}, SECRET), PUBLIC)


def test_a_receipt_is_checked_offline_as_its_docstring_says(receipt: dict[str, Any]) -> None:
    """The published recipe, without a line of ours."""
    rest = {k: v for k, v in receipt.items() if k not in ("signature", "public_key")}
    those_bytes = json.dumps(
        rest, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(PUBLIC))
    key.verify(bytes.fromhex(receipt["signature"]), those_bytes)


def test_the_key_must_be_drawn_not_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing, short or typed key stops the service before it signs anything."""
    others: dict[str, Any] = {
        "database_url": "postgresql://a@b/c",
        "kafka_bootstrap_servers": "b:9092",
        "token_secret": "0123456789abcdef!",
    }
    monkeypatch.delenv("SUBMISSION_RECEIPT_KEY", raising=False)
    wrong: list[dict[str, Any]] = [
        {},
        {"receipt_key": "ab" * 31},
        {"receipt_key": "zz" * 32},
        {"receipt_key": "01" * 32},
    ]
    for key in wrong:
        with pytest.raises(ValidationError, match=r"receipt_key"):
            Settings(**{**others, **key})
    drawn: dict[str, Any] = {**others, "receipt_key": SECRET}
    assert Settings(**drawn).receipt_key.get_secret_value() == SECRET
