"""Documents as bytes that anyone can make again, and what they may hold so that this works."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from services.submission.rules.problem import Problem

DEPTH_MAX = 12
INTEGER_MAX = 2**53 - 1


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one way to write a document: UTF-8 JSON, keys sorted by code point, no spaces.

    For a document that `unwritable` finds nothing in, these are the bytes of RFC 8785 too, but that
    RFC 8785 sorts keys by UTF-16 unit (the same for all keys below U+D800).
    """
    return json.dumps(
        document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical bytes, in lower-case hexadecimal."""
    return sha256(canonical(document)).hexdigest()


def unwritable(value: Any, where: str, depth: int = 0) -> Iterator[Problem]:
    """Find what has no canonical bytes: fractions, large integers, broken text, endless nesting.

    Unit: none. A value nested exactly DEPTH_MAX deep, or exactly INTEGER_MAX, is still written.
    """
    if depth > DEPTH_MAX:
        yield Problem(
            where, "too_deep", f"Nest at most {DEPTH_MAX} levels.", f"嵌套不得超过{DEPTH_MAX}层。"
        )
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _text(name, f"{where}.{_shown(name)}")
            yield from unwritable(inner, f"{where}.{_shown(name)}", depth + 1)
    elif isinstance(value, list | tuple):
        for position, inner in enumerate(value):
            yield from unwritable(inner, f"{where}.{position}", depth + 1)
    else:
        yield from _scalar(value, where)


def _scalar(value: Any, where: str) -> Iterator[Problem]:
    if isinstance(value, float):
        yield Problem(
            where,
            "fraction",
            "Write whole numbers, or the fraction as text: fractions of a computer lose digits.",
            "请填写整数，或以文本填写小数：浮点数会丢失位数。",
        )
    elif isinstance(value, int) and abs(value) > INTEGER_MAX:
        yield Problem(
            where,
            "integer_too_large",
            f"Write at most {INTEGER_MAX}, or the number as text.",
            f"整数不得超过 {INTEGER_MAX}，更大的数请以文本填写。",
        )
    elif isinstance(value, str):
        yield from _text(value, where)


def _text(text: str, where: str) -> Iterator[Problem]:
    try:
        text.encode()
    except UnicodeEncodeError:
        yield Problem(
            where, "text_broken",
            "Half a character (a lone surrogate) stands here; write the text again.",
            "此处含不完整的字符（孤立代理项），请重新填写。",
        )  # fmt: skip
        return
    if "\x00" in text:
        yield Problem(where, "text_null", "Remove the NUL character.", "请删除空字符（NUL）。")


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:40]
