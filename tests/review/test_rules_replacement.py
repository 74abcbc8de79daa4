"""What has begun stays, what is void ends, and a broken assignment is caught by counting."""

from services.review.rules.assignment import assign, replace
from services.review.rules.breaches import assignment_breaches
from services.review.rules.conflicts import Conflict, ConflictKind, Party
from services.review.rules.panels import Assignment, AssignmentPolicy, Infeasible
from services.review.rules.parties import Application, Organisation, Pair, Person, Reviewer


def an_application(n: int, *items: str) -> Application:
    return Application(f"a{n:03}", Organisation(f"第{n}学会"), items)


def a_reviewer(n: int, low: int, high: int, *expertise: str) -> Reviewer:
    unit = Organisation(f"第{n}大学")
    return Reviewer(f"r{n:03}", Person(f"专家{n}"), (unit,), expertise, high, low)


def declared(application: Application, reviewer: Reviewer) -> Conflict:
    return Conflict(
        application.id, reviewer.id, ConflictKind.FAMILY, Party.REVIEWER, "declaration:d"
    )


def test_a_started_review_stays_or_the_refusal_says_so() -> None:
    """It outweighs a better pair when a load shrinks; limits that forbid it give a reason."""
    cases = [an_application(1), an_application(2, "1.1")]
    expert, other = a_reviewer(1, 2, 2, "1.1"), a_reviewer(2, 0, 2)
    before = assign(cases, [expert, other], (), AssignmentPolicy(1), "s")
    assert isinstance(before, Assignment)
    begun, better = before.pairs
    assert {begun.reviewer_id, better.reviewer_id} == {expert.id}
    slower = [a_reviewer(1, 0, 1, "1.1"), other]
    after = replace(before, [], cases, slower, (), started=[begun])
    assert isinstance(after, Assignment)
    assert after.pairs == (begun, Pair("a002", other.id))
    lost = replace(before, [], cases, slower, (), started=[begun, better])
    assert isinstance(lost, Infeasible)
    assert [(s.rule, s.seats_short) for s in lost.shortages] == [("started", 1)]


def test_a_started_review_ends_with_a_conflict_or_a_departure() -> None:
    """Facts that void the review free the seat."""
    cases, pool = [an_application(1)], [a_reviewer(n, 0, 1) for n in (1, 2)]
    before = assign(cases, pool, (), AssignmentPolicy(1), "s")
    assert isinstance(before, Assignment)
    (begun,) = before.pairs
    stays = [r for r in pool if r.id != begun.reviewer_id]
    tie = declared(cases[0], next(r for r in pool if r.id == begun.reviewer_id))
    after_a_conflict = replace(before, [], cases, pool, [tie], started=[begun])
    after_a_departure = replace(before, [], cases, stays, (), started=[begun])
    for after in (after_a_conflict, after_a_departure):
        assert isinstance(after, Assignment)
        assert after.pairs == (Pair("a001", stays[0].id),)


def test_a_breach_is_seen_by_counting() -> None:
    """The check does not trust the solver: a tampered assignment fails on every rule."""
    cases = [an_application(1, "1.1"), an_application(2, "1.1")]
    pool = [a_reviewer(1, 0, 1, "1.1"), a_reviewer(2, 0, 1, "1.1"), a_reviewer(3, 0, 1)]
    honest = assign(cases, pool, (), AssignmentPolicy(1), "s")
    assert isinstance(honest, Assignment)
    used = honest.pairs[0]
    conflict = Conflict(*_ids(used), ConflictKind.OTHER, Party.OFFICER, "late")
    codes = [p.code for p in assignment_breaches(honest, cases, pool, [conflict])]
    assert codes == ["breach_barred"]
    busier = [a_reviewer(n, 1, 1) for n in (1, 2, 3)]
    assert [p.code for p in assignment_breaches(honest, cases, busier, ())] == ["breach_load"]
    more = [*cases, an_application(3)]
    assert [p.code for p in assignment_breaches(honest, more, pool, ())] == ["breach_panel"]
    fewer = assignment_breaches(honest, cases[:1], pool, ())
    assert [p.code for p in fewer] == ["breach_unknown"]


def _ids(pair: Pair) -> tuple[str, str]:
    return pair.application_id, pair.reviewer_id
