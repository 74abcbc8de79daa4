"""What people ask of finance, and the decision on each."""

from services.finance.commands.breaks import (
    MatchAgain,
    ProposeResolution,
    ResolveBreak,
    match_again,
    propose_resolution,
    resolve_break,
)
from services.finance.commands.budgets import (
    ApproveBudget,
    EnterBudget,
    approve_budget,
    enter_budget,
)
from services.finance.commands.certificates import (
    PrepareReconciliation,
    SignReconciliation,
    prepare,
    sign,
)
from services.finance.commands.evidence import rederived_report
from services.finance.commands.grants import (
    AcceptExpenditure,
    CloseGrant,
    ReleaseTranche,
    SignAgreement,
    accept_expenditure,
    close_grant,
    release_tranche,
    sign_agreement,
)
from services.finance.commands.payments import (
    InstructPayment,
    PreparePayment,
    instruct_payment,
    prepare_payment,
)
from services.finance.commands.reservations import (
    Caps,
    rederived_refusal,
    rederived_reservation,
    reservation,
)
from services.finance.commands.statements import (
    ImportStatement,
    OpenBankAccount,
    import_statement,
    open_bank_account,
)
from services.finance.commands.suppliers import RegisterSupplier, register_supplier

DECISIONS = (
    enter_budget, approve_budget, register_supplier, sign_agreement, release_tranche,
    prepare_payment, instruct_payment, open_bank_account, import_statement, match_again,
    accept_expenditure, close_grant, prepare, sign, propose_resolution, resolve_break,
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
    "MatchAgain",
    "OpenBankAccount",
    "PreparePayment",
    "PrepareReconciliation",
    "ProposeResolution",
    "RegisterSupplier",
    "ReleaseTranche",
    "ResolveBreak",
    "SignAgreement",
    "SignReconciliation",
    "rederived_refusal",
    "rederived_report",
    "rederived_reservation",
    "reservation",
]
