"""Money as integer fen: read from text, shown to people, split without loss."""

import re
from collections.abc import Sequence

from services.finance.rules.refusal import Refused
from services.finance.rules.text import narrowed

# Larger amounts would not survive a JSON number in every reader (2^53).
AMOUNT_FEN_MAX = 2**53 - 1
TEXT_LENGTH_MAX = 64
DECIMALS_MAX = 2

_FEN_PER_UNIT = {"": 100, "元": 100, "万": 1_000_000, "万元": 1_000_000}
_AMOUNT = re.compile(
    r"([+-]?) *(?:CNY|RMB|¥|人民币)? *"
    r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))? *(万元|万|元)?整?"
)
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ((1000, "仟"), (100, "佰"), (10, "拾"), (1, ""))


def _refused(code: str, zh: str, en: str) -> Refused:
    mend_zh = "请写作如 300000.00、300,000.00 或 30万元。"
    return Refused(code, f"{zh}{mend_zh}", f"{en} Write e.g. 300000.00, 300,000.00 or 30万元.")


def parse_fen(text: object, *, negative: bool = False) -> int | Refused:
    """Read an amount in yuan (or 万元) from text, exactly, as fen.

    Source: finance model 2.5, clause R24. Unit: fen. Boundary: two decimals are read, a third is
    refused even when it is zero; 2^53-1 fen is read, one fen more is refused. Only text is read:
    a number would already have lost fen on its way here.
    """
    if not isinstance(text, str):
        return _refused("amount_not_text", "金额必须是文本。", "The amount must be text.")
    plain = narrowed(text).strip().upper()
    if not plain:
        return _refused("amount_empty", "金额为空。", "The amount is empty.")
    found = _AMOUNT.fullmatch(plain) if len(plain) <= TEXT_LENGTH_MAX else None
    if found is None:
        shown = plain[:TEXT_LENGTH_MAX]
        return _refused(
            "amount_unreadable", f"无法识别的金额“{shown}”。", f"Cannot read the amount “{shown}”."
        )
    return _valued(found, negative=negative)


def _valued(found: re.Match[str], *, negative: bool) -> int | Refused:
    sign, whole, decimals, unit = (part or "" for part in found.groups())
    if len(decimals) > DECIMALS_MAX:
        return _refused(
            "amount_too_precise", "金额最多两位小数。", "An amount has at most two decimals."
        )
    per_unit = _FEN_PER_UNIT[unit]
    fen = int(whole.replace(",", "")) * per_unit + int(decimals.ljust(2, "0")) * per_unit // 100
    if fen > AMOUNT_FEN_MAX:
        return _refused("amount_too_large", "金额过大。", "The amount is too large.")
    if sign == "-" and not negative:
        return _refused("amount_negative", "金额不能为负。", "The amount may not be negative.")
    return -fen if sign == "-" else fen


def yuan(fen: int) -> str:
    """Fen as yuan with thousands separators and always two decimals: `300,000.00`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def wan(fen: int) -> str:
    """Fen in 万元 without loss, shown beside the yuan form: `30万元`, `0.000001万元`."""
    whole, rest = divmod(abs(fen), 1_000_000)
    decimals = f".{rest:06d}".rstrip("0").rstrip(".")
    return f"{'-' if fen < 0 else ''}{whole:,}{decimals}万元"


def capitals(fen: int) -> str:
    """Fen in the capital numerals of agreements and vouchers: `叁拾万元整`."""
    whole, jiao, cents = abs(fen) // 100, abs(fen) // 10 % 10, abs(fen) % 10
    words = f"{_capital_number(whole)}元" if whole or not abs(fen) else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    if cents:
        words += ("零" if whole and not jiao else "") + f"{_DIGITS[cents]}分"
    return ("负" if fen < 0 else "") + words + ("" if cents else "整")


def _capital_number(number: int) -> str:
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            high, low = divmod(number, size)
            rest = ("零" if low < size // 10 else "") + _capital_number(low) if low else ""
            return f"{_capital_number(high)}{name}{rest}"
    return _capital_section(number) if number else _DIGITS[0]


def _capital_section(number: int) -> str:
    words, gap = "", False
    for power, place in _PLACES:
        digit = number // power % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + place
        gap = not digit
    return words


def split(total_fen: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share a total by integer weights without losing a fen (largest remainder).

    Source: finance model 2.5. Unit: fen. Boundary: the sum is exact; each share lies within one
    fen of its ideal; a zero weight receives zero; equal remainders go in the stated order.
    """
    if total_fen < 0 or min(weights, default=0) < 0 or not sum(weights):
        raise ValueError("split needs a total ≥ 0 and weights ≥ 0 of which one is positive")
    whole = sum(weights)
    shares = [total_fen * weight // whole for weight in weights]
    # The left-over is smaller than the count of non-zero remainders, so a zero weight gets none.
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_fen * weights[i] % whole), i))
    for index in by_remainder[: total_fen - sum(shares)]:
        shares[index] += 1
    return tuple(shares)
