"""The declared chain of tie-breaks: what it compares, and a lot that nobody can pick."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.review.rules.exact import Rounding, fraction_text
from services.review.rules.problems import Problem, Text
from services.review.rules.scores import CriterionScore

TOTAL = "total"


class TieBreakKind(StrEnum):
    """What separates equal scores."""

    CRITERIA = "criteria"  # the higher sum of the named criteria's scores
    LOWER_REQUESTED = "lower_requested"  # the lower amount asked for
    LOT = "lot"  # the lower sha256(seed + application id)


@dataclass(frozen=True, slots=True)
class TieBreak:
    """One step of the chain; criteria are named for CRITERIA only."""

    kind: TieBreakKind
    criteria: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.kind}:{'+'.join(self.criteria)}" if self.criteria else str(self.kind)


@dataclass(frozen=True, slots=True)
class RankingPolicy:
    """The chain, first step first; how a score is shown; and what was promised about the lot.

    lot_commitment: sha256 of the seed in hex, published before any score was known.
    """

    tie_breaks: tuple[TieBreak, ...] = ()
    lot_commitment: str | None = None
    decimals: int = 4
    rounding: Rounding = Rounding.HALF_EVEN


@dataclass(frozen=True, slots=True)
class Candidate:
    """All that the ranking may know of an application; total None means too few valid reviews."""

    application_id: str
    total: Fraction | None
    criteria: tuple[CriterionScore, ...]
    requested_fen: int
    strand: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """The value one step compared, as text."""

    step: str
    value: str


def commitment(seed: str) -> str:
    """What to publish before scoring, so that nobody can pick the lot's seed afterwards."""
    return hashlib.sha256(seed.encode()).hexdigest()


def lot(seed: str, application_id: str) -> str:
    """The application's lot, 64 hex digits; the lower stands first. Anyone can draw it again."""
    return hashlib.sha256((seed + application_id).encode()).hexdigest()


def compared(
    case: Candidate, policy: RankingPolicy, seed: str | None
) -> tuple[tuple[Fraction | int | str, Key], ...]:
    """For the score and then each step: the value to sort by, lowest first, and how it reads.

    The case must be scored.
    """
    assert case.total is not None
    steps = (_compared(step, case, seed) for step in policy.tie_breaks)
    return ((-case.total, Key(TOTAL, fraction_text(case.total))), *steps)


def _compared(
    step: TieBreak, case: Candidate, seed: str | None
) -> tuple[Fraction | int | str, Key]:
    if step.kind is TieBreakKind.CRITERIA:
        named = (c.score for c in case.criteria if c.criterion_id in step.criteria)
        value = sum(named, Fraction(0))
        return -value, Key(step.name, fraction_text(value))
    if step.kind is TieBreakKind.LOWER_REQUESTED:
        return case.requested_fen, Key(step.name, str(case.requested_fen))
    assert seed is not None
    drawn = lot(seed, case.application_id)
    return drawn, Key(step.name, drawn)


def chain_problems(policy: RankingPolicy, seed: str | None) -> Iterator[Problem]:
    """No step twice, nothing after the lot, criteria exactly where needed, the promised seed."""
    kinds = [step.kind for step in policy.tie_breaks]
    if len(set(policy.tie_breaks)) < len(kinds):
        text = Text("同一步骤不得重复。", "Name each step of the chain once.")
        yield Problem("step_repeated", "policy.tie_breaks", text)
    if TieBreakKind.LOT in kinds[:-1]:
        text = Text("抽签必须是最后一步。", "The lot decides everything; it must be the last step.")
        yield Problem("lot_not_last", "policy.tie_breaks", text)
    if any(bool(s.criteria) != (s.kind is TieBreakKind.CRITERIA) for s in policy.tie_breaks):
        text = Text(
            "只有“指标”步骤需要且必须列出指标。", "Name criteria for that step, and only there."
        )
        yield Problem("step_criteria", "policy.tie_breaks", text)
    yield from _seed_problems(policy, seed, TieBreakKind.LOT in kinds)


def _seed_problems(policy: RankingPolicy, seed: str | None, drawn: bool) -> Iterator[Problem]:
    if drawn and seed is None:
        text = Text("采用抽签时必须给出种子。", "A chain with a lot needs the seed.")
        yield Problem("seed_missing", "seed", text)
    promised = policy.lot_commitment
    if drawn and seed is not None and promised is not None and commitment(seed) != promised:
        text = Text(
            "种子与事先公布的承诺值（SHA-256）不符，请使用公布承诺时的种子。",
            "The seed does not hash to the commitment published before; give that very seed.",
        )
        yield Problem("seed_not_committed", "seed", text)


def candidate_problems(cases: Iterable[Candidate], policy: RankingPolicy) -> Iterator[Problem]:
    """Amounts are not negative, and every scored case has each criterion the chain names."""
    named = {criterion for step in policy.tie_breaks for criterion in step.criteria}
    for case in cases:
        where = f"candidates[{case.application_id}]"
        if case.requested_fen < 0:
            text = Text("申请金额不得为负。", "The amount asked for cannot be negative.")
            yield Problem("amount_negative", f"{where}.requested_fen", text)
        lacking = sorted(named.difference(c.criterion_id for c in case.criteria))
        if lacking and case.total is not None:
            text = Text(
                f"缺少同分排序所需指标的得分：{'、'.join(lacking)}。",
                f"The tie-break needs scores for {', '.join(lacking)}.",
            )
            yield Problem("criterion_missing", f"{where}.criteria", text)
