"""What finance shows: the books, grants, payments, breaks and the certificate of a call."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.chassis.errors import NotFound
from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.finance.rules.journal import trial_balance
from services.finance.store import (
    Balance,
    Break,
    Certificate,
    Grant,
    JournalEntry,
    Payment,
    StatementFile,
    Tranche,
    one,
    rows_of,
)

router = APIRouter(tags=["books"])


def _plain(rows: list[Any]) -> list[dict[str, Any]]:
    return [row.model_dump() for row in rows]


@router.get("/v1/calls/{call_id}/books")
async def show_books(call_id: str, gate: Gate) -> Response:
    """Every account's balance, the trial balance, and how many entries stand behind it."""
    gate.allow("finance", "treasurer", "officer")
    async with gate.query() as session:
        balances = await rows_of(session, Balance, call_id=call_id)
        entries = await rows_of(session, JournalEntry, call_id=call_id)
    held = {b.account: b.signed_fen for b in balances}
    body = {"call_id": call_id, "balances": held, "trial_balance": trial_balance(held), "entries": len(entries)}
    return json_response(body, 200)


@router.get("/v1/calls/{call_id}/journal")
async def show_journal(call_id: str, gate: Gate) -> Response:
    """Every entry of a call."""
    gate.allow("finance", "treasurer")
    async with gate.query() as session:
        return json_response({"entries": _plain(await rows_of(session, JournalEntry, call_id=call_id))}, 200)


@router.get("/v1/calls/{call_id}/grants")
async def show_grants(call_id: str, gate: Gate) -> Response:
    """Every grant with its tranches."""
    gate.allow("finance", "treasurer", "officer")
    async with gate.query() as session:
        grants = await rows_of(session, Grant, call_id=call_id)
        tranches = await rows_of(session, Tranche, call_id=call_id)
    lines = [
        {**g.model_dump(), "tranches": _plain([t for t in tranches if t.application_id == g.application_id])}
        for g in grants
    ]
    return json_response({"grants": lines}, 200)


@router.get("/v1/calls/{call_id}/payments")
async def show_payments(call_id: str, gate: Gate) -> Response:
    """Every instruction to the bank and what became of it."""
    gate.allow("finance", "treasurer", "officer")
    async with gate.query() as session:
        return json_response({"payments": _plain(await rows_of(session, Payment, call_id=call_id))}, 200)


@router.get("/v1/calls/{call_id}/statements")
async def show_statements(call_id: str, gate: Gate) -> Response:
    """Every imported bank file."""
    gate.allow("finance", "treasurer")
    async with gate.query() as session:
        return json_response({"statements": _plain(await rows_of(session, StatementFile, call_id=call_id))}, 200)


@router.get("/v1/calls/{call_id}/breaks")
async def show_breaks(call_id: str, gate: Gate) -> Response:
    """Every difference, its owner and its due day."""
    gate.allow("finance", "treasurer", "officer")
    async with gate.query() as session:
        return json_response({"breaks": _plain(await rows_of(session, Break, call_id=call_id))}, 200)


@router.get("/v1/calls/{call_id}/reconciliation")
async def show_certificate(call_id: str, gate: Gate) -> Response:
    """The latest signed reconciliation."""
    gate.allow("finance", "treasurer", "officer")
    async with gate.query() as session:
        found = await one(session, Certificate, call_id)
    if found is None:
        raise NotFound("not_signed", f"No reconciliation of {call_id} is signed.", f"{call_id} 的对账尚未签署。")
    return json_response(found.model_dump(), 200)
