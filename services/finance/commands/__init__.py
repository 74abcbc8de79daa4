"""What people ask of finance, and the decision on each."""

from services.finance.commands.budgets import (
    ApproveBudget,
    Caps,
    EnterBudget,
    approve_budget,
    enter_budget,
    rederived_refusal,
    rederived_reservation,
    reservation,
)
from services.finance.commands.certificates import (
    PrepareReconciliation,
    ResolveBreak,
    SignReconciliation,
    prepare,
    resolve_break,
    sign,
)
from services.finance.commands.grants import (
    AcceptExpenditure,
    CloseGrant,
    RegisterSupplier,
    ReleaseTranche,
    SignAgreement,
    accept_expenditure,
    close_grant,
    register_supplier,
    release_tranche,
    sign_agreement,
)
from services.finance.commands.payments import (
    InstructPayment,
    PreparePayment,
    instruct_payment,
    prepare_payment,
)
from services.finance.commands.statements import (
    ImportStatement,
    OpenBankAccount,
    import_statement,
    open_bank_account,
)

DECISIONS = (
    enter_budget, approve_budget, register_supplier, sign_agreement, release_tranche,
    prepare_payment, instruct_payment, open_bank_account, import_statement,
    accept_expenditure, close_grant, prepare, sign, resolve_break,
)  # fmt: skip

__all__ = [
    "DECISIONS",
    "AcceptExpenditure",
    "ApproveBudget",
    "Caps",
    "CloseGrant",
    "EnterBudget",
    "ImportStatement",
    "InstructPayment",
    "OpenBankAccount",
    "PreparePayment",
    "PrepareReconciliation",
    "RegisterSupplier",
    "ReleaseTranche",
    "ResolveBreak",
    "SignAgreement",
    "SignReconciliation",
    "rederived_refusal",
    "rederived_reservation",
    "reservation",
]
