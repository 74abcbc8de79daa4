"""Commands about a grant: signed with its schedule, released by conditions, accounted for, closed."""

from dataclasses import dataclass

from contracts.finance import (
    AgreementSigned,
    ExpenditureAccepted,
    GrantClosed,
    SupplierRegistered,
    TrancheReleased,
)
from contracts.finance import Tranche as Instalment
from services.chassis.errors import Conflict, NotFound
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.finance.commands.guards import invalid, known_call, known_grant, told
from services.finance.rules.accounts import account, natural_fen
from services.finance.rules.money import yuan
from services.finance.rules.refusal import Refused
from services.finance.rules.reserve import Share, schedule
from services.finance.store import (
    Balance,
    CallTerms,
    Grant,
    JournalEntry,
    Payment,
    Supplier,
    Tranche,
)


@dataclass(frozen=True, slots=True)
class RegisterSupplier:
    """Note a verified registration on the funder's finance platform (clause R47)."""

    applicant_id: str
    supplier_name: str
    bank_account: str
    bank_name: str
    valid_from: str
    by: str


@dataclass(frozen=True, slots=True)
class SignAgreement:
    """The task book is signed."""

    application_id: str
    signed_on: str
    by: str


@dataclass(frozen=True, slots=True)
class ReleaseTranche:
    """The condition of an instalment is met."""

    application_id: str
    tranche_no: int
    condition: str
    by: str


@dataclass(frozen=True, slots=True)
class AcceptExpenditure:
    """Reported cost is accepted against the advance."""

    application_id: str
    report_id: str
    line: str
    amount_fen: int
    by: str


@dataclass(frozen=True, slots=True)
class CloseGrant:
    """Nothing is owed either way."""

    application_id: str
    by: str


@decision(RegisterSupplier, needs=lambda c: [Supplier.key(c.applicant_id, c.bank_account)])
def register_supplier(command: RegisterSupplier, rows: NamedRows, now: str) -> Outcome:
    """The same account registered again is answered the same."""
    answer = Answer(201, {"applicant_id": command.applicant_id, "bank_account": command.bank_account})
    if rows.get(Supplier, command.applicant_id, command.bank_account) is None:
        yield SupplierRegistered(
            applicant_id=command.applicant_id, supplier_name=command.supplier_name,
            bank_account=command.bank_account, bank_name=command.bank_name,
            valid_from=command.valid_from, verified_by=command.by, registered_at=now,
        )  # fmt: skip
    return answer


def _grant_needs(command: SignAgreement | ReleaseTranche | AcceptExpenditure | CloseGrant) -> list[Need]:
    return [Grant.key(command.application_id), Tranche.of(application_id=command.application_id)]


def _terms(command: SignAgreement, rows: NamedRows) -> list[Need]:
    grant = rows.get(Grant, command.application_id)
    return [CallTerms.key(grant.call_id)] if grant else []


@decision(SignAgreement, needs=_grant_needs, then=_terms)
def sign_agreement(command: SignAgreement, rows: NamedRows, now: str) -> Outcome:
    """Fix the schedule: the call's shares of the committed amount, the last absorbs the remainder.

    Raises:
        NotFound: no money stands behind it. Conflict: it is not committed, or the shares do not fit.
    """
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    if grant.status in ("contracted", "closed"):
        return Answer(201, _agreement(grant, rows))
    if grant.status != "committed":
        raise Conflict(
            "not_committed",
            "The award is not decided yet; an agreement follows the decision.",
            "尚未作出立项决定，不能签订任务书。",
        )
    terms = known_call(rows.get(CallTerms, grant.call_id), grant.call_id)
    shares = [Share(str(n), t["share_bp"], t["condition"]) for n, t in enumerate(terms.tranches, 1)]
    plan = schedule(grant.committed_fen, shares)
    if isinstance(plan, Refused):
        raise told(plan)
    tranches = tuple(
        Instalment(tranche_no=int(t.tranche), condition=t.condition, amount_fen=t.amount_fen) for t in plan
    )
    yield AgreementSigned(
        application_id=grant.application_id, call_id=grant.call_id, applicant_id=grant.applicant_id,
        amount_fen=grant.committed_fen, tranches=tranches, signed_on=command.signed_on,
        recorded_by=command.by, signed_at=now,
    )  # fmt: skip
    return Answer(
        201,
        {
            "application_id": grant.application_id,
            "amount_fen": grant.committed_fen,
            "tranches": [t.model_dump() for t in tranches],
        },
    )


def _agreement(grant: Grant, rows: NamedRows) -> dict[str, object]:
    tranches = rows.of(Tranche, application_id=grant.application_id)
    lines = [
        {"tranche_no": t.tranche_no, "condition": t.condition, "amount_fen": t.amount_fen} for t in tranches
    ]
    return {"application_id": grant.application_id, "amount_fen": grant.committed_fen, "tranches": lines}


