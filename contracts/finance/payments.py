"""Suppliers, agreements with their instalments, and payments until the bank proves them."""

from typing import ClassVar

from contracts.event import Event
from contracts.values import Day, Document, Fen, Id, Instant, Value


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
    """The bank is told to pay; `reference` has check characters and returns on the statement."""

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
    bank_account: str = ""
    """Our account that pays."""


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
    """The bank sent a payment back; in the same year the tranche is payable again."""

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
    lapsed_year: int | None = None
    """Set when it came back in a later fiscal year: the authority lapsed in that year."""
    accounted_fen: Fen = 0
    """Of a lapsed return, what accepted cost had already cleared: still owed, without authority."""
