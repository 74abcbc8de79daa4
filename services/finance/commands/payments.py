"""Commands about payments: prepared by one person, checked by another, then told to the bank."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.finance import PaymentInstructed
from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.ids import derived
from services.chassis.model import Answer, Need, Outcome, Save, decision
from services.chassis.views import NamedRows
from services.finance.commands.guards import known_grant, known_tranche, told
from services.finance.commands.suppliers import payee_on, register_of
from services.finance.rules.breaks import TAXONOMY
from services.finance.rules.payment import PaymentRequest, payment_blocks
from services.finance.rules.reference import Reference
from services.finance.rules.refusal import first_of
from services.finance.rules.supplier import Supplier as Register
from services.finance.rules.text import compact
from services.finance.rules.working_days import civil_day
from services.finance.store import (
    BankAccount,
    Break,
    Grant,
    Payment,
    PaymentDraft,
    Supplier,
    Tranche,
)

ATTEMPTS_MAX = 99
"""What two digits of a reference can number."""
AHEAD_MAX = timedelta(days=7)
"""How far ahead the bank may be told a day of payment."""
STANDING = ("instructed", "confirmed")


@dataclass(frozen=True, slots=True)
class PreparePayment:
    """Prepare the payment of a released tranche."""

    application_id: str
    tranche_no: int
    by: str


@dataclass(frozen=True, slots=True)
class InstructPayment:
    """Check a prepared payment and tell the bank, as of a day.

    `bank_account` says which of our accounts pays; it may be empty when the call has only one.
    """

    application_id: str
    tranche_no: int
    instructed_on: str
    by: str
    bank_account: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything a checker looks at."""

    grant: Grant
    tranche: Tranche
    made_by: str
    accounts: Sequence[Supplier]
    payee: Supplier | None
    earlier: Sequence[Payment]
    stops: tuple[str, ...]


def _needs(command: PreparePayment | InstructPayment) -> list[Need]:
    return [
        Grant.key(command.application_id),
        Tranche.of(application_id=command.application_id),
        Payment.of(application_id=command.application_id),
        PaymentDraft.key(command.application_id, command.tranche_no),
    ]


def _more(command: InstructPayment, rows: NamedRows) -> list[Need]:
    grant = rows.get(Grant, command.application_id)
    if grant is None:
        return []
    return [
        Supplier.of(applicant_id=grant.applicant_id),
        Break.of(grantee_id=grant.applicant_id),
        Break.of(call_id=grant.call_id),
        BankAccount.of(call_id=grant.call_id),
    ]


def _of_tranche(rows: NamedRows, command: PreparePayment | InstructPayment) -> list[Payment]:
    payments = rows.of(Payment, application_id=command.application_id)
    return [p for p in payments if p.tranche_no == command.tranche_no]


@decision(PreparePayment, needs=_needs)
def prepare_payment(command: PreparePayment, rows: NamedRows, now: str) -> Outcome:
    """The maker's half. Preparing again before it is checked is answered the same.

    Raises:
        NotFound: no such grant or tranche. Conflict: it is not released, or a payment stands.
    """
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    tranches = rows.of(Tranche, application_id=command.application_id)
    tranche = known_tranche(tranches, command.tranche_no)
    draft = rows.get(PaymentDraft, command.application_id, command.tranche_no)
    if draft is None or not draft.open:
        _may_be_prepared(tranche, _of_tranche(rows, command))
        yield Save(
            PaymentDraft(
                application_id=grant.application_id, tranche_no=tranche.tranche_no,
                made_by=command.by, made_at=now, open=True,
            )
        )  # fmt: skip
    return Answer(
        201,
        {"application_id": grant.application_id, "tranche_no": tranche.tranche_no,
         "amount_fen": tranche.amount_fen, "status": "prepared"},
    )  # fmt: skip


def _may_be_prepared(tranche: Tranche, payments: Sequence[Payment]) -> None:
    if standing := next((p for p in payments if p.status in STANDING), None):
        raise Conflict(
            "payment_stands",
            f"Payment {standing.reference} of this tranche is {standing.status}; "
            "another one follows only after a return.",
            f"本期付款 {standing.reference} 状态为 {standing.status}，退回之前不能再次付款。",
        )
    if tranche.status != "released":
        raise Conflict(
            "tranche_not_released",
            f"Tranche {tranche.tranche_no} is {tranche.status}; it is paid once it is released.",
            f"第 {tranche.tranche_no} 期状态为 {tranche.status}，满足拨付条件后方可制单。",
        )
    if len(payments) >= ATTEMPTS_MAX:
        raise Conflict(
            "attempts_exhausted",
            f"{ATTEMPTS_MAX} payments of this tranche came back; settle it by other means.",
            f"本期已退回 {ATTEMPTS_MAX} 次，请改用其他方式支付。",
        )


