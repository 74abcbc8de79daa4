"""Exact numbers: fractions as text, and decimals rounded by a declared rule, never by a float."""

import re
from enum import StrEnum
from fractions import Fraction

FRACTION = re.compile(r"(-?(?:0|[1-9][0-9]*))/([1-9][0-9]*)")


class Rounding(StrEnum):
    """What happens to a value that lies exactly half way between two decimals."""

    HALF_EVEN = "half_even"  # to the even digit: no drift over many values
    HALF_UP = "half_up"  # away from zero: what 四舍五入 means


def fraction_text(value: Fraction) -> str:
    """The lowest-terms spelling "num/den", also for whole numbers, so that the form is one."""
    return f"{value.numerator}/{value.denominator}"


def parse_fraction(text: str) -> Fraction:
    """The inverse of fraction_text; another spelling of the same number is refused.

    Raises:
        ValueError: the text is not a fraction in lowest terms.
    """
    found = FRACTION.fullmatch(text)
    value = Fraction(int(found[1]), int(found[2])) if found else None
    if value is None or fraction_text(value) != text:
        raise ValueError(f"{text!r} is not a fraction in lowest terms such as '7/2'.")
    return value


def decimal_text(value: Fraction, decimals: int, rounding: Rounding) -> str:
    """The value with exactly the declared number of decimals.

    Why: a real review system mistook the rounding mode for the scale. Unit: that of the value.
    Boundary: exactly half way goes to the even digit, or away from zero, as declared.
    """
    assert decimals >= 0
    whole = _rounded(abs(value) * 10**decimals, rounding)
    digits = str(whole).rjust(decimals + 1, "0")
    sign = "-" if value < 0 and whole else ""
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


def _rounded(value: Fraction, rounding: Rounding) -> int:
    below, rest = divmod(value.numerator, value.denominator)
    twice = 2 * rest
    if twice == value.denominator:
        return below + (1 if rounding is Rounding.HALF_UP else below % 2)
    return below + (twice > value.denominator)
