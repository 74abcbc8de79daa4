"""How alike two names are, as an exact fraction: shared letter pairs, order and brackets aside."""

import re
from collections import Counter
from fractions import Fraction
from functools import lru_cache

from services.finance.rules.text import folded


@lru_cache(maxsize=20_000)
def _pairs(name: str) -> Counter[str]:
    plain = re.sub(r"[\W_]+", "", folded(name))
    return Counter(plain[i : i + 2] for i in range(len(plain) - 1))


def similarity(left: str, right: str) -> Fraction:
    """Dice's coefficient over letter pairs, 0 to 1; empty names are like nothing."""
    a, b = _pairs(left), _pairs(right)
    total = a.total() + b.total()
    return Fraction(2 * (a & b).total(), total) if total else Fraction(0)
