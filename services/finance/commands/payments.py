"""Commands about payments: prepared by one person, checked by another, then told to the bank."""

from dataclasses import dataclass
from datetime import date

from contracts.finance import PaymentInstructed
from services.chassis.ids import derived
from services.chassis.model import Answer, Need, Outcome, Save, decision
from services.chassis.errors import Conflict, NotFound
from services.chassis.views import NamedRows
from services.finance.commands.grants import known_tranche
from services.finance.commands.guards import known_grant, told
from services.finance.rules.payment import PaymentRequest, payment_blocks
from services.finance.rules.reference import Reference
from services.finance.rules.refusal import first_of
from services.finance.rules.supplier import Supplier as Register
from services.finance.rules.supplier import SupplierAccount
from services.finance.store import Break, Grant, Payment, PaymentDraft, Supplier, Tranche

STOPPING = ("WRONG_PAYEE", "DUPLICATE", "INTERNAL_DRIFT")


@dataclass(frozen=True, slots=True)
class PreparePayment:
    """Prepare the payment of a released tranche."""

    application_id: str
    tranche_no: int
    by: str


@dataclass(frozen=True, slots=True)
class InstructPayment:
    """Check a prepared payment and tell the bank, as of a day."""

    application_id: str
    tranche_no: int
    instructed_on: str
    by: str


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
    return [Supplier.of(applicant_id=grant.applicant_id), Break.of(call_id=grant.call_id)]


def _of_tranche(rows: NamedRows, command: PreparePayment | InstructPayment) -> list[Payment]:
    payments = rows.of(Payment, application_id=command.application_id)
    return [p for p in payments if p.tranche_no == command.tranche_no]


@decision(PreparePayment, needs=_needs)
def prepare_payment(command: PreparePayment, rows: NamedRows, now: str) -> Outcome:
    """The maker's half. Preparing again before it is checked is answered the same."""
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    tranches = {t.tranche_no: t for t in rows.of(Tranche, application_id=command.application_id)}
    tranche = known_tranche(tranches.get(command.tranche_no), command.tranche_no)
    draft = rows.get(PaymentDraft, command.application_id, command.tranche_no)
    if draft is None or not draft.open:
        _nothing_under_way(_of_tranche(rows, command))
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


def _nothing_under_way(payments: list[Payment]) -> None:
    standing = [p for p in payments if p.status in ("instructed", "confirmed")]
    if standing:
        raise Conflict(
            "payment_stands",
            f"Payment {standing[0].reference} of this tranche is {standing[0].status}.",
            f"本期付款 {standing[0].reference} 状态为 {standing[0].status}，不能重复付款。",
        )


@decision(InstructPayment, needs=_needs, then=_more)
def instruct_payment(command: InstructPayment, rows: NamedRows, now: str) -> Outcome:
    """The checker's half: every precondition must hold, or all that are missing are told.

    Raises:
        NotFound: nothing was prepared. Conflict: a precondition of rules/payment.py is missing.
    """
    grant = known_grant(rows.get(Grant, command.application_id), command.application_id)
    tranches = {t.tranche_no: t for t in rows.of(Tranche, application_id=command.application_id)}
    tranche = known_tranche(tranches.get(command.tranche_no), command.tranche_no)
    earlier = _of_tranche(rows, command)
    standing = [p for p in earlier if p.status == "instructed"]
    draft = rows.get(PaymentDraft, command.application_id, command.tranche_no)
    if standing and (draft is None or not draft.open):
        return Answer(201, _told(standing[0]))
    if draft is None or not draft.open:
        raise NotFound("payment_not_prepared", "Prepare the payment first.", "请先由经办人制单。")
    payee = _payee(rows, grant)
    if refused := first_of(payment_blocks(_request(command, rows, tranche, draft, payee, earlier))):
        raise told(refused)
    assert payee is not None
    event = _instruction(command, grant, tranche, draft, payee, len(earlier) + 1, now)
    yield event
    yield Save(draft.but(open=False))
    return Answer(201, _told(event))


def _payee(rows: NamedRows, grant: Grant) -> Supplier | None:
    """The account registered last."""
    accounts = rows.of(Supplier, applicant_id=grant.applicant_id)
    return max(accounts, key=lambda s: (s.registered_at, s.bank_account)) if accounts else None


def register_of(accounts: list[Supplier]) -> tuple[SupplierAccount, ...]:
    """The register's accounts as the rules see them; each is valid until the next one begins."""
    ordered = sorted(accounts, key=lambda s: (s.valid_from, s.registered_at))
    return tuple(
        SupplierAccount(
            number=s.bank_account, holder=s.supplier_name, bank=s.bank_name,
            verified_on=date.fromisoformat(s.registered_at[:10]),
            valid_from=date.fromisoformat(s.valid_from),
        )
        for s in ordered
    )  # fmt: skip


def _request(
    command: InstructPayment, rows: NamedRows, tranche: Tranche, draft: PaymentDraft,
    payee: Supplier | None, earlier: list[Payment],
) -> PaymentRequest:  # fmt: skip
    grant = rows.get(Grant, command.application_id)
    assert grant is not None
    accounts = register_of(rows.of(Supplier, applicant_id=grant.applicant_id))
    stops = [
        b.break_id
        for b in rows.of(Break, call_id=grant.call_id)
        if b.status == "open" and b.code in STOPPING and b.detail.get("award") == grant.application_id
    ]
    return PaymentRequest(
        amount_fen=tranche.amount_fen,
        on=date.fromisoformat(command.instructed_on),
        payee_account=payee.bank_account if payee else "",
        maker=draft.made_by,
        checker=command.by,
        supplier=Register(min(a.verified_on for a in accounts if a.verified_on), accounts) if accounts else None,
        agreement_signed_on=date.fromisoformat(grant.signed_on) if grant.signed_on else None,
        tranche_released_fen=tranche.amount_fen if tranche.status == "released" else 0,
        tranche_paid_fen=sum(p.amount_fen for p in earlier if p.status in ("instructed", "confirmed")),
        stop_breaks=tuple(stops),
    )


def _instruction(
    command: InstructPayment, grant: Grant, tranche: Tranche, draft: PaymentDraft, payee: Supplier,
    attempt: int, now: str,
) -> PaymentInstructed:  # fmt: skip
    year = int(command.instructed_on[2:4])
    reference = Reference(year, grant.award_no, tranche.tranche_no, attempt)
    return PaymentInstructed(
        application_id=grant.application_id, call_id=grant.call_id,
        payment_id=derived(grant.application_id, f"payment/{tranche.tranche_no}/{attempt}"),
        tranche_no=tranche.tranche_no, attempt=attempt, amount_fen=tranche.amount_fen,
        payee_id=grant.applicant_id, payee_name=payee.supplier_name,
        payee_account=payee.bank_account, reference=reference.text, made_by=draft.made_by,
        checked_by=command.by, instructed_on=command.instructed_on, instructed_at=now,
    )  # fmt: skip


def _told(payment: Payment | PaymentInstructed) -> dict[str, object]:
    return {
        "payment_id": payment.payment_id, "reference": payment.reference,
        "amount_fen": payment.amount_fen, "payee_name": payment.payee_name,
        "payee_account": payment.payee_account, "status": "instructed",
    }  # fmt: skip
