"""Caps and preconditions: reserving, committing, scheduling, paying, accepting cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.finance.rules.money import yuan
from services.finance.rules.refusal import Refused, first_of

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class ReservePolicy:
    """What one award may ask; "about 300k" (clause R24) is a range an officer sets, or none."""

    amount_min_fen: int | None = None
    amount_max_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """A reservation that fits both caps, with what is left after it."""

    amount_fen: int
    free_after_fen: int
    awards_after: int


@dataclass(frozen=True, slots=True)
class Hold:
    """A reservation and how much of it has been resolved so far."""

    held_fen: int
    confirmed_fen: int = 0
    released_fen: int = 0

    @property
    def open_fen(self) -> int:
        """What is still held."""
        return self.held_fen - self.confirmed_fen - self.released_fen


@dataclass(frozen=True, slots=True)
class Committed:
    """How a hold resolves: this much is committed, that much returns to the free budget."""

    amount_fen: int
    released_fen: int


@dataclass(frozen=True, slots=True)
class Share:
    """One tranche as agreed: its share, the condition that releases it, and when it is expected."""

    tranche: str
    basis_points: int
    condition: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Tranche:
    """One tranche in fen."""

    tranche: str
    amount_fen: int
    condition: str = ""
    due_on: date | None = None


def reserve(
    free_fen: int, amount_fen: int, awards_so_far: int, awards_max: int, policy: ReservePolicy
) -> Reserved | Refused:
    """Both caps hold at once: the money and the number of awards. No role is above them.

    Source: clauses R23, R24 and question A7. Unit: fen, awards. Boundary: the last free fen and
    the last place are given; one fen or one award more is refused.
    """
    refused = first_of(
        _amount_reasons(amount_fen, policy)
        + _cap_reasons(free_fen, amount_fen, awards_so_far, awards_max)
    )
    return refused or Reserved(amount_fen, free_fen - amount_fen, awards_so_far + 1)


def _amount_reasons(amount_fen: int, policy: ReservePolicy) -> tuple[Refused, ...]:
    shown = yuan(amount_fen)
    low, high = policy.amount_min_fen, policy.amount_max_fen
    if amount_fen <= 0:
        return (
            Refused(
                "amount_not_positive",
                f"金额 {shown} 元必须大于零。",
                f"The amount, {shown} yuan, must be above zero.",
            ),
        )
    reasons: list[Refused] = []
    if low is not None and amount_fen < low:
        zh = f"金额 {shown} 元低于本项目下限 {yuan(low)} 元。"
        en = f"{shown} yuan is below this call's minimum of {yuan(low)} yuan."
        reasons.append(Refused("amount_below_minimum", zh, en))
    if high is not None and amount_fen > high:
        zh = f"金额 {shown} 元高于本项目上限 {yuan(high)} 元。"
        en = f"{shown} yuan is above this call's maximum of {yuan(high)} yuan."
        reasons.append(Refused("amount_above_maximum", zh, en))
    return tuple(reasons)


def _cap_reasons(free: int, amount: int, so_far: int, awards_max: int) -> tuple[Refused, ...]:
    reasons: list[Refused] = []
    if amount > free:
        zh = f"可用预算 {yuan(free)} 元，不足 {yuan(amount)} 元，差 {yuan(amount - free)} 元。"
        en = f"{yuan(free)} yuan are free, {yuan(amount)} were asked: {yuan(amount - free)} short."
        reasons.append(Refused("budget_exceeded", zh, en))
    if so_far >= awards_max:
        zh = f"立项名额 {awards_max} 项已满。"
        en = f"All {awards_max} places for awards are taken."
        reasons.append(Refused("awards_exhausted", zh, en))
    return tuple(reasons)


def commit(hold: Hold, amount_fen: int) -> Committed | Refused:
    """A final award takes at most what is still held; the rest of the hold returns.

    Source: finance model 2.3, I5. Unit: fen. Boundary: the whole hold may be committed, one fen
    more may not; a hold that is resolved stays resolved.
    """
    if hold.open_fen <= 0:
        return Refused("hold_resolved", "该预留已处理完毕。", "This reservation is resolved.")
    if amount_fen <= 0:
        return Refused("amount_not_positive", "承诺金额必须大于零。", "Commit more than zero.")
    if amount_fen > hold.open_fen:
        zh = f"承诺 {yuan(amount_fen)} 元超过预留余额 {yuan(hold.open_fen)} 元。"
        en = f"{yuan(amount_fen)} yuan exceed the {yuan(hold.open_fen)} yuan still held."
        return Refused("commitment_exceeds_hold", zh, en)
    return Committed(amount_fen, hold.open_fen - amount_fen)


def release(hold: Hold) -> int | Refused:
    """What a declined, withdrawn or expired award gives back: all that is still held, once."""
    if hold.open_fen <= 0:
        return Refused("hold_resolved", "该预留已处理完毕。", "This reservation is resolved.")
    return hold.open_fen


def schedule(agreement_fen: int, shares: Sequence[Share]) -> tuple[Tranche, ...] | Refused:
    """The tranches of an agreement: shares in basis points, the last absorbs the remainder.

    Source: finance model 2.5, I7; the notice is silent (N6), so shares are data. Unit: fen, basis
    points. Boundary: shares add up to exactly 10,000; no tranche is empty; the sum is exact.
    """
    points = [share.basis_points for share in shares]
    if not points or min(points) <= 0 or sum(points) != BASIS_POINTS:
        zh = f"各期比例须为正且合计 10000 个基点，现为 {sum(points)}。"
        en = f"Shares must be positive and add up to 10,000 basis points, not {sum(points)}."
        return Refused("shares_incomplete", zh, en)
    if len({share.tranche for share in shares}) != len(shares):
        return Refused("tranche_repeated", "期次名称重复。", "Two tranches have the same name.")
    amounts = [agreement_fen * point // BASIS_POINTS for point in points[:-1]]
    amounts.append(agreement_fen - sum(amounts))
    if min(amounts) <= 0:
        return Refused("tranche_empty", "金额过小，某期为零。", "This leaves a tranche empty.")
    paired = zip(shares, amounts, strict=True)
    return tuple(Tranche(s.tranche, fen, s.condition, s.due_on) for s, fen in paired)


def accept_cost(line_cap_fen: int, accepted_fen: int, amount_fen: int) -> int | Refused:
    """Reported cost is accepted up to the approved budget line; returns what is left of the line.

    Source: finance model I15. Unit: fen. Boundary: the last fen of the line is accepted, one fen
    over is refused; nothing is rounded before the comparison.
    """
    left = line_cap_fen - accepted_fen - amount_fen
    if amount_fen <= 0:
        return Refused("amount_not_positive", "支出金额必须大于零。", "Cost must be above zero.")
    if left < 0:
        zh = f"超出预算科目 {yuan(-left)} 元，请先调剂或核减。"
        en = f"{yuan(-left)} yuan over the budget line: move budget or reduce the cost first."
        return Refused("line_exceeded", zh, en)
    return left
