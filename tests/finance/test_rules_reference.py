"""The payment reference: found again through what banks do to it, and never misread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.finance.rules.reference import (
    Reference,
    find_reference,
    find_references,
    parse_reference,
)
from services.finance.rules.refusal import Refused

REFERENCES = st.builds(
    Reference, st.integers(0, 99), st.integers(0, 99_999), st.integers(0, 99), st.integers(0, 99)
)
SEVEN = Reference(21, 7, 1, 1)


def test_a_reference_reads_as_call_award_tranche_attempt_and_check() -> None:
    """The check characters are ISO 7064 MOD 97-10 over the IBAN letter values (M=22, J=19)."""
    assert SEVEN.text == "MJ21-00007-01-01-69"
    assert int("2219" + "21" + "00007" + "01" + "01" + "69") % 97 == 1


@pytest.mark.parametrize(
    "text",
    [
        "MJ21-00007-01-01-69",
        "mj2100007010169",
        "附言：MJ21 00007 01 01 69 首款",
        "ＭＪ２１－００００７－０１－０１－６９",
        "REF:MJ21/00007/01/01/69;20210802",
        "M J 2 1 0 0 0 0 7 0 1 0 1 6 9",
        "拨款MJ21—00007—01—01—69拨款MJ21-00007-01-01-69",
    ],
)
def test_a_reference_is_found_however_a_bank_prints_it(text: str) -> None:
    """Spaces, width, case, other separators and text around it do not hide it."""
    assert find_reference(text) == SEVEN.text


@pytest.mark.parametrize(
    "text", ["", "MJ21-00007-01-01-68", "MJ21-00007-01-01", "21-00007-01-01-69"]
)
def test_a_damaged_reference_is_not_guessed(text: str) -> None:
    """Wrong check digits, a cut end or a missing prefix name nothing."""
    assert find_reference(text) is None


def test_two_references_in_one_text_are_both_found_and_neither_is_chosen() -> None:
    """A bulk line names many; only a single name is an answer."""
    other = Reference(21, 8, 1, 1)
    text = f"{SEVEN.text} {other.text}"

    assert find_references(text) == (SEVEN.text, other.text)
    assert find_reference(text) is None


@given(REFERENCES)
def test_a_reference_survives_being_written_and_read(reference: Reference) -> None:
    """Typed or found, the numbers come back."""
    assert parse_reference(reference.text) == reference
    assert find_reference(f"x {reference.text.replace('-', '  ')} y") == reference.text


@given(REFERENCES, st.integers(2, 14), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(reference: Reference, at: int, by: int) -> None:
    """One digit changed anywhere leaves no valid reference."""
    plain = reference.text.replace("-", "")
    wrong = plain[:at] + str((int(plain[at]) + by) % 10) + plain[at + 1 :]

    assert find_reference(wrong) is None


@given(REFERENCES, st.integers(2, 13))
def test_swapped_neighbours_are_noticed(reference: Reference, at: int) -> None:
    """The typing slip that check digits are for."""
    plain = reference.text.replace("-", "")
    swapped = plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :]

    assert swapped == plain or find_reference(swapped) is None


@given(st.text(max_size=200))
def test_no_text_crashes_the_search(text: str) -> None:
    """Every find is a valid reference."""
    for found in find_references(text):
        assert parse_reference(found)


def test_a_typed_reference_is_refused_with_what_is_wrong() -> None:
    """Shape and check digits are told apart."""
    for text, code in (
        ("MJ21", "reference_unreadable"),
        ("MJ21-00007-01-01-68", "reference_check_failed"),
    ):
        refused = parse_reference(text)
        assert isinstance(refused, Refused)
        assert refused.code == code


def test_numbers_that_do_not_fit_make_no_reference() -> None:
    """Six-digit award numbers would break the fixed widths."""
    with pytest.raises(ValueError, match="width"):
        Reference(21, 100_000, 1, 1)
