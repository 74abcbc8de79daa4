"""Our own payment reference: short, checksummed, and found again in whatever a bank prints."""

import re
from dataclasses import dataclass

from services.finance.rules.refusal import Refused
from services.finance.rules.text import compact

PREFIX = "MJ"
# Fixed widths let a reference be read after a bank has dropped every hyphen and space.
_SHAPE = re.compile(rf"(?={PREFIX}([0-9]{{2}})([0-9]{{5}})([0-9]{{2}})([0-9]{{2}})([0-9]{{2}}))")
_TEXT_LENGTH_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Reference:
    """Year of the call, award number, tranche number and attempt: one payment instruction."""

    year: int
    award_no: int
    tranche_no: int
    attempt_no: int

    def __post_init__(self) -> None:
        """Refuse numbers that would not fit the fixed widths."""
        fields = (self.year, self.award_no, self.tranche_no, self.attempt_no)
        if any(not 0 <= n < top for n, top in zip(fields, (100, 100_000, 100, 100), strict=True)):
            raise ValueError(f"a reference number does not fit its width: {self}")

    @property
    def text(self) -> str:
        """As printed in an instruction: `MJ21-00007-01-01-43`."""
        parts = (f"{self.award_no:05d}", f"{self.tranche_no:02d}", f"{self.attempt_no:02d}")
        return "-".join((f"{PREFIX}{self.year:02d}", *parts, check_characters(self)))


def check_characters(reference: Reference) -> str:
    """Two digits by ISO 7064 MOD 97-10: any one wrong digit or swapped neighbours is noticed."""
    r = reference
    body = f"{r.year:02d}{r.award_no:05d}{r.tranche_no:02d}{r.attempt_no:02d}"
    return f"{98 - int(_prefix_digits() + body + '00') % 97:02d}"


def _prefix_digits() -> str:
    return "".join(str(int(letter, 36)) for letter in PREFIX)


def find_references(text: str) -> tuple[str, ...]:
    """Every valid reference a text names, once each, in order of appearance.

    Spaces, hyphens, width, case and anything written around it do not matter; a wrong or missing
    check digit does. Source: finance model 3.2 (own the reference).
    """
    found: dict[str, None] = {}
    for match in _SHAPE.finditer(compact(text[:_TEXT_LENGTH_MAX])):
        *numbers, check = match.groups()
        reference = Reference(*map(int, numbers))
        if check_characters(reference) == check:
            found[reference.text] = None
    return tuple(found)


def find_reference(text: str) -> str | None:
    """The one valid reference a text names; None when it names none, or several."""
    found = find_references(text)
    return found[0] if len(found) == 1 else None


def parse_reference(text: str) -> Reference | Refused:
    """Read a reference a person typed; nothing may stand around it."""
    found = _SHAPE.match(compact(text))
    if found is None or len(compact(text)) != len(PREFIX) + 13:
        zh, en = (
            "付款编号格式应如 MJ21-00007-01-01-43。",
            "Write a reference like MJ21-00007-01-01-43.",
        )
        return Refused("reference_unreadable", zh, en)
    *numbers, check = found.groups()
    reference = Reference(*map(int, numbers))
    if check_characters(reference) != check:
        zh, en = (
            "付款编号校验位不符，请核对。",
            "The check digits do not fit.",
        )
        return Refused("reference_check_failed", zh, en)
    return reference
