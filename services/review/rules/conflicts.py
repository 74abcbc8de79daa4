"""Conflicts of interest (回避): found in the data, declared by people, closed when in doubt."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.review.rules.identity import organisation_keys, person_keys, same_person
from services.review.rules.parties import Application, Organisation, Pair, Reviewer
from services.review.rules.problems import Text


class ConflictKind(StrEnum):
    """Why a reviewer may not judge an application."""

    SAME_ORGANISATION = "same_organisation"
    APPLICANT_STAFF = "applicant_staff"
    FAMILY = "family"
    RECENT_COOPERATION = "recent_cooperation"
    FINANCIAL_INTEREST = "financial_interest"
    PERSONAL_RELATION = "personal_relation"
    REQUESTED_AVOIDANCE = "requested_avoidance"
    OTHER = "other"
    UNRESOLVED_IDENTITY = "unresolved_identity"


class Party(StrEnum):
    """Who said so; SYSTEM found it in the data."""

    REVIEWER = "reviewer"
    APPLICANT = "applicant"
    OFFICER = "officer"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Declaration:
    """Somebody states a tie between a reviewer and an application or an organisation.

    With neither application nor organisation it covers every application: what was meant is
    unknown. ended_on: the last day of a cooperation. accepted: the officer granted a request.
    """

    id: str
    kind: ConflictKind
    by: Party
    reviewer_id: str
    application_id: str | None = None
    organisation: Organisation | None = None
    ended_on: date | None = None
    accepted: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConflictPolicy:
    """From which day a cooperation counts as recent.

    A cooperation that ended before that day no longer counts; None counts every one.
    """

    cooperation_counts_from: date | None = None


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """One reason why this reviewer never gets this application, with the evidence for it.

    evidence: the shared key ("id:…", "name:…", "email:…"), or "declaration:<id>", or
    "unresolved:reviewer", "unresolved:application".
    """

    application_id: str
    reviewer_id: str
    kind: ConflictKind
    by: Party
    evidence: str

    @property
    def pair(self) -> Pair:
        return Pair(self.application_id, self.reviewer_id)


ANY_TIME = ConflictPolicy()


def conflicted(
    reviewer: Reviewer,
    application: Application,
    declarations: Iterable[Declaration] = (),
    policy: ConflictPolicy = ANY_TIME,
) -> tuple[Conflict, ...]:
    """Every reason why the reviewer must not see the application; none means admissible.

    Source: N2 (silent in the notice), decided as near relatives, same unit, any tie that may
    affect fairness. Unit: none. Boundary: an identity nobody resolved conflicts with everything.
    """
    found = {
        *_unresolved(reviewer, application),
        *_same_organisation(reviewer, application),
        *_applicant_staff(reviewer, application),
        *_declared(reviewer, application, declarations, policy),
    }
    return tuple(sorted(found))


def conflicts_among(
    reviewers: Iterable[Reviewer],
    applications: Iterable[Application],
    declarations: Iterable[Declaration] = (),
    policy: ConflictPolicy = ANY_TIME,
) -> tuple[Conflict, ...]:
    """All conflicts of a call: what `conflicted` says of every pair, found by shared keys."""
    reviewers, by_reviewer = tuple(reviewers), defaultdict[str, list[Declaration]](list)
    for declaration in declarations:
        by_reviewer[declaration.reviewer_id].append(declaration)
    by_key, always = _index(reviewers, by_reviewer)
    found: list[Conflict] = []
    for application in applications:
        suspects = (
            always if not _unresolved_application(application) else set(range(len(reviewers)))
        )
        suspects = suspects.union(*(by_key[key] for key in _application_keys(application)))
        for n in suspects:
            reviewer = reviewers[n]
            found += conflicted(reviewer, application, by_reviewer[reviewer.id], policy)
    return tuple(sorted(found))


def _index(
    reviewers: tuple[Reviewer, ...], declared: dict[str, list[Declaration]]
) -> tuple[defaultdict[str, set[int]], set[int]]:
    """Reviewers by recognition key, and those who need a look at every application."""
    by_key, always = defaultdict[str, set[int]](set), set[int]()
    for n, reviewer in enumerate(reviewers):
        if declared.get(reviewer.id) or _unresolved_reviewer(reviewer):
            always.add(n)
        for organisation in reviewer.organisations:
            for key in organisation_keys(organisation):
                by_key[f"organisation {key}"].add(n)
        for key in person_keys(reviewer.person):
            by_key[f"person {key}"].add(n)
    return by_key, always


def _application_keys(application: Application) -> Iterator[str]:
    for organisation in (application.applicant, *application.related):
        yield from (f"organisation {key}" for key in organisation_keys(organisation))
    for person in application.people:
        yield from (f"person {key}" for key in person_keys(person))


def _unresolved_reviewer(reviewer: Reviewer) -> bool:
    """Nobody confirmed the account, or the data cannot say where the reviewer works."""
    return (
        not reviewer.identity_confirmed
        or not person_keys(reviewer.person)
        or not reviewer.organisations
        or not all(organisation_keys(o) for o in reviewer.organisations)
    )


def _unresolved_application(application: Application) -> bool:
    """The data cannot say who applies, or who stands beside the applicant."""
    return not all(organisation_keys(o) for o in (application.applicant, *application.related))


def _unresolved(reviewer: Reviewer, application: Application) -> Iterator[Conflict]:
    unresolved = {
        "unresolved:reviewer": _unresolved_reviewer(reviewer),
        "unresolved:application": _unresolved_application(application),
    }
    for evidence, holds in unresolved.items():
        if holds:
            yield _found(reviewer, application, ConflictKind.UNRESOLVED_IDENTITY, evidence)


def _same_organisation(reviewer: Reviewer, application: Application) -> Iterator[Conflict]:
    theirs = {key for o in reviewer.organisations for key in organisation_keys(o)}
    for organisation in (application.applicant, *application.related):
        if shared := organisation_keys(organisation) & theirs:
            kind = ConflictKind.SAME_ORGANISATION
            yield _found(reviewer, application, kind, min(shared))


def _applicant_staff(reviewer: Reviewer, application: Application) -> Iterator[Conflict]:
    for person in application.people:
        if shared := same_person(reviewer.person, person):
            yield _found(reviewer, application, ConflictKind.APPLICANT_STAFF, shared)


def _found(
    reviewer: Reviewer, application: Application, kind: ConflictKind, evidence: str
) -> Conflict:
    return Conflict(application.id, reviewer.id, kind, Party.SYSTEM, evidence)


def _declared(
    reviewer: Reviewer,
    application: Application,
    declarations: Iterable[Declaration],
    policy: ConflictPolicy,
) -> Iterator[Conflict]:
    for each in declarations:
        if each.reviewer_id == reviewer.id and _covers(each, application) and _counts(each, policy):
            evidence = f"declaration:{each.id}"
            yield Conflict(application.id, reviewer.id, each.kind, each.by, evidence)


def _covers(declaration: Declaration, application: Application) -> bool:
    """The declaration names this application, an organisation in it, or nothing in particular."""
    if declaration.application_id == application.id:
        return True
    if declaration.organisation is None:
        return declaration.application_id is None
    named = organisation_keys(declaration.organisation)
    theirs = (organisation_keys(o) for o in (application.applicant, *application.related))
    return not named or any(named & keys for keys in theirs)


def _counts(declaration: Declaration, policy: ConflictPolicy) -> bool:
    """A request to avoid counts once the officer grants it; an old cooperation stops counting."""
    if declaration.kind is ConflictKind.REQUESTED_AVOIDANCE:
        return declaration.accepted
    since, ended = policy.cooperation_counts_from, declaration.ended_on
    if declaration.kind is ConflictKind.RECENT_COOPERATION and since and ended:
        return ended >= since
    return True


CONFLICT_TEXTS: dict[ConflictKind, Text] = {
    ConflictKind.SAME_ORGANISATION: Text("与申报单位或其相关单位为同一单位", "same organisation"),
    ConflictKind.APPLICANT_STAFF: Text("为申报材料所列人员", "named in the application"),
    ConflictKind.FAMILY: Text("近亲属关系", "near relative"),
    ConflictKind.RECENT_COOPERATION: Text("近期合作关系", "recent cooperation"),
    ConflictKind.FINANCIAL_INTEREST: Text("经济利益关系", "financial interest"),
    ConflictKind.PERSONAL_RELATION: Text("其他可能影响公正的个人关系", "personal relation"),
    ConflictKind.REQUESTED_AVOIDANCE: Text(
        "申报单位申请回避并获同意", "avoidance requested, granted"
    ),
    ConflictKind.OTHER: Text("其他利益冲突", "other conflict of interest"),
    ConflictKind.UNRESOLVED_IDENTITY: Text("身份或单位尚未核实", "identity not resolved"),
}
