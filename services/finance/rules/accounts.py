"""The chart of accounts: two sub-ledgers, structured names, normal sides, guards."""

from dataclasses import dataclass

DEBIT, CREDIT = "debit", "credit"
BUDGET, CASH = "budget", "cash"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of account; `keys` names the parts that follow the kind in an account's name."""

    normal: str
    never_below_zero: bool
    keys: tuple[str, ...]
    zh: str
    en: str


# Finance model 2.2. `cash:funding` is added: a bank's opening balance needs a named source.
# Budget names carry the call and cash names the award, so each law can be read off the balances.
KINDS: dict[str, Kind] = {
    "budget:appropriation": Kind(DEBIT, False, ("call",), "预算授权", "Appropriation"),
    "budget:available": Kind(CREDIT, True, ("call",), "可用预算", "Available"),
    "budget:reserved": Kind(CREDIT, True, ("call", "award"), "预留", "Reserved"),
    "budget:committed": Kind(CREDIT, True, ("call", "award"), "已承诺", "Committed"),
    "budget:released": Kind(CREDIT, True, ("call", "award", "tranche"), "待付", "Released"),
    "budget:spent": Kind(
        CREDIT, True, ("call", "award", "tranche"), "已支用授权", "Spent authority"
    ),
    "budget:lapsed": Kind(CREDIT, False, ("call", "year"), "失效授权", "Lapsed"),
    "cash:funding": Kind(CREDIT, False, ("account",), "资金来源", "Funding received"),
    "cash:bank": Kind(DEBIT, False, ("account",), "银行存款", "Bank"),
    "cash:in_transit": Kind(CREDIT, True, ("award", "payment"), "在途付款", "In transit"),
    "cash:payable": Kind(CREDIT, False, ("award", "tranche"), "应付承担单位", "Payable to grantee"),
    "cash:advance": Kind(DEBIT, True, ("award",), "预付承担单位", "Advance to grantee"),
    "cash:accepted": Kind(DEBIT, False, ("award", "line"), "已核支出", "Accepted expenditure"),
    "cash:receivable": Kind(DEBIT, True, ("award",), "应收退款", "Refund receivable"),
    "cash:suspense_in": Kind(CREDIT, False, ("account",), "暂收款", "Suspense in"),
    "cash:suspense_out": Kind(DEBIT, False, ("account",), "暂付款", "Suspense out"),
    "cash:fees": Kind(DEBIT, False, ("account",), "银行手续费", "Bank fees"),
    "cash:interest": Kind(CREDIT, False, ("account",), "利息", "Interest"),
    "cash:treasury": Kind(CREDIT, False, ("call", "year"), "应缴国库", "Due to treasury"),
}


class UnknownAccount(ValueError):
    """An account name that the chart does not hold."""


def account(kind: str, *keys: str) -> str:
    """The name of one account, e.g. `account("budget:available", call)`."""
    name = ":".join((kind, *keys))
    kind_of(name)
    return name


def kind_of(name: str) -> Kind:
    """The kind an account name belongs to; a name outside the chart is refused."""
    parts = name.split(":")
    kind = KINDS.get(":".join(parts[:2]))
    if kind is None or len(parts) != 2 + len(kind.keys) or not all(parts[2:]):
        raise UnknownAccount(f"no such account in the chart: {name!r}")
    return kind


def ledger_of(name: str) -> str:
    """The sub-ledger of an account: budget control or cash."""
    return name.partition(":")[0]


def keys_of(name: str) -> tuple[str, ...]:
    """The keys of an account name, in the order the chart gives them."""
    return tuple(name.split(":")[2:])


def natural_fen(name: str, signed_fen: int) -> int:
    """A balance seen from its normal side: positive is what the account is meant to show.

    Unit: fen; `signed_fen` is debits minus credits.
    """
    return signed_fen if kind_of(name).normal == DEBIT else -signed_fen
