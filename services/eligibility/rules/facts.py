"""Facts about an applicant: what happened, when it was true, when we learned it, who says so."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.eligibility.rules.dates import PartialDate
from services.eligibility.rules.values import Truth


class Conclusion(StrEnum):
    """What an annual inspection came to; `pending` and `unknown` are values of their own."""

    QUALIFIED = "qualified"
    BASICALLY_QUALIFIED = "basically_qualified"
    UNQUALIFIED = "unqualified"
    NOT_INSPECTED = "not_inspected"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Membership:
    """The applicant stands on the funder's list of national societies in this class."""

    member_class: str


@dataclass(frozen=True, slots=True)
class Penalty:
    """An administrative penalty. `penalised` says who: legal_person, branch, officer or unknown."""

    authority_kind: str
    penalty_kind: str
    penalised: str
    revoked_on: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """One conclusion for some years. No `years` means: `years_count` years running, not named."""

    conclusion: Conclusion
    years: tuple[int, ...]
    years_count: int


@dataclass(frozen=True, slots=True)
class Circular:
    """A circular of criticism by the funder, with the rectification period it ordered, if any."""

    rectification_from: PartialDate | None = None
    rectification_until: PartialDate | None = None
    cleared_on: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class ProjectOutcome:
    """How a project of a department ended; who vouches for it; whether force majeure is claimed."""

    department: str
    project: str
    result: str
    force_majeure: Truth
    signed_off_by: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Something worth keeping that no exclusion counts: an award, a list entry, a changed grade."""

    record_kind: str


Detail = Membership | Penalty | Inspection | Circular | ProjectOutcome | Record

KIND_OF: dict[type[Detail], str] = {
    Membership: "membership",
    Penalty: "administrative_penalty",
    Inspection: "annual_inspection",
    Circular: "circular",
    ProjectOutcome: "project_outcome",
    Record: "record",
}


@dataclass(frozen=True, slots=True)
class FactDates:
    """Valid time: every date a source gives. None means the source does not give it."""

    decision_on: PartialDate | None = None
    effective_on: PartialDate | None = None
    announced_on: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from, and how its dates are known (stated, inferred …)."""

    url: str
    date_basis: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A dated, sourced statement. `recorded_at` and `retracted_at` are record time."""

    id: str
    subject: str
    detail: Detail
    source: Source
    recorded_at: datetime
    dates: FactDates = field(default_factory=FactDates)
    retracted_at: datetime | None = None

    @property
    def kind(self) -> str:
        return KIND_OF[type(self.detail)]


def facts_as_of(facts: Iterable[Fact], recorded_before: datetime | None) -> tuple[Fact, ...]:
    """The facts we held just before an instant, in the order of their ids.

    Boundary: recorded at that very instant is not yet held; retracted at it is still held.
    None means now: everything recorded and not retracted.
    """
    held = {fact for fact in facts if _held(fact, recorded_before)}
    return tuple(sorted(held, key=lambda fact: (fact.id, repr(fact))))


def _held(fact: Fact, recorded_before: datetime | None) -> bool:
    if recorded_before is None:
        return fact.retracted_at is None
    retracted = fact.retracted_at is not None and fact.retracted_at < recorded_before
    return fact.recorded_at < recorded_before and not retracted
