"""What a selection is: its caps, its outcome for every application, and the reasons in words."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.review.rules.problems import Problem, Text, duplicates


class AmountRule(StrEnum):
    """What an award is worth."""

    REQUESTED = "requested"  # what was asked for, at most amount_max_fen
    FIXED = "fixed"  # amount_fixed_fen for everybody


class WhenOverBudget(StrEnum):
    """What follows when the next in rank does not fit the money left."""

    SKIP = "skip"  # pass over it and go on
    STOP = "stop"  # nobody below is awarded


class Status(StrEnum):
    """The outcome of one application."""

    AWARDED = "awarded"
    RESERVE = "reserve"
    NOT_AWARDED = "not_awarded"
    UNDECIDED = "undecided"  # a tie that the chain left open meets the line: a person decides


@dataclass(frozen=True, slots=True)
class StrandCap:
    """At most so many awards within one strand."""

    strand: str
    awards_max: int


@dataclass(frozen=True, slots=True)
class SelectionPolicy:
    """The caps of a call, as data.

    budget_fen: entered on its own, never derived from awards_max. reserves_max: the length of the
    reserve list, None for no limit. total_min: the pass mark out of 100.
    """

    budget_fen: int
    awards_max: int
    amount_rule: AmountRule = AmountRule.REQUESTED
    amount_fixed_fen: int | None = None
    amount_min_fen: int | None = None
    amount_max_fen: int | None = None
    when_over_budget: WhenOverBudget = WhenOverBudget.SKIP
    strand_caps: tuple[StrandCap, ...] = ()
    reserves_max: int | None = None
    total_min: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one application, and why: codes of REASONS, every one that applies.

    would_be_fen: what an award is or would be worth. reserve_place: 1 for the first to move up.
    """

    application_id: str
    rank: int | None
    status: Status
    requested_fen: int
    would_be_fen: int
    granted_fen: int
    reasons: tuple[str, ...]
    reserve_place: int | None = None


@dataclass(frozen=True, slots=True)
class LineTie:
    """Applications equal in all but the lot, some awarded and some not: say so in public."""

    awarded: tuple[str, ...]
    not_awarded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The award list with all its evidence; outcomes in the order of the ranking, unranked last."""

    policy: SelectionPolicy
    outcomes: tuple[Outcome, ...]
    line_ties: tuple[LineTie, ...]
    awarded_fen: int
    free_fen: int
    ranking_sha256: str
    inputs_sha256: str

    @property
    def awarded(self) -> tuple[str, ...]:
        return self._with(Status.AWARDED)

    @property
    def reserves(self) -> tuple[str, ...]:
        return self._with(Status.RESERVE)

    @property
    def undecided(self) -> tuple[str, ...]:
        return self._with(Status.UNDECIDED)

    def _with(self, status: Status) -> tuple[str, ...]:
        return tuple(o.application_id for o in self.outcomes if o.status is status)


REASONS: dict[str, Text] = {
    "within_caps": Text(
        "按排名在名额与经费之内，建议立项", "within the caps by rank: award proposed"
    ),
    "awards_max_reached": Text("立项名额已满", "the number of awards is reached"),
    "over_budget": Text("剩余经费不足以支持该项目", "the money left does not cover it"),
    "strand_full": Text("所属方向的名额已满", "the strand's awards are all given"),
    "below_a_stop": Text(
        "排名在前的项目超出剩余经费，按规则停止", "an earlier case met the budget: stop rule"
    ),
    "below_an_open_tie": Text(
        "排名在前的同分项目尚待决定", "an open tie above must be decided first"
    ),
    "open_tie": Text(
        "同分且名额或经费不足以全部支持，须由人决定", "tied across the line: a person decides"
    ),
    "below_pass_mark": Text("得分低于合格线", "the score is below the pass mark"),
    "below_amount_min": Text("申请金额低于资助下限", "asked for less than the least award"),
    "beyond_reserves": Text("超出备选名单的长度", "the reserve list is full"),
    "too_few_reviews": Text(
        "有效评审意见数量不足，未参加排名", "too few valid reviews to be ranked"
    ),
}


def selection_problems(policy: SelectionPolicy) -> tuple[Problem, ...]:
    """Caps are not negative, amounts positive and in order; a fixed rule has its amount."""
    found = list(duplicates("policy.strand_caps", (cap.strand for cap in policy.strand_caps)))
    least = {
        "budget_fen": (policy.budget_fen, 0),
        "awards_max": (policy.awards_max, 0),
        "amount_fixed_fen": (policy.amount_fixed_fen, 1),
        "amount_min_fen": (policy.amount_min_fen, 1),
        "amount_max_fen": (policy.amount_max_fen, 1),
        "reserves_max": (policy.reserves_max, 0),
        **{f"strand_caps[{cap.strand}]": (cap.awards_max, 0) for cap in policy.strand_caps},
    }
    for name, (value, low) in least.items():
        if value is not None and value < low:
            text = Text(f"不得小于 {low}，现为 {value}。", f"Must be at least {low}, is {value}.")
            found.append(Problem("too_small", f"policy.{name}", text))
    return (*found, *_amount_problems(policy))


def _amount_problems(policy: SelectionPolicy) -> tuple[Problem, ...]:
    found = []
    low, high = policy.amount_min_fen, policy.amount_max_fen
    if low is not None and high is not None and low > high:
        text = Text("金额下限不得高于上限。", "amount_min_fen cannot exceed amount_max_fen.")
        found.append(Problem("amount_limits", "policy.amount_min_fen", text))
    if policy.amount_rule is AmountRule.FIXED and policy.amount_fixed_fen is None:
        text = Text("定额资助必须给出金额。", "A fixed award needs amount_fixed_fen.")
        found.append(Problem("amount_fixed_missing", "policy.amount_fixed_fen", text))
    return tuple(found)
