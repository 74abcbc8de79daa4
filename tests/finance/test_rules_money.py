"""Money: read exactly, shown exactly, split exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.finance.rules.money import (
    AMOUNT_FEN_MAX,
    capitals,
    parse_fen,
    split,
    wan,
    yuan,
)
from services.finance.rules.refusal import Refused

AMOUNTS = st.integers(0, AMOUNT_FEN_MAX)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("300000", 30_000_000),
        ("300,000.00", 30_000_000),
        ("３００，０００．００", 30_000_000),
        ("30万元", 30_000_000),
        ("30.25 万", 30_250_000),
        ("¥0.01", 1),
        ("￥ 12.5元", 1_250),
        ("人民币300元整", 30_000),
        ("90,071,992,547,409.91", AMOUNT_FEN_MAX),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, fen: int) -> None:
    """Separators, width, currency marks and 万元 all lead to the same fen."""
    assert parse_fen(text) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.230", "amount_too_precise"),
        ("30.000万元", "amount_too_precise"),
        ("", "amount_empty"),
        ("  ", "amount_empty"),
        ("1,00", "amount_unreadable"),
        ("1 000", "amount_unreadable"),
        ("1.", "amount_unreadable"),
        (".5", "amount_unreadable"),
        ("1e3", "amount_unreadable"),
        ("²", "amount_unreadable"),
        ("٣", "amount_unreadable"),
        ("9" * 5000, "amount_unreadable"),
        ("-0.01", "amount_negative"),
        ("90,071,992,547,409.92", "amount_too_large"),
        (300000, "amount_not_text"),
        (None, "amount_not_text"),
    ],
)
def test_an_amount_that_could_be_misread_is_refused_with_a_way_out(text: object, code: str) -> None:
    """A third decimal is refused even when zero; every refusal says how to write it, twice."""
    refused = parse_fen(text)

    assert isinstance(refused, Refused)
    assert refused.code == code
    assert "30万元" in refused.zh
    assert "Write" in refused.en


def test_a_negative_amount_is_read_only_where_it_is_expected() -> None:
    """Statements have reversals; applications do not."""
    assert parse_fen("-1,234.56", negative=True) == -123_456


@given(st.integers(-AMOUNT_FEN_MAX, AMOUNT_FEN_MAX))
def test_what_is_shown_is_read_back(fen: int) -> None:
    """Both forms shown to a person lose nothing; the 万元 form has up to six decimals."""
    assert parse_fen(yuan(fen), negative=True) == fen
    whole, _, decimals = wan(fen).removesuffix("万元").replace(",", "").partition(".")
    assert abs(int(whole)) * 1_000_000 + int(decimals.ljust(6, "0")) == abs(fen)


@given(st.text(max_size=80))
def test_no_text_crashes_the_reader(text: str) -> None:
    """Any text is an amount or a refusal."""
    assert isinstance(parse_fen(text), int | Refused)


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (30_000_000, "叁拾万元整"),
        (30_000_001, "叁拾万元零壹分"),
        (100_100, "壹仟零壹元整"),
        (1_000_000_100, "壹仟万零壹元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (-123_456, "负壹仟贰佰叁拾肆元伍角陆分"),
    ],
)
def test_capital_numerals_follow_the_rules_for_vouchers(fen: int, words: str) -> None:
    """Gaps take one 零; 整 closes an amount without fen."""
    assert capitals(fen) == words


def _number(words: str) -> int:
    """A reader written apart from the writer: the largest size splits the words in two."""
    for name, size in (("亿", 10**8), ("万", 10**4), ("仟", 1000), ("佰", 100), ("拾", 10)):
        if name in words:
            high, _, low = words.rpartition(name)
            return _number(high) * size + _number(low)
    return "零壹贰叁肆伍陆柒捌玖".index(words.lstrip("零") or "零")


def _read_capitals(words: str) -> int:
    whole, _, rest = words.removesuffix("整").rpartition("元")
    jiao, _, cents = rest.rpartition("角")
    return _number(whole) * 100 + _number(jiao) * 10 + _number(cents.removesuffix("分"))


@given(AMOUNTS)
def test_capital_numerals_say_the_amount(fen: int) -> None:
    """Read back by an independent reader, the words give the same fen."""
    assert _read_capitals(capitals(fen)) == fen


@given(AMOUNTS, WEIGHTS)
def test_a_split_loses_nothing_and_is_fair(total_fen: int, weights: list[int]) -> None:
    """The sum is exact, each share within one fen of its ideal, a zero weight gets zero."""
    shares = split(total_fen, weights)

    assert sum(shares) == total_fen
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - total_fen * weight) < sum(weights)
        assert weight or not share


@given(AMOUNTS, WEIGHTS, st.integers(2, 1000))
def test_scaling_all_weights_changes_no_share(total_fen: int, weights: list[int], by: int) -> None:
    """Weights are proportions."""
    assert split(total_fen, [weight * by for weight in weights]) == split(total_fen, weights)


@given(AMOUNTS, st.permutations(range(1, 9)))
def test_shares_follow_their_weights_through_any_order(total_fen: int, order: list[int]) -> None:
    """With different weights, permuting them permutes the shares but for ties in the remainder."""
    fixed = dict(zip(range(1, 9), split(total_fen, range(1, 9)), strict=True))
    moved = dict(zip(order, split(total_fen, order), strict=True))

    assert all(abs(fixed[weight] - moved[weight]) <= 1 for weight in fixed)
    assert sorted(total_fen * w % 36 for w in fixed) == sorted(total_fen * w % 36 for w in moved)


def test_a_tie_goes_to_the_first_stated() -> None:
    """100 fen in three equal parts: the odd fen goes to the first."""
    assert split(100, [1, 1, 1]) == (34, 33, 33)
    assert split(1, [0, 1, 1]) == (0, 1, 0)


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_a_split_without_meaning_is_refused(total: int, weights: list[int]) -> None:
    """No weights, no positive weight, a negative weight or total: nothing to share."""
    with pytest.raises(ValueError, match="split needs"):
        split(total, weights)
