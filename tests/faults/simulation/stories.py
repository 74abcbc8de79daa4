"""What people do in a simulated season, as stories: each step a command, in an order of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any

from contracts.event import Event
from contracts.finance import PaymentInstructed
from contracts.review import AwardDecided, AwardRecommended
from services.chassis.simulation import World
from services.document.commands.files import RegisterFile
from services.document.commands.parcels import Count, RegisterParcel
from services.eligibility.commands.facts import RecordFact
from services.finance.commands.budgets import ApproveBudget, EnterBudget
from services.finance.commands.grants import ReleaseTranche, SignAgreement
from services.finance.commands.payments import InstructPayment, PreparePayment
from services.finance.commands.statements import ImportStatement, OpenBankAccount
from services.finance.commands.suppliers import RegisterSupplier
from services.finance.rules.bank import BankLine, parse_statement, write_csv
from services.finance.rules.bank.statement import statement_of
from services.submission.calls import CAST_2021, load
from services.submission.commands.applications import DeclareDispatch, WithdrawApplication
from services.submission.commands.calls import PublishCall
from services.submission.commands.drafts import BeginApplication
from services.submission.commands.submissions import SubmitApplication

WINNERS = 6
ACCOUNT = "11001045300056000123"
OPENING_FEN = 1_000_000_000
AWARD_FEN = 30_000_000
FORM = {
    "project_leader": "负责人", "basis": "虚构", "plan": "虚构", "expected_results": "虚构",
    "matching_funds_fen": 0,
}  # fmt: skip
FACT = {
    "kind": "administrative_penalty",
    "detail": {"authority_kind": "registration_authority", "penalty_kind": "warning",
               "penalised": "legal_person", "revoked_on": None},
    "dates": {"decision_on": "2020-09-01", "effective_on": None, "announced_on": "2020-09-10"},
    "source": {"url": "https://fiction.invalid/register", "date_basis": "stated", "note": None},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One command to a service at an instant; or an event that a script says in a service's place."""

    service: str
    at: str
    command: Any
    path: str = ""
    """The end of the route it would come by; empty where a success need not leave an event."""


Story = Iterator[Step]


@cache
def call() -> dict[str, Any]:
    """The call of 2021."""
    return load(CAST_2021)


def call_id() -> str:
    """Its id."""
    return str(call()["id"])


def opening() -> Story:
    """The call is published, its budget approved, the account opened."""
    yield Step(
        "submission", "2021-07-01T09:00:00+08:00", PublishCall(call(), "officer"), "/v1/calls"
    )
    fen = call()["budget"]["total_fen"]
    yield Step("finance", "2021-07-01T10:00:00+08:00", EnterBudget(call_id(), fen, "maker"))
    yield Step(
        "finance",
        "2021-07-01T11:00:00+08:00",
        ApproveBudget(call_id(), fen, "checker"),
        "/budget/approval",
    )
    account = OpenBankAccount(call_id(), ACCOUNT, OPENING_FEN, "2021-07-01", "treasurer")
    yield Step("finance", "2021-07-01T12:00:00+08:00", account, "/bank-accounts")


def applicant(number: int) -> Story:
    """One society: begins, sends, and does what its number says; some are late by a second."""
    who = f"SIM-{number:04d}"
    at = f"2021-07-{2 + number % 10:02d}T10:{number % 60:02d}:00+08:00"
    sent_at = {11: "2021-07-12T23:59:59+08:00", 12: "2021-07-13T00:00:00+08:00"}.get(
        number % 13, at
    )
    if number % 5 == 0:
        yield Step(
            "eligibility",
            "2021-07-02T09:00:00+08:00",
            RecordFact(who, FACT, f"fact-{who}", "screener"),
            "/facts",
        )
    begin = BeginApplication(call_id(), _organisation(who), "one", _content(), f"of-{who}")
    yield Step("submission", at, begin, "/v1/applications")
    case = begin.application_id
    path = f"/v1/applications/{case}/submission"
    yield Step("submission", sent_at, SubmitApplication(case, "", f"of-{who}", who), path)
    if number % 13 == 12:
        return
    yield from _papers(case, who, number, at)
    if number % 7 == 3:
        again = SubmitApplication(case, "", f"of-{who}", who)
        yield Step("submission", "2021-07-12T20:00:00+08:00", again)
    if number % 11 == 5:
        back = WithdrawApplication(case, "内部安排", f"of-{who}", who)
        yield Step("submission", "2021-07-12T21:00:00+08:00", back, "/withdrawal")


