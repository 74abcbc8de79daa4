"""Who takes part in review: organisations, people, reviewers and the applications they judge."""

from dataclasses import dataclass

from services.review.rules.problems import Problem, Text, duplicates

# Far above any load a person can bear; a slip of the keyboard stops here.
LOAD_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Organisation:
    """A legal person: its unified social credit code when known, its name, its former names."""

    name: str
    id: str | None = None
    former_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A human being as a form names one; the id, when given, tells namesakes apart."""

    name: str
    id: str | None = None
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewer:
    """An expert: where they work, what they know, and how many applications they take.

    expertise: content-item codes such as "1.3". organisations: every employer or office held.
    identity_confirmed: somebody checked that the account is this person; until then, no seat.
    """

    id: str
    person: Person
    organisations: tuple[Organisation, ...]
    expertise: tuple[str, ...]
    load_max: int
    load_min: int = 0
    identity_confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Application:
    """A case for the panel: the applicant, those beside it, its people and its content items.

    related: partners and the supporting unit (挂靠单位). people: leader and participants.
    """

    id: str
    applicant: Organisation
    items: tuple[str, ...]
    related: tuple[Organisation, ...] = ()
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """One seat on one panel."""

    application_id: str
    reviewer_id: str


def party_problems(
    applications: tuple[Application, ...], reviewers: tuple[Reviewer, ...]
) -> tuple[Problem, ...]:
    """Ids are unique, and each reviewer's load limits make sense (0 ≤ min ≤ max ≤ LOAD_MAX)."""
    found = [
        *duplicates("applications", (a.id for a in applications)),
        *duplicates("reviewers", (r.id for r in reviewers)),
    ]
    for reviewer in reviewers:
        if not 0 <= reviewer.load_min <= reviewer.load_max <= LOAD_MAX:
            found.append(_load_problem(reviewer))
    return tuple(found)


def _load_problem(reviewer: Reviewer) -> Problem:
    low, high = reviewer.load_min, reviewer.load_max
    return Problem(
        "load_limits",
        f"reviewers[{reviewer.id}]",
        Text(
            f"评审件数下限 {low} 与上限 {high} 不成立，应满足 0 ≤ 下限 ≤ 上限 ≤ {LOAD_MAX}。",
            f"Load limits {low} to {high} cannot hold; they need 0 ≤ min ≤ max ≤ {LOAD_MAX}.",
        ),
    )
