"""Routes of bank accounts, statements, breaks and certificates."""

import asyncio

from fastapi import APIRouter
from fastapi.responses import Response

from services.chassis.gate import Gate
from services.finance.api.bodies import (
    AccountBody,
    PathId,
    ProposalBody,
    ReconciliationBody,
    ResolutionBody,
    SignatureBody,
)
from services.finance.commands import (
    ImportStatement,
    MatchAgain,
    OpenBankAccount,
    PrepareReconciliation,
    ProposeResolution,
    ResolveBreak,
    SignReconciliation,
)
from services.finance.rules.bank import parse_statement

router = APIRouter(tags=["bank"])


@router.post("/v1/calls/{call_id}/bank-accounts", status_code=201)
async def open_bank_account(call_id: PathId, body: AccountBody, gate: Gate) -> Response:
    """Open one of our own accounts in the books."""
    command = OpenBankAccount(call_id=call_id, by=gate.actor.id, **body.model_dump())
    return await gate.ask(command, allow=("treasurer",), correlation=call_id)


@router.post("/v1/calls/{call_id}/statements", status_code=201)
async def import_statement(call_id: PathId, gate: Gate) -> Response:
    """Import a bank file (the raw body: our CSV profiles or camt.053) and match it at once."""
    # Reading takes long for a large file, and the one writer must not wait for it.
    parsed = await asyncio.to_thread(parse_statement, await gate.request.body())
    command = ImportStatement(call_id, parsed, gate.actor.id)
    return await gate.ask(command, allow=("treasurer",), correlation=call_id)


@router.post("/v1/calls/{call_id}/matching")
async def match_again(call_id: PathId, gate: Gate) -> Response:
    """Match what is still open once more; the answer also says what a person may confirm."""
    command = MatchAgain(call_id, gate.actor.id)
    return await gate.ask(command, allow=("treasurer",), correlation=call_id)


@router.post("/v1/calls/{call_id}/breaks/{break_id}/proposal", status_code=201)
async def propose_resolution(
    call_id: PathId, break_id: PathId, body: ProposalBody, gate: Gate
) -> Response:
    """Propose what explains a break: the first person's half."""
    command = ProposeResolution(
        call_id, break_id, body.resolution, gate.actor.id, tuple(body.lines), body.payment_id
    )
    return await gate.ask(command, allow=("treasurer", "finance"), correlation=call_id)


@router.post("/v1/calls/{call_id}/breaks/{break_id}/resolution", status_code=201)
async def resolve_break(
    call_id: PathId, break_id: PathId, body: ResolutionBody, gate: Gate
) -> Response:
    """Approve what was proposed: the second person's half."""
    command = ResolveBreak(call_id, break_id, body.resolution, gate.actor.id, body.proposed_by)
    return await gate.ask(command, allow=("treasurer", "finance"), correlation=call_id)


@router.post("/v1/calls/{call_id}/reconciliation", status_code=201)
async def prepare(call_id: PathId, body: ReconciliationBody, gate: Gate) -> Response:
    """Prepare the reconciliation as of a day; the answer is the report and its hash."""
    command = PrepareReconciliation(call_id, body.as_of, gate.actor.id)
    return await gate.ask(command, allow=("treasurer", "finance"), correlation=call_id)


@router.post("/v1/calls/{call_id}/reconciliation/signature", status_code=201)
async def sign(call_id: PathId, body: SignatureBody, gate: Gate) -> Response:
    """Sign the prepared reconciliation."""
    command = SignReconciliation(call_id, body.report_sha256, gate.actor.id)
    return await gate.ask(command, allow=("finance",), correlation=call_id)
