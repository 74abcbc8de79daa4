"""Payment preconditions: everything that must hold before the bank is told to pay."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from services.finance.rules.money import yuan
from services.finance.rules.refusal import Refused
from services.finance.rules.supplier import (
    STALE,
    UNKNOWN,
    VERIFIED,
    Supplier,
    account_state,
)


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """One asked-for payment with all that its preconditions look at."""

    amount_fen: int
    on: date
    payee_account: str
    maker: str
    checker: str
    supplier: Supplier | None
    agreement_signed_on: date | None
    tranche_released_fen: int
    tranche_paid_fen: int = 0
    stop_breaks: tuple[str, ...] = ()


def payment_blocks(request: PaymentRequest) -> tuple[Refused, ...]:
    """Every precondition that is missing, all at once; an empty answer means it may be paid.

    Source: clause R47 and question A10 (registration blocks payment), finance model I8, I13, I14
    and 3.4. Unit: fen, calendar days. Boundary: the last fen of the released tranche may be paid,
    one more may not; the agreement may be signed on the day of payment.
    """
    found = (check(request) for check in _CHECKS)
    return tuple(reason for reason in found if reason is not None)


def _within_tranche(request: PaymentRequest) -> Refused | None:
    left = request.tranche_released_fen - request.tranche_paid_fen
    if 0 < request.amount_fen <= left:
        return None
    zh = f"本期可付 {yuan(left)} 元，申请 {yuan(request.amount_fen)} 元；须大于零且不超过可付额。"
    en = f"{yuan(left)} yuan of the tranche may be paid, {yuan(request.amount_fen)} were asked."
    return Refused("payment_exceeds_tranche", zh, en)


def _agreement_signed(request: PaymentRequest) -> Refused | None:
    signed = request.agreement_signed_on
    if signed is not None and signed <= request.on:
        return None
    return Refused(
        "agreement_unsigned", "任务书尚未签订。", "The grant agreement is not signed yet."
    )


def _supplier_registered(request: PaymentRequest) -> Refused | None:
    supplier = request.supplier
    if supplier and supplier.registered_on is not None and supplier.registered_on <= request.on:
        return None
    zh = "承担单位尚未完成供应商注册，请其在财务平台注册后再付。"
    en = "The award holder is not registered as a supplier: pay after it has registered."
    return Refused("supplier_unregistered", zh, en)


def _account_verified(request: PaymentRequest) -> Refused | None:
    accounts = request.supplier.accounts if request.supplier else ()
    state = account_state(accounts, request.payee_account, request.on)
    if state == VERIFIED:
        return None
    if state == STALE:
        zh = "收款账户曾经核验，但付款当日已失效，请重新核验。"
        en = "The payee account was verified but is not valid on the day: verify it again."
        return Refused("account_stale", zh, en)
    if state == UNKNOWN:
        zh = "收款账户不在该单位登记之列，请核对或先登记。"
        en = "The payee account is not one of this award holder's: check or register it."
        return Refused("account_unknown", zh, en)
    zh, en = "收款账户尚未核验。", "The payee account is not verified yet."
    return Refused("account_unverified", zh, en)


def _two_people(request: PaymentRequest) -> Refused | None:
    if request.maker and request.checker and request.maker != request.checker:
        return None
    zh = "经办人与复核人必须是两个人。"
    en = "The maker and the checker of a payment must be two people."
    return Refused("maker_is_checker", zh, en)


def _no_stop(request: PaymentRequest) -> Refused | None:
    if not request.stop_breaks:
        return None
    named = ", ".join(request.stop_breaks)
    zh = f"该单位有未解决的止付差异：{named}。解决后方可付款。"
    en = f"Open breaks stop payments to this award holder: {named}. Resolve them first."
    return Refused("stop_break_open", zh, en)


_CHECKS: tuple[Callable[[PaymentRequest], Refused | None], ...] = (
    _within_tranche,
    _agreement_signed,
    _supplier_registered,
    _account_verified,
    _two_people,
    _no_stop,
)
