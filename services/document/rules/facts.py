"""What was received, as the rules see it: electronic files, parcels and corrections."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class FileIn:
    """An electronic file. `received_at` is the server's receipt, never the sender's clock."""

    file_id: str
    sha256: str
    kind: str
    channel: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery of paper as a clerk counted it.

    `dispatched_on` is the day on the waybill; None means nobody can read it, which is not late.
    The optional fields are None where the clerk did not look at that point separately.
    """

    parcel_id: str
    channel: str
    dispatched_on: date | None
    arrived_at: datetime
    copies: int
    originals: int
    sealed: int
    opinion_signed: bool
    vetted: bool
    opinion_written: bool | None = None
    opinion_dated: bool | None = None
    signatory: str = ""
    matches_electronic: bool | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """The applicant may mend what is missing from `requested_at` to the end of `due_on`."""

    requested_at: datetime
    due_on: date


@dataclass(frozen=True, slots=True)
class Received:
    """Everything that came in for one application."""

    files: tuple[FileIn, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    corrections: tuple[Correction, ...] = ()
