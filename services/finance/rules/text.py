"""Folding of written text, so that width, case, spacing and bracket style never decide a match."""

import re
import unicodedata
from functools import lru_cache

_BRACKETS = str.maketrans("【】〔〕[]{}〈〉《》", "()()()()()()")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0x2212: 0x2D,
    0xFFE5: 0xA5,
}


def narrowed(text: str) -> str:
    """Full-width letters, digits and marks become ASCII; nothing else changes.

    Unlike NFKC this leaves `²` and `①` alone, which must never be read as digits of an amount.
    """
    return text.translate(_WIDE)


def folded(text: str) -> str:
    """Match form of a text (R0): NFKC, upper case, one bracket form, no spaces or invisibles."""
    plain = unicodedata.normalize("NFKC", text).upper().translate(_BRACKETS)
    return "".join(c for c in plain if not c.isspace() and unicodedata.category(c)[0] != "C")


@lru_cache(maxsize=100_000)
def compact(text: str) -> str:
    """The folded text without punctuation: what is left of a reference a bank has reformatted."""
    return re.sub(r"[\W_]+", "", folded(text))
