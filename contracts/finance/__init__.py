"""What finance publishes: budgets, holds, agreements, payments, bank lines, reconciliation."""

from contracts.event import Contract
from contracts.finance.books import (
    BreakOpened,
    BreakResolved,
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
    "BreakOpened",
    "BreakResolved",
    "BudgetApproved",
    "BudgetReserved",
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
        StatementImported,
        BreakOpened,
        BreakResolved,
        ReconciliationSigned,
        GrantClosed,
    ),
    correlates=("application_id", "call_id", "applicant_id"),
)
