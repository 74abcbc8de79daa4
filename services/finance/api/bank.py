"""Routes of bank accounts, statements, breaks and certificates."""

from fastapi import APIRouter
from fastapi.responses import Response

from services.chassis.gate import Gate
from services.finance.api.bodies import (
    AccountBody,
    ReconciliationBody,
    ResolutionBody,
    SignatureBody,
)
from services.finance.commands import (
    ImportStatement,
    OpenBankAccount,
    PrepareReconciliation,
    ResolveBreak,
    SignReconciliation,
)

router = APIRouter(tags=["bank"])


@router.post("/v1/calls/{call_id}/bank-accounts", status_code=201)
async def open_bank_account(call_id: str, body: AccountBody, gate: Gate) -> Response:
    """Open one of our own accounts in the books."""
    command = OpenBankAccount(call_id=call_id, by=gate.actor.id, **body.model_dump())
    return await gate.ask(command, allow=("treasurer",), correlation=call_id)


@router.post("/v1/calls/{call_id}/statements", status_code=201)
async def import_statement(call_id: str, gate: Gate) -> Response:
    """Import a bank file (the raw body: our CSV profiles or camt.053) and match it at once."""
    data = await gate.request.body()
    command = ImportStatement(call_id, data, gate.now[:10], gate.actor.id)
    return await gate.ask(command, allow=("treasurer",), correlation=call_id)


@router.post("/v1/calls/{call_id}/breaks/{break_id}/resolution", status_code=201)
async def resolve_break(call_id: str, break_id: str, body: ResolutionBody, gate: Gate) -> Response:
    """Approve the explanation of a break."""
    command = ResolveBreak(call_id, break_id, body.resolution, body.proposed_by, gate.actor.id)
    return await gate.ask(command, allow=("treasurer", "finance"), correlation=call_id)


@router.post("/v1/calls/{call_id}/reconciliation", status_code=201)
async def prepare(call_id: str, body: ReconciliationBody, gate: Gate) -> Response:
    """Prepare the reconciliation as of a day; the answer is the report and its hash."""
    command = PrepareReconciliation(call_id, body.as_of, gate.actor.id)
    return await gate.ask(command, allow=("treasurer", "finance"), correlation=call_id)


@router.post("/v1/calls/{call_id}/reconciliation/signature", status_code=201)
async def sign(call_id: str, body: SignatureBody, gate: Gate) -> Response:
    """Sign the prepared reconciliation."""
    command = SignReconciliation(call_id, body.report_sha256, gate.actor.id)
    return await gate.ask(command, allow=("finance",), correlation=call_id)
