"""Commands about a grant: signed with its schedule, released by conditions, accounted for, closed."""

from dataclasses import dataclass
from typing import Any

from contracts.finance import AgreementSigned, ExpenditureAccepted, GrantClosed, TrancheReleased
from contracts.finance import Tranche as Instalment
from services.chassis.errors import Conflict, Invalid
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.finance.commands.guards import known_grant, known_tranche, not_after, told
from services.finance.rules.accounts import account, natural_fen
from services.finance.rules.breaks import TAXONOMY
from services.finance.rules.money import yuan
from services.finance.rules.refusal import Refused
from services.finance.rules.reserve import Share, schedule
from services.finance.store import Balance, Break, Budget, Expenditure, Grant, Tranche

OPEN_KINDS = ("reserved", "committed", "released", "payable", "in_transit", "advance", "receivable")
"""The accounts of a grant that must be zero before it closes."""


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


def _grant_needs(command: SignAgreement | ReleaseTranche) -> list[Need]:
    return [Grant.key(command.application_id), Tranche.of(application_id=command.application_id)]


def _authority(command: SignAgreement, rows: NamedRows) -> list[Need]:
    grant = rows.get(Grant, command.application_id)
    return [Budget.key(grant.call_id)] if grant else []


@decision(SignAgreement, needs=_grant_needs, then=_authority)
def sign_agreement(command: SignAgreement, rows: NamedRows, now: str) -> Outcome:
    """Fix the schedule: the approved shares of the committed amount, the last takes the remainder.

    Raises:
        NotFound: no money stands behind it. Invalid: signed on a day to come.
        Conflict: it is not committed, is signed on another day, or the shares do not fit.
    """
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    if grant.status in ("contracted", "closed"):
        _signed_then(command, grant)
        tranches = rows.of(Tranche, application_id=grant.application_id)
        return Answer(201, _agreement(grant, [_instalment(t) for t in tranches]))
    if grant.status != "committed":
        raise Conflict(
            "not_committed",
            "The award is not decided yet; an agreement follows the decision.",
            "尚未作出立项决定，不能签订任务书。",
        )
    not_after(command.signed_on, now, "The agreement is signed", "任务书签订")
    plan = _plan(grant, rows.get(Budget, grant.call_id))
    yield AgreementSigned(
        application_id=grant.application_id, call_id=grant.call_id,
        applicant_id=grant.applicant_id, amount_fen=grant.committed_fen, tranches=tuple(plan),
        signed_on=command.signed_on, recorded_by=command.by, signed_at=now,
    )  # fmt: skip
    return Answer(201, _agreement(grant, plan))


def _signed_then(command: SignAgreement, grant: Grant) -> None:
    if grant.signed_on != command.signed_on:
        raise Conflict(
            "agreement_signed",
            f"The agreement was signed on {grant.signed_on}, not on {command.signed_on}.",
            f"任务书已于 {grant.signed_on} 签订，与所填 {command.signed_on} 不符。",
        )


def _plan(grant: Grant, budget: Budget | None) -> list[Instalment]:
    assert budget is not None, "nothing is held before a budget is approved"
    shares = [
        Share(str(n), t["share_bp"], t["condition"]) for n, t in enumerate(budget.tranches, 1)
    ]
    plan = schedule(grant.committed_fen, shares)
    if isinstance(plan, Refused):
        raise told(plan)
    return [
        Instalment(tranche_no=int(t.tranche), condition=t.condition, amount_fen=t.amount_fen)
        for t in plan
    ]


def _instalment(row: Tranche) -> Instalment:
    return Instalment(tranche_no=row.tranche_no, condition=row.condition, amount_fen=row.amount_fen)


def _agreement(grant: Grant, plan: list[Instalment]) -> dict[str, Any]:
    return {
        "application_id": grant.application_id,
        "amount_fen": grant.committed_fen,
        "tranches": [t.model_dump() for t in plan],
    }


@decision(ReleaseTranche, needs=_grant_needs)
def release_tranche(command: ReleaseTranche, rows: NamedRows, now: str) -> Outcome:
    """Let an instalment be paid, once its own condition is met.

    Raises:
        NotFound: no such tranche. Invalid: another condition than the agreement's.
    """
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    tranches = rows.of(Tranche, application_id=command.application_id)
    tranche = known_tranche(tranches, command.tranche_no)
    if tranche.condition != command.condition:
        raise Invalid(
            "condition_differs",
            f"Tranche {tranche.tranche_no} is released by {tranche.condition}, "
            f"not by {command.condition}.",
            f"第 {tranche.tranche_no} 期的拨付条件是 {tranche.condition}，不是 {command.condition}。",
        )
    if tranche.status == "agreed":
        yield TrancheReleased(
            application_id=grant.application_id, call_id=grant.call_id,
            tranche_no=tranche.tranche_no, amount_fen=tranche.amount_fen,
            released_by=command.by, released_at=now,
        )  # fmt: skip
    return Answer(
        201,
        {
            "application_id": grant.application_id,
            "tranche_no": tranche.tranche_no,
            "status": "released",
        },
    )


