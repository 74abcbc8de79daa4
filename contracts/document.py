"""What document publishes: files and paper received, and whether the papers are complete."""

from typing import ClassVar, Literal

from contracts.event import Contract, Event
from contracts.values import Day, Document, Id, Instant, Reason, Sha256


class FileReceived(Event):
    """An electronic file arrived; its bytes lie in the store under their digest."""

    TYPE: ClassVar[str] = "document.file_received"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    file_id: Id
    sha256: Sha256
    size_bytes: int
    media_type: str
    name: str
    kind: str
    channel: Literal["upload", "email"]
    received_at: Instant
    received_from: str = ""
    """The applicant who uploaded it; empty where a clerk registered it."""


class PaperReceived(Event):
    """A parcel or hand delivery was opened and counted."""

    TYPE: ClassVar[str] = "document.paper_received"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    parcel_id: Id
    channel: Literal["courier", "hand"]
    carrier: str
    waybill: str
    dispatched_on: Day | None
    """The day on the waybill; null where it cannot be read, which is not the same as late."""
    arrived_at: Instant
    copies: int
    originals: int
    sealed: int
    opinion_signed: bool
    vetted: bool
    received_by: Id
    opinion_written: bool | None = None
    """Null here and below: the clerk did not look at this point separately."""
    opinion_dated: bool | None = None
    signatory: str = ""
    matches_electronic: bool | None = None
    recount_reason: str = ""
    """Why a parcel known already is counted again; the later count holds."""


class DocumentsAssessed(Event):
    """Whether the papers are in, complete and in time, with everything the answer rests on."""

    TYPE: ClassVar[str] = "document.documents_assessed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    assessment_no: int
    verdict: Literal["complete", "incomplete", "undetermined"]
    timely: Literal["on_time", "late", "unknown"]
    reasons: tuple[Reason, ...]
    evidence: Document
    assessed_at: Instant
    findings: tuple[Reason, ...] = ()
    """What was noticed and harms nobody, such as a second electronic version."""
    electronic_file_id: str = ""
    """The electronic version that counts; empty when none does."""


class CorrectionRequested(Event):
    """The applicant may mend what is missing until `due_on`."""

    TYPE: ClassVar[str] = "document.correction_requested"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    reasons: tuple[Reason, ...]
    due_on: Day
    requested_by: Id
    requested_at: Instant


DOCUMENT = Contract(
    publisher="document",
    topic="document.events",
    events=(FileReceived, PaperReceived, DocumentsAssessed, CorrectionRequested),
    correlates=("application_id",),
)