def _papers(case: str, who: str, number: int, at: str) -> Story:
    digest = sha256(who.encode()).hexdigest()
    file = RegisterFile(
        case, digest, 100, "application/pdf", "form.pdf", "application_form", "upload", at, who
    )
    yield Step("document", at, file, "/files")
    if number % 3:
        waybill, day = f"FICT{number:010d}", at[:10]
        yield Step(
            "submission",
            f"{day}T23:30:00+08:00",
            DeclareDispatch(case, "虚构快递", waybill, day, who),
            "/dispatch",
        )
        count = Count(
            "courier", "虚构快递", waybill, day, "2021-07-14T10:00:00+08:00", 5, 1, 5, True, True
        )
        yield Step(
            "document",
            "2021-07-21T09:00:00+08:00",
            RegisterParcel(case, count, "clerk"),
            "/parcels",
        )


def _organisation(who: str) -> dict[str, Any]:
    return {
        "id": who,
        "name": f"虚构{who}学会",
        "member_class": "regular",
        "contact_email": f"{who.lower()}@a.invalid",
    }


def _content() -> dict[str, Any]:
    return {"title": "虚构开放合作示范", "items": ["1.1"], "requested_fen": AWARD_FEN, "form": FORM}


def winner(number: int, world: World) -> Story:
    """One award, as review would have decided it, to its first payment."""
    who = f"SIM-{number:04d}"
    case = BeginApplication(call_id(), _organisation(who), "one", None, "").application_id
    yield Step("review", "2021-08-20T10:00:00+08:00", _recommended(case, who, number))
    yield Step("review", "2021-08-30T10:00:00+08:00", _decided(case, who, number))
    supplier = RegisterSupplier(
        who, f"虚构{who}学会", f"6222{number:012d}", "虚构银行", "2021-08-31", "maker"
    )
    yield Step("finance", "2021-08-31T10:00:00+08:00", supplier, "/supplier-registration")
    yield Step(
        "finance",
        "2021-09-06T10:00:00+08:00",
        SignAgreement(case, "2021-09-06", "officer"),
        "/agreement",
    )
    release = ReleaseTranche(case, 1, "agreement_signed", "officer")
    yield Step("finance", "2021-09-07T10:00:00+08:00", release, "/release")
    yield Step("finance", "2021-09-08T10:00:00+08:00", PreparePayment(case, 1, "maker"))
    pay = InstructPayment(case, 1, "2021-09-08", "checker")
    yield Step("finance", "2021-09-08T14:00:00+08:00", pay, "/payment/approval")


def bank(world: World) -> Story:
    """The month's file, once all were told to be paid."""
    said = [e for e in world.services["finance"].emitted if isinstance(e, PaymentInstructed)]
    lines = [
        BankLine(
            line_no=0, booked_on=date(2021, 9, 9), amount_fen=-e.amount_fen, counterparty_name=e.payee_name,
            counterparty_account=e.payee_account, text="项目经费", customer_reference=e.reference,
        )
        for e in sorted(said, key=lambda e: e.reference)
    ]  # fmt: skip
    closing = OPENING_FEN + sum(line.amount_fen for line in lines)
    data = write_csv(statement_of(ACCOUNT, OPENING_FEN, closing, lines))
    parsed = parse_statement(data)
    yield Step(
        "finance",
        "2021-09-30T09:00:00+08:00",
        ImportStatement(call_id(), parsed, "treasurer"),
        "/statements",
    )


def _recommended(case: str, who: str, number: int) -> Event:
    return AwardRecommended(
        application_id=case, call_id=call_id(), applicant_id=who, applicant_name=who, title="虚构",
        rank=number, amount_fen=AWARD_FEN, ranking_sha256="0" * 64, recommended_by="officer",
        recommended_at="2021-08-20T10:00:00+08:00",
    )  # fmt: skip


def _decided(case: str, who: str, number: int) -> Event:
    return AwardDecided(
        application_id=case, call_id=call_id(), applicant_id=who, decision="awarded",
        amount_fen=AWARD_FEN, rank=number, reasons=(), decided_by="officer",
        decided_at="2021-08-30T10:00:00+08:00",
    )  # fmt: skip


def season(world: World, applicants: int) -> list[Callable[[], list[Story]]]:
    """The acts: within one, stories are told in any order; between two, the world settles."""
    winners = [n for n in range(1, applicants) if n % 13 != 12 and n % 11 != 5 and n % 5][:WINNERS]
    return [
        lambda: [opening()],
        lambda: [applicant(n) for n in range(1, applicants + 1)],
        lambda: [winner(n, world) for n in winners],
        lambda: [bank(world)],
    ]
