"""Bank statements, breaks between sources, the signed reconciliation, closed grants."""

from typing import ClassVar, Literal

from pydantic import Field

from contracts.event import Event
from contracts.values import Day, Document, Fen, Id, Instant, Sha256, SignedFen


class BankAccountOpened(Event):
    """One of our own bank accounts enters the books with its balance on a day."""

    TYPE: ClassVar[str] = "finance.bank_account_opened"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "account"

    account: Id
    call_id: Id
    opening_fen: Fen
    opened_on: Day
    opened_by: Id
    opened_at: Instant


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
    postings: tuple[Document, ...] = ()
    """Lines no payment explains, as posted: kind (fee, interest, suspense), line, amount_fen."""
    matches: tuple[Document, ...] = ()
    """What the file's lines were matched to, with rule and evidence; these stand from now on."""
    break_ids: tuple[Id, ...] = ()
    """The breaks that were opened with it."""
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
    application_id: str = ""
    """The award it is about; empty when it is about a bank account, a law or an unknown line."""
    grantee_id: str = ""
    """Who may not be paid while a break of a stopping kind is open."""


class BreakResolved(Event):
    """A break is explained: proposed by a person or a rule, approved by another person."""

    TYPE: ClassVar[str] = "finance.break_resolved"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "break_id"

    break_id: Id
    call_id: Id
    resolution: str
    proposed_by: Id
    approved_by: Id
    resolved_at: Instant
    match: Document = Field(default_factory=dict)
    """The match that explains the lines, by a rule or by two people; empty for mere words."""
    lines: tuple[Document, ...] = ()
    """Bank lines that leave suspense: line, kind, account, signed amount_fen."""


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
    evidence: Document = Field(default_factory=dict)
    """The books that were compared; empty where they are too large and named by hash alone."""


class ExpenditureAccepted(Event):
    """Reported cost on one budget line was accepted: that much of the advance is accounted for."""

    TYPE: ClassVar[str] = "finance.expenditure_accepted"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    report_id: Id
    line: str
    amount_fen: Fen
    accepted_by: Id
    accepted_at: Instant


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
