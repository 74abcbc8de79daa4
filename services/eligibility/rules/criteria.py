"""The rule pack as typed parameters: what a call says about eligibility, and how it is read."""

from dataclasses import dataclass
from enum import StrEnum


class Anchor(StrEnum):
    """The day a look-back counts from, or a state is looked at on."""

    CALL_PUBLISHED = "call_published"
    CALL_CLOSES = "call_closes"
    SUBMITTED_AT = "submitted_at"
    SCREENING_DATE = "screening_date"


class EventDate(StrEnum):
    """Which date of a fact a look-back tests."""

    DECISION = "decision"
    EFFECTIVE = "effective"
    ANNOUNCED = "announced"


class Join(StrEnum):
    """How the two parts of R33 are joined."""

    AND = "and"
    OR = "or"


class PeriodEnds(StrEnum):
    """What ends a rectification period: its deadline, or only being cleared."""

    DEADLINE = "deadline"
    CLEARANCE = "clearance"


class ForceMajeure(StrEnum):
    """What a claim of force majeure does to a failed project."""

    IGNORED = "ignored"
    EXCUSES = "excuses"
    ASK = "ask"


class YearsMode(StrEnum):
    """Which inspection years are looked at."""

    LATEST_CONCLUDED = "latest_concluded"
    NAMED = "named"
    ANY_ON_RECORD = "any_on_record"


@dataclass(frozen=True, slots=True)
class Lookback:
    """A window of months before an anchor, up to another day.

    `announcement_lag_days_max` is the longest time a decision is taken to lie before its
    announcement when only the announcement is dated; None takes no such limit.
    """

    anchor: Anchor
    months: int
    event_date: EventDate
    inclusive: bool
    until: Anchor
    announcement_lag_days_max: int | None


@dataclass(frozen=True, slots=True)
class Head:
    """What every rule has: its id, the clause it reads, and who may answer its questions."""

    id: str
    clause: str
    may_answer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MembershipRule:
    head: Head
    admitted: tuple[str, ...]
    asked: tuple[str, ...]
    declaration_suffices: bool


@dataclass(frozen=True, slots=True)
class PenaltyRule:
    """Empty tuples count every kind; `penalised` lists whose penalties count."""

    head: Head
    lookback: Lookback
    authority_kinds: tuple[str, ...]
    penalty_kinds: tuple[str, ...]
    penalised: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InspectionRule:
    head: Head
    years_mode: YearsMode
    years_named: tuple[int, ...]
    years_running: int
    as_of: Anchor
    presumed_pending_years: tuple[int, ...]
    plus_any_unqualified: bool
    plus_any_not_inspected: bool


@dataclass(frozen=True, slots=True)
class CircularRule:
    head: Head
    lookback: Lookback
    join: Join
    in_force_at: Anchor
    period_ends: PeriodEnds


@dataclass(frozen=True, slots=True)
class ProjectRule:
    head: Head
    lookback: Lookback
    departments: tuple[str, ...]
    force_majeure: ForceMajeure
    sign_off_required: bool


Rule = MembershipRule | PenaltyRule | InspectionRule | CircularRule | ProjectRule

MEMBER_CLASS_NOT_ADMITTED = "member_class_not_admitted"
PENALISED_WITHIN_LOOKBACK = "penalised_within_lookback"
BASICALLY_QUALIFIED_YEARS_RUNNING = "basically_qualified_years_running"
CIRCULARISED_AND_RECTIFYING = "circularised_and_rectifying"
DEPARTMENT_PROJECT_FAILED = "department_project_failed"
ANY_EXCLUSION_BARS = "any_exclusion_bars"

RULE_IDS = frozenset(
    {
        MEMBER_CLASS_NOT_ADMITTED,
        PENALISED_WITHIN_LOOKBACK,
        BASICALLY_QUALIFIED_YEARS_RUNNING,
        CIRCULARISED_AND_RECTIFYING,
        DEPARTMENT_PROJECT_FAILED,
        ANY_EXCLUSION_BARS,
    }
)


@dataclass(frozen=True, slots=True)
class Criteria:
    """A versioned rule pack: the same pack on the same evidence gives the same verdict for ever."""

    pack_id: str
    pack_version: int
    rules: tuple[Rule, ...]
