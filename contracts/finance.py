"""What finance publishes: budgets, reservations, agreements, payments, bank lines and reconciliation."""

from typing import ClassVar, Literal

from contracts.event import Contract, Event
from contracts.values import Day, Document, Fen, Id, Instant, Reason, Sha256, SignedFen, Value


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


class SupplierRegistered(Event):
    """The applicant is a registered supplier with a verified account (clause R47)."""

    TYPE: ClassVar[str] = "finance.supplier_registered"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "applicant_id"

    applicant_id: Id
    supplier_name: str
    bank_account: str
    bank_name: str
    valid_from: Day
    verified_by: Id
    registered_at: Instant


class Tranche(Value):
    """One instalment of an agreement; the tranches of an agreement add up to it exactly."""

    tranche_no: int
    condition: str
    amount_fen: Fen


class AgreementSigned(Event):
    """The task book is signed, with its schedule of instalments."""

    TYPE: ClassVar[str] = "finance.agreement_signed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    applicant_id: Id
    amount_fen: Fen
    tranches: tuple[Tranche, ...]
    signed_on: Day
    recorded_by: Id
    signed_at: Instant


class TrancheReleased(Event):
    """The condition of an instalment is met: it may be paid."""

    TYPE: ClassVar[str] = "finance.tranche_released"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    tranche_no: int
    amount_fen: Fen
    released_by: Id
    released_at: Instant


class PaymentInstructed(Event):
    """The bank is told to pay. `reference` carries check characters and comes back on the statement."""

    TYPE: ClassVar[str] = "finance.payment_instructed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    payment_id: Id
    tranche_no: int
    attempt: int
    amount_fen: Fen
    payee_id: Id
    payee_name: str
    payee_account: str
    reference: str
    made_by: Id
    checked_by: Id
    instructed_on: Day
    instructed_at: Instant


class PaymentConfirmed(Event):
    """A bank line proves a payment; the match names its rule and evidence."""

    TYPE: ClassVar[str] = "finance.payment_confirmed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    payment_id: Id
    tranche_no: int
    amount_fen: Fen
    statement_id: Id
    line_nos: tuple[int, ...]
    booked_on: Day
    match: Document
    confirmed_at: Instant


class PaymentReturned(Event):
    """The bank sent a payment back; the tranche is payable again."""

    TYPE: ClassVar[str] = "finance.payment_returned"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    payment_id: Id
    tranche_no: int
    amount_fen: Fen
    statement_id: Id
    line_nos: tuple[int, ...]
    booked_on: Day
    match: Document
    returned_at: Instant


class StatementImported(Event):
    """A bank statement entered the books, line by line, exactly once."""

    TYPE: ClassVar[str] = "finance.statement_imported"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "statement_id"

    statement_id: Id
    call_id: Id
    account: str
    file_sha256: Sha256
    opening_fen: SignedFen
    closing_fen: SignedFen
    lines: tuple[Document, ...]
    problems: tuple[Document, ...]
    imported_by: Id
    imported_at: Instant


class BreakOpened(Event):
    """Two sources disagree; someone owns the difference until it is resolved."""

    TYPE: ClassVar[str] = "finance.break_opened"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "break_id"

    break_id: Id
    call_id: Id
    code: str
    amount_fen: SignedFen
    owner: str
    due_on: Day
    detail: Document
    opened_at: Instant


class BreakResolved(Event):
    """A break is explained, by one person, approved by another."""

    TYPE: ClassVar[str] = "finance.break_resolved"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "break_id"

    break_id: Id
    call_id: Id
    resolution: str
    proposed_by: Id
    approved_by: Id
    resolved_at: Instant


class ReconciliationSigned(Event):
    """The books of a call agree with decisions, bank and register, or every difference is named."""

    TYPE: ClassVar[str] = "finance.reconciliation_signed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "call_id"

    call_id: Id
    reconciled: bool
    report: Document
    report_sha256: Sha256
    prepared_by: Id
    signed_by: Id
    signed_at: Instant


class GrantClosed(Event):
    """Nothing is owed either way any more; the grant's accounts are locked."""

    TYPE: ClassVar[str] = "finance.grant_closed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    status: Literal["completed", "terminated"]
    closed_by: Id
    closed_at: Instant


FINANCE = Contract(
    publisher="finance",
    topic="finance.events",
    events=(
        BudgetApproved,
        BudgetReserved,
        ReservationRefused,
        ReservationReleased,
        AwardCommitted,
        SupplierRegistered,
        AgreementSigned,
        TrancheReleased,
        PaymentInstructed,
        PaymentConfirmed,
        PaymentReturned,
        StatementImported,
        BreakOpened,
        BreakResolved,
        ReconciliationSigned,
        GrantClosed,
    ),
    correlates=("application_id", "call_id", "applicant_id"),
)
