"""What is known about one application, as far as somebody must be told."""

from dataclasses import dataclass
from typing import Any

Reasons = list[dict[str, str]]
"""Coded reasons: `code`, `zh`, `en`."""


@dataclass(frozen=True, slots=True)
class Call:
    """The call as letters name it. `closes_before` is the exclusive end of its window."""

    title: dict[str, str]
    closes_before: str


@dataclass(frozen=True, slots=True)
class Addressee:
    """The applicant, where to write to, and what was submitted."""

    application_id: str
    applicant_name: str
    email: str
    title: str
    requested_fen: int
    form_sha256: str
    call_version: int
    submitted_at: str
    withdrawn_at: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A second application that was refused because this one stands."""

    application_id: str
    refused_at: str


@dataclass(frozen=True, slots=True)
class Screening:
    """One eligibility assessment; `reasons` name the rules that bar."""

    assessment_no: int
    verdict: str
    reasons: Reasons
    assessed_at: str


@dataclass(frozen=True, slots=True)
class FormalCheck:
    """One assessment of the papers."""

    assessment_no: int
    verdict: str
    timely: str
    reasons: Reasons
    assessed_at: str


@dataclass(frozen=True, slots=True)
class Correction:
    """The applicant may mend the papers until the end of `due_on`."""

    due_on: str
    reasons: Reasons
    requested_at: str


@dataclass(frozen=True, slots=True)
class Award:
    """One final word on the application."""

    decision: str
    amount_fen: int
    reasons: Reasons
    decided_at: str


@dataclass(frozen=True, slots=True)
class Payment:
    """An instalment that a bank line proves."""

    payment_id: str
    tranche_no: int
    amount_fen: int
    booked_on: str
    confirmed_at: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything known, each kind in the order its publisher said it."""

    call: Call
    addressee: Addressee
    refusals: tuple[Refusal, ...] = ()
    screenings: tuple[Screening, ...] = ()
    checks: tuple[FormalCheck, ...] = ()
    corrections: tuple[Correction, ...] = ()
    awards: tuple[Award, ...] = ()
    payments: tuple[Payment, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """Somebody is to be told something. `name` tells it apart from all others about `about`."""

    about: str
    name: str
    template: str
    values: dict[str, Any]
    at: str
    """The instant of the fact it tells, so that the letter is the same whenever it is written."""
