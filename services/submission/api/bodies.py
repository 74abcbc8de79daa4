"""Shapes of what is sent to submission: bounded, strict about numbers, deaf to unknown fields."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

ID = r"^[^\s/\x00-\x1f\x7f]{1,128}$"
LINE = r"^[^\x00-\x1f\x7f]*$"
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"

ApplicationId = Annotated[str, Path(pattern=ID, description="Id of the application")]
CallId = Annotated[str, Path(pattern=ID, description="Id of the call")]
ObjectionId = Annotated[str, Path(pattern=ID, description="Id of the objection")]
After = Annotated[
    str,
    Query(pattern=r"^[^\s/\x00-\x1f\x7f]{0,128}$", description="The last id of the page before"),
]
Limit = Annotated[int, Query(ge=1, le=200, description="Rows at most")]

Identifier = Annotated[str, StringConstraints(pattern=ID)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE)
]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000, pattern=TEXT)
]
Address = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$",
    ),
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Fen = Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]


class Body(BaseModel):
    """A body refuses fields it does not know, so that a slip of the pen is not lost in silence."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ApplicantBody(Body):
    """The organisation that applies."""

    id: Identifier
    """Its unified social credit code."""
    name: Line
    member_class: Line
    """As on the funder's list, e.g. `regular`."""
    contact_email: Address


class ContentBody(Body):
    """What the applicant says. A draft may be half written; submission asks for all of it."""

    title: Annotated[str, StringConstraints(max_length=1_000, pattern=LINE)] = ""
    items: Annotated[list[Identifier], Field(max_length=200)] = []
    """Codes of the call's content items."""
    requested_fen: Fen = 0
    """CNY in fen."""
    form: dict[str, Any] = {}
    """The form, by field id; the call's `form.fields` say which there are."""


class BeginBody(Body):
    """Begin an application."""

    call_id: Identifier
    applicant: ApplicantBody
    reference: Annotated[str, StringConstraints(max_length=100, pattern=LINE)] = ""
    """The applicant's own name for it: the same reference finds the same draft again."""
    content: ContentBody | None = None


class WithdrawalBody(Body):
    """Take an application back."""

    reason: Words


class DispatchBody(Body):
    """Announce a parcel with paper copies."""

    carrier: Line
    waybill: Annotated[
        str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z][0-9A-Za-z -]{3,39}$")
    ]
    dispatched_on: Annotated[str, StringConstraints(pattern=DAY)]
    """The day on the waybill, in the call's own zone."""


class AmendmentBody(Body):
    """A later version of a call."""

    call: dict[str, Any]
    """The whole call document, its `version` one higher than the version in force."""
    reason: Words


class ResultNoticeBody(Body):
    """Post the proposed awards."""

    awards_expected: Annotated[int, Field(strict=True, ge=1, le=100_000)]
    """How many awards the officer signed off; another number is refused."""


class ObjectionBody(Body):
    """A written objection to a posted result."""

    name: Line
    """Real name of the person or organisation that objects."""
    contact: Line
    """E-mail address or telephone number. Kept apart, never published."""
    statement: Words
    evidence_sha256: Sha256
    """SHA-256 of the evidence file."""


class ResolutionBody(Body):
    """The answer to an objection."""

    upheld: Annotated[bool, Field(strict=True)]
    reason: Words