def _expenditure_needs(command: AcceptExpenditure) -> list[Need]:
    return [
        Grant.key(command.application_id),
        Expenditure.key(command.application_id, command.report_id, command.line),
    ]


def _advance(command: AcceptExpenditure, rows: NamedRows) -> list[Need]:
    grant = rows.get(Grant, command.application_id)
    name = account("cash:advance", command.application_id)
    return [Balance.key(grant.call_id, name)] if grant else []


@decision(AcceptExpenditure, needs=_expenditure_needs, then=_advance)
def accept_expenditure(command: AcceptExpenditure, rows: NamedRows, now: str) -> Outcome:
    """Accept cost up to what was advanced; the same report line again is answered the same.

    Raises:
        Conflict: more than the advance that is still open, or the line was accepted otherwise.
    """
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    known = rows.get(Expenditure, command.application_id, command.report_id, command.line)
    if known is None:
        name = account("cash:advance", command.application_id)
        advanced = natural_fen(name, rows.count(Balance, grant.call_id, name).signed_fen)
        _within_advance(command.amount_fen, advanced)
        yield ExpenditureAccepted(
            application_id=grant.application_id, call_id=grant.call_id,
            report_id=command.report_id, line=command.line, amount_fen=command.amount_fen,
            accepted_by=command.by, accepted_at=now,
        )  # fmt: skip
    elif known.amount_fen != command.amount_fen:
        raise Conflict(
            "line_accepted",
            f"{yuan(known.amount_fen)} yuan of this report line are accepted already.",
            f"该报告此科目已核定支出 {yuan(known.amount_fen)} 元，与所填金额不符。",
        )
    return Answer(
        201,
        {
            "application_id": grant.application_id,
            "report_id": command.report_id,
            "line": command.line,
            "amount_fen": command.amount_fen,
        },
    )


def _within_advance(amount_fen: int, advanced_fen: int) -> None:
    if amount_fen > advanced_fen:
        raise Conflict(
            "advance_exceeded",
            f"{yuan(amount_fen)} yuan are reported, {yuan(advanced_fen)} are advanced and open.",
            f"申报支出 {yuan(amount_fen)} 元，超过尚未核销的预付 {yuan(advanced_fen)} 元。",
        )


def _open_needs(command: CloseGrant, rows: NamedRows) -> list[Need]:
    grant = rows.get(Grant, command.application_id)
    if grant is None:
        return []
    return [Balance.of(call_id=grant.call_id), Break.of(grantee_id=grant.applicant_id)]


@decision(CloseGrant, needs=lambda c: [Grant.key(c.application_id)], then=_open_needs)
def close_grant(command: CloseGrant, rows: NamedRows, now: str) -> Outcome:
    """Close when every account of the grant that must be zero is, and nothing stops payments.

    Raises:
        Conflict: the accounts that still hold money, with how much, and the breaks that are open.
    """
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    if grant.status != "closed":
        _nothing_owed(grant, rows)
        yield GrantClosed(
            application_id=grant.application_id, call_id=grant.call_id, status="completed",
            closed_by=command.by, closed_at=now,
        )  # fmt: skip
    return Answer(201, {"application_id": grant.application_id, "status": "closed"})


def _nothing_owed(grant: Grant, rows: NamedRows) -> None:
    left = {
        b.account: b.signed_fen
        for b in rows.of(Balance, call_id=grant.call_id)
        if b.signed_fen and _must_be_zero(b.account, grant.application_id)
    }
    stops = [
        b.break_id
        for b in rows.of(Break, grantee_id=grant.applicant_id)
        if b.status == "open" and b.call_id == grant.call_id and TAXONOMY[b.code].stop
    ]
    if left or stops or grant.status != "contracted":
        why = ", ".join([*sorted(left), *stops]) or grant.status
        raise Conflict(
            "grant_open",
            f"The grant cannot close yet: {why}.",
            f"尚不能结项：{why}。",
            balances=left,
            breaks=stops,
        )


def _must_be_zero(name: str, application_id: str) -> bool:
    parts = name.split(":")
    return application_id in parts[2:] and parts[1] in OPEN_KINDS
