"""The budget of a call: approved, held for an award, refused, released, committed."""

from typing import ClassVar

from pydantic import Field

from contracts.event import Event
from contracts.values import Document, Fen, Id, Instant, Reason, SignedFen


class BudgetApproved(Event):
    """Authority to spend under a call, entered on its own and approved by a second person."""

    TYPE: ClassVar[str] = "finance.budget_approved"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "call_id"

    call_id: Id
    amount_fen: Fen
    awards_max: int
    tranches: tuple[Document, ...]
    entered_by: Id
    approved_by: Id
    approved_at: Instant


class BudgetReserved(Event):
    """A recommended award holds its amount of the budget."""

    TYPE: ClassVar[str] = "finance.budget_reserved"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    applicant_id: Id
    amount_fen: Fen
    free_before_fen: Fen
    awards_before: int
    evidence: Document = Field(default_factory=dict)
    """The caps it was held against: awards_max, amount_min_fen, amount_max_fen."""
    reserved_at: Instant


class ReservationRefused(Event):
    """A recommended award does not fit the caps; nothing is held."""

    TYPE: ClassVar[str] = "finance.reservation_refused"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    amount_fen: Fen
    free_fen: SignedFen
    awards_before: int
    reasons: tuple[Reason, ...]
    evidence: Document = Field(default_factory=dict)
    """The caps it did not fit: awards_max, amount_min_fen, amount_max_fen."""
    refused_at: Instant


class ReservationReleased(Event):
    """A hold ends without an award; its amount is free again."""

    TYPE: ClassVar[str] = "finance.reservation_released"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    amount_fen: Fen
    reason: str
    released_at: Instant


class AwardCommitted(Event):
    """A decided award binds budget: at most the hold; the rest of the hold is free again."""

    TYPE: ClassVar[str] = "finance.award_committed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    applicant_id: Id
    amount_fen: Fen
    held_fen: Fen
    committed_at: Instant
