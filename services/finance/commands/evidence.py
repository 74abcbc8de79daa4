"""The books as evidence of a reconciliation: written into its event, and compared again from it."""

import json
from datetime import date
from typing import Any

from contracts.finance import ReconciliationSigned
from services.finance.commands.books import line_of, match_of
from services.finance.rules.bank import Statement
from services.finance.rules.canonical import content_hash, to_json
from services.finance.rules.comparisons import Books
from services.finance.rules.conservation import GrantTotals
from services.finance.rules.matching import Instruction
from services.finance.rules.reconcile import Reconciliation, report
from services.finance.rules.supplier import SupplierAccount
from services.finance.rules.working_days import CutOff, WorkCalendar

EVIDENCE_BYTES_MAX = 2 * 2**20
"""Larger books are named by the hash in their report: an event has a limit, signing has none."""


def report_to_json(result: Reconciliation) -> dict[str, Any]:
    """The report as JSON."""
    document = to_json(result)
    assert isinstance(document, dict)
    return document


def evidence_of(books: Books) -> dict[str, Any]:
    """The books as JSON, or nothing when they are too large to be sent along."""
    document = to_json(books)
    assert isinstance(document, dict)
    size = len(json.dumps(document, ensure_ascii=False).encode())
    return document if size <= EVIDENCE_BYTES_MAX else {}


def rederived_report(event: ReconciliationSigned) -> dict[str, Any]:
    """The report, again, from the books in the event (law 3); nothing where it holds none."""
    if not event.evidence:
        return {}
    result = report(books_from(event.evidence))
    return {
        "reconciled": result.reconciled,
        "report": report_to_json(result),
        "report_sha256": content_hash(result),
    }


def books_from(said: dict[str, Any]) -> Books:
    """The books that `evidence_of` wrote."""
    return Books(
        at=_cut_off(said["at"]),
        decisions=said["decisions"],
        balances=said["balances"],
        grants=tuple(GrantTotals(**g) for g in said["grants"]),
        instructions=tuple(
            Instruction(**{**i, "instructed_on": date.fromisoformat(i["instructed_on"])})
            for i in said["instructions"]
        ),
        statements=tuple(_statement(s) for s in said["statements"]),
        register={
            a: tuple(_account(v) for v in versions) for a, versions in said["register"].items()
        },
        settled=tuple(match_of(m) for m in said["settled"]),
    )


def _cut_off(said: dict[str, Any]) -> CutOff:
    calendar = said["calendar"]
    holidays, made_up = (
        frozenset(map(date.fromisoformat, calendar[name])) for name in ("holidays", "make_up_days")
    )
    return CutOff(date.fromisoformat(said["on"]), WorkCalendar(holidays, made_up))


def _statement(said: dict[str, Any]) -> Statement:
    lines = tuple(line_of(line) for line in said["lines"])
    return Statement(said["account"], said["opening_fen"], said["closing_fen"], lines)


def _account(said: dict[str, Any]) -> SupplierAccount:
    days = {
        name: date.fromisoformat(said[name]) if said[name] else None
        for name in ("verified_on", "valid_from", "valid_before")
    }
    return SupplierAccount(said["number"], said["holder"], said["bank"], **days)
