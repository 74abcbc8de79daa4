"""How rows become what the rules take."""

from collections.abc import Iterable

from services.review.rules.awards import SelectionPolicy
from services.review.rules.conflicts import Conflict as ConflictOfInterest
from services.review.rules.conflicts import ConflictKind, Party
from services.review.rules.exact import Rounding
from services.review.rules.panels import AssignmentPolicy
from services.review.rules.parties import Application, Organisation, Person, Reviewer
from services.review.rules.scores import AggregationPolicy, Method
from services.review.rules.sheets import Criterion, Mark, Sheet
from services.review.rules.tie_breaks import RankingPolicy, TieBreak, TieBreakKind
from services.review.store import CallTerms, Case, DeclaredConflict, Expert, ScoreSheet


def application_of(case: Case) -> Application:
    """An application as the rules see it."""
    return Application(
        id=case.application_id,
        applicant=Organisation(case.applicant_name, case.applicant_id),
        items=tuple(case.items),
    )


def reviewer_of(expert: Expert) -> Reviewer:
    """A reviewer as the rules see one; an officer enrolled them, so their identity is confirmed."""
    return Reviewer(
        id=expert.reviewer_id,
        person=Person(expert.name, expert.reviewer_id, (expert.email,)),
        organisations=(Organisation(expert.organisation_name, expert.organisation_id),),
        expertise=tuple(expert.items),
        load_max=expert.load_max,
        load_min=expert.load_min,
    )


def declared(conflicts: Iterable[DeclaredConflict]) -> list[ConflictOfInterest]:
    """Declared conflicts as the rules see them."""
    return [
        ConflictOfInterest(
            c.application_id,
            c.reviewer_id,
            ConflictKind(c.kind),
            Party(c.declared_as),
            f"declaration:{c.declared_by}:{c.declared_at}",
        )
        for c in conflicts
    ]


def sheet_of(row: ScoreSheet) -> Sheet:
    """A stored sheet as the rules see it, marks in order of criterion id."""
    marks = tuple(Mark(criterion, points) for criterion, points in sorted(row.points.items()))
    return Sheet(row.application_id, row.reviewer_id, marks)


def criteria_of(terms: CallTerms) -> tuple[Criterion, ...]:
    """The score sheet of a call."""
    return tuple(
        Criterion(c["id"], c["weight_bp"], c["points_max"]) for c in terms.review["criteria"]
    )


def panel_policy_of(terms: CallTerms) -> AssignmentPolicy:
    """How many reviewers each application gets; the aims are the rules' own."""
    return AssignmentPolicy(terms.review["panel_size"])


def aggregation_of(terms: CallTerms) -> AggregationPolicy:
    """How a call turns several sheets into one score."""
    said = terms.review["aggregation"]
    return AggregationPolicy(
        method=Method(said["method"]),
        trim_above=said["trim_above"],
        reviews_min=said["reviews_min"],
        decimals=said["decimals"],
        rounding=Rounding(said["rounding"]),
    )


def ranking_policy_of(terms: CallTerms) -> RankingPolicy:
    """The tie-break chain the call declares."""
    said = terms.review
    return RankingPolicy(
        tie_breaks=tuple(
            TieBreak(TieBreakKind(t["kind"]), tuple(t["criteria"])) for t in said["tie_breaks"]
        ),
        decimals=said["aggregation"]["decimals"],
        rounding=Rounding(said["aggregation"]["rounding"]),
    )


def selection_policy_of(terms: CallTerms) -> SelectionPolicy:
    """The caps the call declares: awards, budget, limits of an amount."""
    return SelectionPolicy(
        budget_fen=terms.budget_fen,
        awards_max=terms.quota["awards_max"],
        amount_min_fen=terms.amount.get("min_fen"),
        amount_max_fen=terms.amount.get("max_fen"),
    )