@decision(InstructPayment, needs=_needs, then=_more)
def instruct_payment(command: InstructPayment, rows: NamedRows, now: str) -> Outcome:
    """The checker's half: every precondition must hold, or all that are missing are told.

    Raises:
        NotFound: nothing was prepared. Invalid: a day that is over or far ahead, not our account.
        Conflict: a precondition of rules/payment.py is missing, or it was instructed otherwise.
    """
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    tranches = rows.of(Tranche, application_id=command.application_id)
    tranche = known_tranche(tranches, command.tranche_no)
    earlier = _of_tranche(rows, command)
    draft = rows.get(PaymentDraft, command.application_id, command.tranche_no)
    if draft is None or not draft.open:
        return Answer(201, _told(_again(command, earlier)))
    on = _payment_day(command, now)
    ours = _paying_account(command, rows.of(BankAccount, call_id=grant.call_id))
    accounts = rows.of(Supplier, applicant_id=grant.applicant_id)
    payee, stops = payee_on(accounts, on), _stops(rows, grant)
    prepared = Prepared(grant, tranche, draft.made_by, accounts, payee, earlier, stops)
    if refused := first_of(payment_blocks(_request(command, prepared, on))):
        raise told(refused)
    event = _instruction(command, prepared, ours, now)
    yield event
    yield Save(draft.but(open=False))
    return Answer(201, _told(event))


def _again(command: InstructPayment, earlier: Sequence[Payment]) -> Payment:
    """The payment that stands, when the same is asked again."""
    standing = next((p for p in earlier if p.status in STANDING), None)
    if standing is None:
        raise NotFound("payment_not_prepared", "Prepare the payment first.", "请先由经办人制单。")
    ours = compact(command.bank_account) or standing.bank_account
    if (standing.instructed_on, standing.bank_account) != (command.instructed_on, ours):
        raise Conflict(
            "payment_stands",
            f"Payment {standing.reference} stands, instructed on {standing.instructed_on} "
            f"from {standing.bank_account}.",
            f"付款 {standing.reference} 已于 {standing.instructed_on} 从 {standing.bank_account} 发出。",
        )
    return standing


def _payment_day(command: InstructPayment, now: str) -> date:
    """Never a day that is over: an account that was valid then may not be valid now."""
    on, today = date.fromisoformat(command.instructed_on), civil_day(now)
    if not today <= on <= today + AHEAD_MAX:
        last = today + AHEAD_MAX
        raise Invalid(
            "payment_day_unfit",
            f"The day of payment is {on}; it must be from {today} to {last}.",
            f"付款日 {on} 应在 {today} 至 {last} 之间。",
        )
    return on


def _paying_account(command: InstructPayment, ours: Sequence[BankAccount]) -> str:
    """The account that pays: the one named, or the only one there is."""
    known = [a.account for a in ours]
    if not known:
        raise Conflict(
            "no_bank_account",
            "The call has no bank account yet; open it in the books first.",
            "该项目尚未登记付款账户，请先登记。",
        )
    named = compact(command.bank_account)
    if named in known or (not named and len(known) == 1):
        return named or known[0]
    raise Invalid(
        "paying_account_unclear",
        f"Say in bank_account which of our accounts pays: {', '.join(known)}.",
        f"请在 bank_account 中注明付款账户：{'、'.join(known)}。",
    )


def _stops(rows: NamedRows, grant: Grant) -> tuple[str, ...]:
    """Open breaks that stop payments: the grantee's own, and contradictions of the call's books."""
    own = rows.of(Break, grantee_id=grant.applicant_id)
    books = [b for b in rows.of(Break, call_id=grant.call_id) if b.code == "INTERNAL_DRIFT"]
    return tuple(b.break_id for b in (*own, *books) if b.status == "open" and TAXONOMY[b.code].stop)


def _request(command: InstructPayment, prepared: Prepared, on: date) -> PaymentRequest:
    grant, tranche = prepared.grant, prepared.tranche
    accounts = register_of(prepared.accounts)
    first_verified = min((a.verified_on for a in accounts if a.verified_on), default=None)
    return PaymentRequest(
        amount_fen=tranche.amount_fen,
        on=on,
        payee_account=prepared.payee.bank_account if prepared.payee else "",
        maker=prepared.made_by,
        checker=command.by,
        supplier=Register(first_verified, accounts),
        agreement_signed_on=date.fromisoformat(grant.signed_on) if grant.signed_on else None,
        tranche_released_fen=tranche.amount_fen if tranche.status == "released" else 0,
        tranche_paid_fen=sum(p.amount_fen for p in prepared.earlier if p.status in STANDING),
        stop_breaks=prepared.stops,
    )


def _instruction(
    command: InstructPayment, prepared: Prepared, ours: str, now: str
) -> PaymentInstructed:
    grant, tranche, payee = prepared.grant, prepared.tranche, prepared.payee
    assert payee is not None, "the preconditions ask for an account"
    attempt = len(prepared.earlier) + 1
    year = int(command.instructed_on[2:4])
    reference = Reference(year, grant.award_no, tranche.tranche_no, attempt)
    return PaymentInstructed(
        application_id=grant.application_id, call_id=grant.call_id,
        payment_id=derived(grant.application_id, f"payment/{tranche.tranche_no}/{attempt}"),
        tranche_no=tranche.tranche_no, attempt=attempt, amount_fen=tranche.amount_fen,
        payee_id=grant.applicant_id, payee_name=payee.supplier_name,
        payee_account=payee.bank_account, reference=reference.text, made_by=prepared.made_by,
        checked_by=command.by, instructed_on=command.instructed_on, instructed_at=now,
        bank_account=ours,
    )  # fmt: skip


def _told(payment: Payment | PaymentInstructed) -> dict[str, object]:
    return {
        "payment_id": payment.payment_id, "reference": payment.reference,
        "amount_fen": payment.amount_fen, "payee_name": payment.payee_name,
        "payee_account": payment.payee_account, "bank_account": payment.bank_account,
        "status": "instructed",
    }  # fmt: skip
