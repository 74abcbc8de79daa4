"""What finance publishes: budgets, holds, agreements, payments, bank lines, reconciliation."""

from contracts.event import Contract
from contracts.finance.books import (
    BankAccountOpened,
    BreakOpened,
    BreakResolved,
    ExpenditureAccepted,
    GrantClosed,
    ReconciliationSigned,
    StatementImported,
)
from contracts.finance.budgets import (
    AwardCommitted,
    BudgetApproved,
    BudgetReserved,
    ReservationRefused,
    ReservationReleased,
)
from contracts.finance.payments import (
    AgreementSigned,
    PaymentConfirmed,
    PaymentInstructed,
    PaymentReturned,
    SupplierRegistered,
    Tranche,
    TrancheReleased,
)

__all__ = [
    "FINANCE",
    "AgreementSigned",
    "AwardCommitted",
    "BankAccountOpened",
    "BreakOpened",
    "BreakResolved",
    "BudgetApproved",
    "BudgetReserved",
    "ExpenditureAccepted",
    "GrantClosed",
    "PaymentConfirmed",
    "PaymentInstructed",
    "PaymentReturned",
    "ReconciliationSigned",
    "ReservationRefused",
    "ReservationReleased",
    "StatementImported",
    "SupplierRegistered",
    "Tranche",
    "TrancheReleased",
]

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
        BankAccountOpened,
        StatementImported,
        BreakOpened,
        BreakResolved,
        ReconciliationSigned,
        ExpenditureAccepted,
        GrantClosed,
    ),
    correlates=("application_id", "call_id", "applicant_id"),
)
