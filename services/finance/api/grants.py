"""Routes of budgets and grants."""

from fastapi import APIRouter
from fastapi.responses import Response

from services.chassis.gate import Gate
from services.finance.api.bodies import (
    AgreementBody,
    BudgetBody,
    ExpenditureBody,
    InstructionBody,
    PathId,
    ReleaseBody,
    SupplierBody,
    TrancheNo,
)
from services.finance.commands import (
    AcceptExpenditure,
    ApproveBudget,
    CloseGrant,
    EnterBudget,
    InstructPayment,
    PreparePayment,
    RegisterSupplier,
    ReleaseTranche,
    SignAgreement,
)

router = APIRouter(tags=["grants"])


@router.post("/v1/calls/{call_id}/budget", status_code=201)
async def enter_budget(call_id: PathId, body: BudgetBody, gate: Gate) -> Response:
    """Enter the authority of a call; a second person approves it."""
    command = EnterBudget(call_id, body.amount_fen, gate.actor.id)
    return await gate.ask(command, allow=("finance",), correlation=call_id)


@router.post("/v1/calls/{call_id}/budget/approval", status_code=201)
async def approve_budget(call_id: PathId, body: BudgetBody, gate: Gate) -> Response:
    """Approve the very figure that was entered."""
    command = ApproveBudget(call_id, body.amount_fen, gate.actor.id)
    return await gate.ask(command, allow=("finance",), correlation=call_id)


@router.post("/v1/applicants/{applicant_id}/supplier-registration", status_code=201)
async def register_supplier(applicant_id: PathId, body: SupplierBody, gate: Gate) -> Response:
    """Note a verified supplier account."""
    command = RegisterSupplier(applicant_id=applicant_id, by=gate.actor.id, **body.model_dump())
    return await gate.ask(command, allow=("finance",), correlation=applicant_id)


@router.post("/v1/applications/{application_id}/agreement", status_code=201)
async def sign_agreement(application_id: PathId, body: AgreementBody, gate: Gate) -> Response:
    """Record the signed task book; its schedule is fixed."""
    command = SignAgreement(application_id, body.signed_on, gate.actor.id)
    return await gate.ask(command, allow=("officer", "finance"), correlation=application_id)


@router.post("/v1/applications/{application_id}/tranches/{tranche_no}/release", status_code=201)
async def release_tranche(
    application_id: PathId, tranche_no: TrancheNo, body: ReleaseBody, gate: Gate
) -> Response:
    """Let an instalment be paid."""
    command = ReleaseTranche(application_id, tranche_no, body.condition, gate.actor.id)
    return await gate.ask(command, allow=("officer",), correlation=application_id)


@router.post("/v1/applications/{application_id}/tranches/{tranche_no}/payment", status_code=201)
async def prepare_payment(application_id: PathId, tranche_no: TrancheNo, gate: Gate) -> Response:
    """Prepare a payment: the maker's half."""
    command = PreparePayment(application_id, tranche_no, gate.actor.id)
    return await gate.ask(command, allow=("finance",), correlation=application_id)


@router.post(
    "/v1/applications/{application_id}/tranches/{tranche_no}/payment/approval", status_code=201
)
async def instruct_payment(
    application_id: PathId, tranche_no: TrancheNo, body: InstructionBody, gate: Gate
) -> Response:
    """Check a payment and instruct the bank: the checker's half."""
    command = InstructPayment(
        application_id, tranche_no, body.instructed_on, gate.actor.id, body.bank_account or ""
    )
    return await gate.ask(command, allow=("finance", "treasurer"), correlation=application_id)


@router.post("/v1/applications/{application_id}/expenditures", status_code=201)
async def accept_expenditure(application_id: PathId, body: ExpenditureBody, gate: Gate) -> Response:
    """Accept reported cost against the advance."""
    command = AcceptExpenditure(
        application_id=application_id, by=gate.actor.id, **body.model_dump()
    )
    return await gate.ask(command, allow=("finance",), correlation=application_id)


@router.post("/v1/applications/{application_id}/closing", status_code=201)
async def close_grant(application_id: PathId, gate: Gate) -> Response:
    """Close a grant nobody owes anything on."""
    command = CloseGrant(application_id, gate.actor.id)
    return await gate.ask(command, allow=("finance",), correlation=application_id)
