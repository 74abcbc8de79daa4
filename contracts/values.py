"""Values that several contracts share: ids, instants, days, money and small records."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(min_length=1, max_length=128)]
"""An opaque id. Ids are strings on the wire: rich objects triple the cost of reading."""

DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
OFFSET = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"

Instant = Annotated[str, StringConstraints(pattern=f"^{DAY}T{CLOCK}{OFFSET}$")]
"""An instant, ISO 8601 with the offset it was meant in, e.g. `2021-07-12T18:00:00+08:00`."""

Day = Annotated[str, StringConstraints(pattern=f"^{DAY}$")]
"""A calendar day, ISO 8601, in the call's own zone."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A lower-case hexadecimal SHA-256 digest."""

Fen = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""Money: CNY in integer fen, never negative, safe as a JSON number."""

SignedFen = Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]
"""Money that may flow either way, integer fen."""

Document = dict[str, Any]
"""A JSON object whose shape another schema states (a call, an evidence record)."""


class Value(BaseModel):
    """A small record inside an event."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Text(Value):
    """One text, once per language."""

    zh: str
    en: str


class Applicant(Value):
    """The organisation that applies. `id` is its unified social credit code."""

    id: Id
    name: str
    member_class: str
    contact_email: str


class Reason(Value):
    """A coded reason, readable in both languages."""

    code: str
    zh: str
    en: str
