"""What an assignment is: its policy, its panels, and the proof that no better one exists."""

from dataclasses import dataclass
from enum import StrEnum

from services.review.rules.parties import Pair
from services.review.rules.problems import Problem, Text
from services.review.rules.shortages import Shortage


class Aim(StrEnum):
    """What an assignment strives for, once the hard rules hold (assignment.py says how)."""

    EXPERTISE_FLOOR = "expertise_floor"
    AFFINITY = "affinity"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class AssignmentPolicy:
    """Exactly so many reviewers on every panel, and the aims, first things first.

    Without aims the assignment is a random draw among all that keep the hard rules.
    """

    panel_size: int
    aims: tuple[Aim, ...] = (Aim.EXPERTISE_FLOOR, Aim.AFFINITY, Aim.BALANCE)


@dataclass(frozen=True, slots=True)
class Panel:
    """The reviewers of one application; matched: those who know at least one of its items."""

    application_id: str
    reviewer_ids: tuple[str, ...]
    affinity: int
    matched: int


@dataclass(frozen=True, slots=True)
class Load:
    """How many applications one reviewer has been given."""

    reviewer_id: str
    seats: int


@dataclass(frozen=True, slots=True)
class Level:
    """One aim's certificate: the value reached and the bound that no assignment can pass.

    The two are equal when the aim is proved optimal. `goal` is "most" or "least".
    """

    aim: str
    goal: str
    value: int
    bound: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """All panels of a call, sorted by id, with the evidence to check or repeat the computation."""

    policy: AssignmentPolicy
    seed: str
    panels: tuple[Panel, ...]
    loads: tuple[Load, ...]
    levels: tuple[Level, ...]
    affinity_scale: int
    declined: tuple[Pair, ...]
    inputs_sha256: str

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return tuple(Pair(p.application_id, r) for p in self.panels for r in p.reviewer_ids)


@dataclass(frozen=True, slots=True)
class Infeasible:
    """No assignment keeps the hard rules; every independent reason, the simplest first.

    seats_short: how many seats stay empty even in the fullest assignment within the upper limits.
    """

    text: Text
    shortages: tuple[Shortage, ...]
    seats_short: int
    inputs_sha256: str


def policy_problems(policy: AssignmentPolicy) -> tuple[Problem, ...]:
    """A panel has at least one seat, and no aim is named twice."""
    found = []
    if policy.panel_size < 1:
        found.append(
            Problem(
                "panel_size",
                "policy.panel_size",
                Text("每件申请的评审专家数至少为 1。", "A panel needs at least one reviewer."),
            )
        )
    if len(set(policy.aims)) < len(policy.aims):
        text = Text("同一目标只能出现一次。", "Name each aim once.")
        found.append(Problem("duplicate_aim", "policy.aims", text))
    return tuple(found)
