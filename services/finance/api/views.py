"""What finance shows: the books, grants, payments, statements, breaks, certificate of a call."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.errors import NotFound
from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.chassis.tables import Row
from services.finance.api.bodies import Page, PathId
from services.finance.commands.guards import known_call
from services.finance.rules.journal import trial_balance
from services.finance.store import (
    Balance,
    Break,
    CallTally,
    CallTerms,
    Certificate,
    Grant,
    JournalEntry,
    Payment,
    StatementFile,
    one,
    tranches_of,
    under_call,
)

router = APIRouter(tags=["books"])
NAMES: dict[type[Row], str] = {
    JournalEntry: "entries",
    Payment: "payments",
    StatementFile: "statements",
    Break: "breaks",
}


@asynccontextmanager
async def _of_known(gate: Gate, call_id: str) -> AsyncIterator[AsyncSession]:
    """A session, once the call is known to finance."""
    async with gate.query() as session:
        known_call(await one(session, CallTerms, call_id), call_id)
        yield session


async def _page(
    gate: Gate, table: type[Row], call_id: str, page: Page, without: frozenset[str] = frozenset()
) -> Response:
    async with _of_known(gate, call_id) as session:
        rows = await under_call(session, table, call_id, page.after, page.limit)
    lines = [row.model_dump(exclude=set(without)) for row in rows]
    return _answer(NAMES[table], lines, table.spec.primary[0], page)


def _answer(name: str, lines: Sequence[dict[str, Any]], key: str, page: Page) -> Response:
    following = lines[-1][key] if len(lines) == page.limit else None
    return json_response({name: list(lines), "next": following}, 200)


@router.get("/v1/calls/{call_id}/books")
async def show_books(call_id: PathId, gate: Gate) -> Response:
    """Every account's balance, the trial balance, and how many entries stand behind it."""
    gate.allow("finance", "treasurer", "officer")
    async with _of_known(gate, call_id) as session:
        balances = await under_call(session, Balance, call_id)
        tally = await one(session, CallTally, call_id)
    held = {b.account: b.signed_fen for b in balances}
    body = {
        "call_id": call_id,
        "balances": held,
        "trial_balance": trial_balance(held),
        "entries": tally.entries if tally else 0,
    }
    return json_response(body, 200)


@router.get("/v1/calls/{call_id}/journal")
async def show_journal(call_id: PathId, gate: Gate, page: Page) -> Response:
    """The entries of a call, by their id."""
    gate.allow("finance", "treasurer")
    return await _page(gate, JournalEntry, call_id, page)


@router.get("/v1/calls/{call_id}/grants")
async def show_grants(call_id: PathId, gate: Gate, page: Page) -> Response:
    """Every grant with its tranches."""
    gate.allow("finance", "treasurer", "officer")
    async with _of_known(gate, call_id) as session:
        grants = await under_call(session, Grant, call_id, page.after, page.limit)
        tranches = await tranches_of(session, [g.application_id for g in grants])
    own: dict[str, list[dict[str, Any]]] = {}
    for tranche in tranches:
        own.setdefault(tranche.application_id, []).append(tranche.model_dump())
    lines = [{**g.model_dump(), "tranches": own.get(g.application_id, [])} for g in grants]
    return _answer("grants", lines, "application_id", page)


@router.get("/v1/calls/{call_id}/payments")
async def show_payments(call_id: PathId, gate: Gate, page: Page) -> Response:
    """Every instruction to the bank and what became of it."""
    gate.allow("finance", "treasurer", "officer")
    return await _page(gate, Payment, call_id, page)


@router.get("/v1/calls/{call_id}/statements")
async def list_statements(call_id: PathId, gate: Gate, page: Page) -> Response:
    """Every imported bank file, without its lines."""
    gate.allow("finance", "treasurer")
    inside = frozenset({"lines", "postings", "matches"})
    return await _page(gate, StatementFile, call_id, page, inside)


@router.get("/v1/calls/{call_id}/statements/{statement_id}")
async def show_statement(call_id: PathId, statement_id: PathId, gate: Gate) -> Response:
    """One imported bank file with its lines, and what each was posted or matched as."""
    gate.allow("finance", "treasurer")
    async with _of_known(gate, call_id) as session:
        found = await one(session, StatementFile, statement_id)
    if found is None or found.call_id != call_id:
        raise NotFound(
            "statement_unknown",
            f"{call_id} has no statement {statement_id}.",
            f"{call_id} 没有对账单 {statement_id}。",
        )
    return json_response(found.model_dump(), 200)


@router.get("/v1/calls/{call_id}/breaks")
async def show_breaks(call_id: PathId, gate: Gate, page: Page) -> Response:
    """Every difference, its owner and its due day."""
    gate.allow("finance", "treasurer", "officer")
    return await _page(gate, Break, call_id, page)


@router.get("/v1/calls/{call_id}/reconciliation")
async def show_certificate(call_id: PathId, gate: Gate) -> Response:
    """The latest signed reconciliation."""
    gate.allow("finance", "treasurer", "officer")
    async with _of_known(gate, call_id) as session:
        found = await one(session, Certificate, call_id)
    if found is None:
        raise NotFound(
            "not_signed",
            f"No reconciliation of {call_id} is signed.",
            f"{call_id} 的对账尚未签署。",
        )
    return json_response(found.model_dump(), 200)
