"""Exact numbers, canonical JSON, and the rule for what goes to the panel."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.rules.evidence import (
    canonical_bytes,
    from_bytes,
    from_json,
    sha256_of,
    to_json,
)
from services.review.rules.exact import Rounding, decimal_text, fraction_text, parse_fraction
from services.review.rules.parties import Application, Organisation, Person
from services.review.rules.problems import InvalidInput
from services.review.rules.readiness import Standing, readiness, ready


@pytest.mark.parametrize(
    ("value", "decimals", "even", "up"),
    [
        (Fraction(1, 8), 2, "0.12", "0.13"),
        (Fraction(3, 8), 2, "0.38", "0.38"),
        (Fraction(-1, 8), 2, "-0.12", "-0.13"),
        (Fraction(-1, 1000), 2, "0.00", "0.00"),
        (Fraction(5, 2), 0, "2", "3"),
        (Fraction(200, 3), 4, "66.6667", "66.6667"),
        (Fraction(100), 2, "100.00", "100.00"),
    ],
)
def test_a_decimal_follows_its_declared_rule(
    value: Fraction, decimals: int, even: str, up: str
) -> None:
    """Only a value exactly half way tells the two rules apart."""
    assert decimal_text(value, decimals, Rounding.HALF_EVEN) == even
    assert decimal_text(value, decimals, Rounding.HALF_UP) == up


@given(
    st.integers(-(10**9), 10**9),
    st.integers(0, 6),
    st.sampled_from([(Rounding.HALF_EVEN, ROUND_HALF_EVEN), (Rounding.HALF_UP, ROUND_HALF_UP)]),
)
def test_decimals_agree_with_the_standard_library(
    thousandths: int, decimals: int, rule: tuple[Rounding, str]
) -> None:
    """The decimal module is the oracle, over values it can hold exactly."""
    ours, theirs = rule
    with localcontext() as context:
        context.prec = 40
        exact = Decimal(thousandths).scaleb(-3)
        wanted = exact.quantize(Decimal(1).scaleb(-decimals), rounding=theirs)
    assert Decimal(decimal_text(Fraction(thousandths, 1000), decimals, ours)) == wanted


@given(st.fractions())
def test_a_fraction_survives_its_text(value: Fraction) -> None:
    """Written and read back, it is the same number."""
    assert parse_fraction(fraction_text(value)) == value


@pytest.mark.parametrize("text", ["2/4", "1", "1/0", "01/2", "1/-2", "-0/1", "0.5", " 1/2", ""])
def test_a_fraction_has_one_spelling(text: str) -> None:
    """Two spellings of one number would give one ranking two hashes."""
    with pytest.raises(ValueError, match="lowest terms"):
        parse_fraction(text)


@dataclass(frozen=True, slots=True)
class Note:
    """A small value with one field of every shape."""

    count: int
    share: Fraction
    on: date | None
    groups: tuple[tuple[str, ...], ...] = ()
    shown: bool = True


NOTE = Note(3, Fraction(1, 3), date(2021, 7, 1), (("甲", "乙"), ()))


def test_a_value_survives_its_json() -> None:
    """Nothing is lost on the way out and back."""
    assert from_bytes(Note, canonical_bytes(NOTE)) == NOTE


def test_the_canonical_text_is_sorted_compact_and_readable() -> None:
    """One spelling, with Chinese as Chinese."""
    wanted = '{"count":3,"groups":[["甲","乙"],[]],"on":"2021-07-01","share":"1/3","shown":true}'
    assert canonical_bytes(NOTE).decode() == wanted
    assert sha256_of(NOTE) != sha256_of((NOTE,))


def test_a_float_has_no_exact_form() -> None:
    """It is refused on the way out and on the way in."""
    with pytest.raises(TypeError, match="float"):
        to_json((1.5,))
    with pytest.raises(InvalidInput, match="/count"):
        from_json(Note, {"count": 3.0, "share": "1/3", "on": None})


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"count": True, "share": "1/3", "on": None}, "/count"),
        ({"count": 1, "share": "2/6", "on": None}, "/share"),
        ({"count": 1, "share": "1/3", "on": "yesterday"}, "/on"),
        ({"count": 1, "share": "1/3"}, "/on"),
        ({"count": 1, "share": "1/3", "on": None, "more": 1}, "/more"),
        ({"count": 1, "share": "1/3", "on": None, "groups": [["a"], "b"]}, "/groups/1"),
        ({"count": 1, "share": "1/3", "on": None, "groups": [["a", 2]]}, "/groups/0/1"),
        ([], "/"),
    ],
)
def test_a_wrong_shape_is_named_by_its_place(data: object, where: str) -> None:
    """Whoever sent it can find the spot."""
    with pytest.raises(InvalidInput) as caught:
        from_json(Note, data)
    assert [problem.where for problem in caught.value.problems] == [where]


def test_text_that_is_no_json_is_refused_like_any_other_fault() -> None:
    """A caller handles one kind of error."""
    with pytest.raises(InvalidInput, match="JSON"):
        from_bytes(Note, "{")


def test_the_parties_of_a_call_survive_their_json() -> None:
    """What an event carries is what the rules get back."""
    case = Application("a1", Organisation("云山学会", "51A"), ("1.1",), (), (Person("李乙"),))
    assert from_bytes(Application, json.dumps(to_json(case))) == case


@pytest.mark.parametrize(
    ("eligibility", "documents", "withdrawn", "standing", "reasons"),
    [
        ("eligible", "complete", False, Standing.READY, ()),
        ("eligible", None, False, Standing.WAITING, ("documents_open",)),
        (None, "complete", False, Standing.WAITING, ("eligibility_open",)),
        ("undetermined", "complete", False, Standing.WAITING, ("eligibility_open",)),
        (
            "undetermined",
            "undetermined",
            False,
            Standing.WAITING,
            ("eligibility_open", "documents_open"),
        ),
        ("barred", "complete", False, Standing.OUT, ("not_eligible",)),
        (
            "barred",
            "incomplete",
            True,
            Standing.OUT,
            ("withdrawn", "not_eligible", "documents_incomplete"),
        ),
        ("undetermined", "incomplete", False, Standing.OUT, ("documents_incomplete",)),
        ("eligible", "complete", True, Standing.OUT, ("withdrawn",)),
    ],
)
def test_only_an_eligible_complete_and_standing_application_goes_to_the_panel(
    eligibility: str | None,
    documents: str | None,
    withdrawn: bool,
    standing: Standing,
    reasons: tuple[str, ...],
) -> None:
    """What is open waits, what is refused is out, and every reason is told."""
    found = readiness(eligibility, documents, withdrawn)
    assert (found.standing, found.reasons) == (standing, reasons)
    assert ready(eligibility, documents, withdrawn) is (standing is Standing.READY)