@decision(ReleaseTranche, needs=_grant_needs)
def release_tranche(command: ReleaseTranche, rows: NamedRows, now: str) -> Outcome:
    """Let an instalment be paid, once its own condition is met.

    Raises:
        NotFound: no such tranche. Invalid: another condition than the agreement's.
    """
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    tranches = {t.tranche_no: t for t in rows.of(Tranche, application_id=command.application_id)}
    tranche = known_tranche(tranches.get(command.tranche_no), command.tranche_no)
    if tranche.condition != command.condition:
        raise invalid(
            "condition_differs",
            f"Tranche {tranche.tranche_no} is released by {tranche.condition}, not by {command.condition}.",
            f"第 {tranche.tranche_no} 期的拨付条件是 {tranche.condition}，不是 {command.condition}。",
        )
    if tranche.status == "agreed":
        yield TrancheReleased(
            application_id=grant.application_id, call_id=grant.call_id, tranche_no=tranche.tranche_no,
            amount_fen=tranche.amount_fen, released_by=command.by, released_at=now,
        )  # fmt: skip
    return Answer(
        201,
        {"application_id": grant.application_id, "tranche_no": tranche.tranche_no, "status": "released"},
    )


def known_tranche(tranche: Tranche | None, number: int) -> Tranche:
    """The tranche, or NotFound."""
    if tranche is None:
        raise NotFound(
            "tranche_unknown", f"The agreement has no tranche {number}.", f"任务书中没有第 {number} 期。"
        )
    return tranche


def _advance_needs(command: AcceptExpenditure, rows: NamedRows) -> list[Need]:
    grant = rows.get(Grant, command.application_id)
    if grant is None:
        return []
    name = account("cash:advance", command.application_id)
    return [Balance.key(grant.call_id, name), JournalEntry.of(call_id=grant.call_id)]


@decision(AcceptExpenditure, needs=_grant_needs, then=_advance_needs)
def accept_expenditure(command: AcceptExpenditure, rows: NamedRows, now: str) -> Outcome:
    """Accept cost up to what was advanced; the same report line again is answered the same.

    Raises:
        Conflict: more than the advance that is still open.
    """
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    answer = Answer(
        201,
        {"application_id": grant.application_id, "report_id": command.report_id, "amount_fen": command.amount_fen},
    )
    name = account("cash:advance", command.application_id)
    advanced = natural_fen(name, rows.count(Balance, grant.call_id, name).signed_fen)
    marker = f"{command.report_id}/{command.line}"
    if any(_accepted(e, command, marker) for e in rows.of(JournalEntry, call_id=grant.call_id)):
        return answer
    if command.amount_fen > advanced:
        raise Conflict(
            "advance_exceeded",
            f"{yuan(command.amount_fen)} yuan are reported, {yuan(advanced)} are advanced and open.",
            f"申报支出 {yuan(command.amount_fen)} 元，超过尚未核销的预付 {yuan(advanced)} 元。",
        )
    yield ExpenditureAccepted(
        application_id=grant.application_id, call_id=grant.call_id, report_id=command.report_id,
        line=marker, amount_fen=command.amount_fen, accepted_by=command.by, accepted_at=now,
    )  # fmt: skip
    return answer


def _accepted(entry: JournalEntry, command: AcceptExpenditure, marker: str) -> bool:
    wanted = account("cash:accepted", command.application_id, marker)
    return any(p["account"] == wanted for p in entry.postings)


def _open_needs(command: CloseGrant, rows: NamedRows) -> list[Need]:
    grant = rows.get(Grant, command.application_id)
    return [Balance.of(call_id=grant.call_id), Payment.of(application_id=command.application_id)] if grant else []


@decision(CloseGrant, needs=_grant_needs, then=_open_needs)
def close_grant(command: CloseGrant, rows: NamedRows, now: str) -> Outcome:
    """Close when every account of the grant that must be zero is.

    Raises:
        Conflict: the accounts that still hold money, with how much.
    """
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    answer = Answer(201, {"application_id": grant.application_id, "status": "closed"})
    if grant.status == "closed":
        return answer
    left = {
        b.account: b.signed_fen
        for b in rows.of(Balance, call_id=grant.call_id)
        if b.signed_fen and _must_be_zero(b.account, command.application_id)
    }
    if left or grant.status != "contracted":
        raise Conflict(
            "grant_open",
            f"Money is still on the way: {', '.join(sorted(left)) or grant.status}.",
            f"尚有未了结的款项：{'、'.join(sorted(left)) or grant.status}。",
            balances=left,
        )
    yield GrantClosed(
        application_id=grant.application_id, call_id=grant.call_id, status="completed",
        closed_by=command.by, closed_at=now,
    )  # fmt: skip
    return answer


OPEN_KINDS = ("reserved", "committed", "released", "payable", "in_transit", "advance", "receivable")


def _must_be_zero(name: str, application_id: str) -> bool:
    parts = name.split(":")
    return application_id in parts[2:] and parts[1] in OPEN_KINDS
