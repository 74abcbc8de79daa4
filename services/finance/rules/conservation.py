"""The conservation laws: what must hold after every event, checked from balances alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.finance.rules.accounts import BUDGET, CASH, keys_of, ledger_of
from services.finance.rules.journal import overdrawn, trial_balance


@dataclass(frozen=True, slots=True)
class GrantTotals:
    """What the events of one grant add up to, kept apart from the ledger so it can judge it."""

    award: str
    call: str
    agreed_fen: int = 0
    given_back_fen: int = 0
    paid_fen: int = 0
    returned_fen: int = 0
    refunded_fen: int = 0


@dataclass(frozen=True, slots=True)
class Imbalance:
    """One law that does not hold: both sides in fen, and their subject."""

    law: str
    subject: str
    left_fen: int
    right_fen: int
    zh: str
    en: str

    @property
    def amount_fen(self) -> int:
        """How much is missing or too much."""
        return abs(self.left_fen - self.right_fen)


def conservation_problems(
    balances: Mapping[str, int], grants: Iterable[GrantTotals] = ()
) -> tuple[Imbalance, ...]:
    """Every law that the balances break; an empty answer is the only good one.

    Source: finance model 2.3. Unit: fen, debits minus credits. Laws: each sub-ledger sums to zero;
    no guarded account below zero; call: authorised = available + reserved + committed + released
    + spent + lapsed; grant authority: agreed = committed + released + spent + given back; grant
    cash: payable + in transit + (paid - returned - refunded) = accepted + advance + receivable.
    """
    sums = _Sums(balances)
    problems = [*_ledgers(balances), *_below_zero(balances), *_calls(sums)]
    for grant in grants:
        problems += [*_authority(sums, grant), *_cash(sums, grant)]
    return tuple(problems)


class _Sums:
    """Natural-side sums by (kind, owner): one pass over the balances serves every law."""

    def __init__(self, balances: Mapping[str, int]) -> None:
        self.debits: dict[tuple[str, ...], int] = {}
        self.calls: dict[str, int] = {}
        for name, fen in balances.items():
            keys = keys_of(name)
            kind = name.split(":", 2)[1]
            if ledger_of(name) == BUDGET:
                self._add((kind, *keys[:2]), fen)
                self.calls[keys[0]] = self.calls.get(keys[0], 0) + fen
            else:
                self._add((kind, keys[0]), fen)

    def _add(self, key: tuple[str, ...], fen: int) -> None:
        self.debits[key] = self.debits.get(key, 0) + fen

    def debit(self, *kinds: str, of: tuple[str, ...]) -> int:
        return sum(self.debits.get((kind, *of), 0) for kind in kinds)

    def credit(self, *kinds: str, of: tuple[str, ...]) -> int:
        return -self.debit(*kinds, of=of)


def _held(law: str, subject: str, left: int, right: int, zh: str, en: str) -> list[Imbalance]:
    return [] if left == right else [Imbalance(law, subject, left, right, zh, en)]


def _ledgers(balances: Mapping[str, int]) -> list[Imbalance]:
    totals = trial_balance(balances)
    problems: list[Imbalance] = []
    for ledger in (BUDGET, CASH):
        problems += _held(
            "trial_balance", ledger, totals[ledger], 0, "试算不平衡", "The sub-ledger is unbalanced"
        )
    return problems


def _below_zero(balances: Mapping[str, int]) -> list[Imbalance]:
    zh, en = "账户余额不得为负", "The account may never go below zero"
    return [
        Imbalance("never_below_zero", name, -abs(balances[name]), 0, zh, en)
        for name in overdrawn(balances)
    ]


def _calls(sums: _Sums) -> list[Imbalance]:
    problems: list[Imbalance] = []
    for call, net in sorted(sums.calls.items()):
        authorised = sums.debit("appropriation", of=(call,))
        zh = "授权≠可用+预留+承诺+待付+已付+失效"
        en = "authorised ≠ available + reserved + committed + released + spent + lapsed"
        problems += _held("call_authority", call, authorised, authorised - net, zh, en)
    return problems


def _authority(sums: _Sums, grant: GrantTotals) -> list[Imbalance]:
    of = (grant.call, grant.award)
    right = sums.credit("committed", "released", "spent", of=of) + grant.given_back_fen
    zh = "协议额≠承诺+待付+已付+退回授权"
    en = "agreed ≠ committed + released + spent + given back"
    return _held("grant_authority", grant.award, grant.agreed_fen, right, zh, en)


def _cash(sums: _Sums, grant: GrantTotals) -> list[Imbalance]:
    of = (grant.award,)
    net_paid = grant.paid_fen - grant.returned_fen - grant.refunded_fen
    left = sums.credit("payable", "in_transit", of=of) + net_paid
    right = sums.debit("accepted", "advance", "receivable", of=of)
    zh = "应付+在途+净付≠已核支出+预付+应收退款"
    en = "payable + in transit + net paid ≠ accepted + advance + receivable"
    return _held("grant_cash", grant.award, left, right, zh, en)
