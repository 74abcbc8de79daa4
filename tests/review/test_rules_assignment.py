"""Assignments keep every hard rule, are the best there are, and do not depend on order."""

import random
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.review.rules.assignment import assign, replace
from services.review.rules.breaches import assignment_breaches
from services.review.rules.conflicts import Conflict, ConflictKind, Party
from services.review.rules.evidence import canonical_bytes, from_bytes
from services.review.rules.expertise import affinity, affinity_scale
from services.review.rules.panel_network import affinities, lot_number
from services.review.rules.panels import Aim, Assignment, AssignmentPolicy, Infeasible
from services.review.rules.parties import Application, Organisation, Pair, Person, Reviewer
from services.review.rules.problems import InvalidInput

ITEMS = [f"{strand}.{n}" for strand, count in ((1, 6), (2, 5), (3, 5)) for n in range(1, count + 1)]


def an_application(n: int, *items: str) -> Application:
    return Application(f"a{n:03}", Organisation(f"第{n}学会"), items)


def a_reviewer(n: int, low: int, high: int, *expertise: str) -> Reviewer:
    unit = Organisation(f"第{n}大学")
    return Reviewer(f"r{n:03}", Person(f"专家{n}"), (unit,), expertise, high, low)


def declared(application: Application, reviewer: Reviewer) -> Conflict:
    return Conflict(
        application.id, reviewer.id, ConflictKind.FAMILY, Party.REVIEWER, "declaration:d"
    )


class Call:
    """A seeded random call: some reviewers work at applicants, some ties are declared."""

    def __init__(self, seed: int, applications: int, reviewers: int, size: int) -> None:
        draw = random.Random(seed)  # noqa: S311 - a test's dice, no secret
        items = ITEMS[: draw.randint(1, len(ITEMS))]
        self.applications = [
            an_application(n, *draw.sample(items, draw.randint(0, min(3, len(items)))))
            for n in range(applications)
        ]
        self.reviewers = []
        for n in range(reviewers):
            low = draw.choice([0, 0, 0, 1])
            known = draw.sample(items, draw.randint(0, min(3, len(items))))
            high = low + draw.randint(0, 2 + 2 * applications * size // reviewers)
            self.reviewers.append(a_reviewer(n, low, high, *known))
        pairs = list(product(self.applications, self.reviewers))
        self.conflicts = [declared(a, r) for a, r in pairs if draw.random() < 0.15]
        self.policy = AssignmentPolicy(size)

    def assigned(self) -> Assignment | Infeasible:
        return assign(self.applications, self.reviewers, self.conflicts, self.policy, "seed")

    def shuffled(self, seed: int) -> "Call":
        draw = random.Random(seed)  # noqa: S311 - a test's dice, no secret
        for part in (self.applications, self.reviewers, self.conflicts):
            draw.shuffle(part)
        return self


def season() -> Call:
    """The size of the real call: 140 applications, 40 reviewers with room for 14 each."""
    call = Call(7, 140, 40, 3)
    call.reviewers = [a_reviewer(n, 4, 14, *r.expertise) for n, r in enumerate(call.reviewers)]
    return call


def every_assignment(call: Call) -> list[dict[str, tuple[Reviewer, ...]]]:
    """All assignments that keep the hard rules, by trying every panel of every application."""
    barred = {conflict.pair for conflict in call.conflicts}
    panels = [
        [
            panel
            for panel in combinations(call.reviewers, call.policy.panel_size)
            if not any(Pair(a.id, r.id) in barred for r in panel)
        ]
        for a in call.applications
    ]
    ids = [a.id for a in call.applications]
    found = (dict(zip(ids, chosen, strict=True)) for chosen in product(*panels))
    return [each for each in found if all(_within(r, each) for r in call.reviewers)]


def _within(reviewer: Reviewer, panels: dict[str, tuple[Reviewer, ...]]) -> bool:
    load = sum(reviewer in panel for panel in panels.values())
    return reviewer.load_min <= load <= reviewer.load_max


def worth(call: Call, panels: dict[str, tuple[Reviewer, ...]]) -> tuple[object, ...]:
    """The aims as they are stated, smaller is better, counted without any flow."""
    scale = affinity_scale(call.applications)
    shares = [[affinity(a, r, scale) for r in panels[a.id]] for a in call.applications]
    unmatched = [sum(share == 0 for share in panel) for panel in shares]
    size = call.policy.panel_size
    floor = tuple(sum(u >= n for u in unmatched) for n in range(size, 0, -1))
    loads = [sum(r in panel for panel in panels.values()) for r in call.reviewers]
    lot = sum(lot_number("seed", Pair(a, r.id)) for a, panel in panels.items() for r in panel)
    return floor, -sum(map(sum, shares)), sum(load**2 for load in loads), lot


@pytest.mark.parametrize("seed", range(320))
def test_a_tiny_call_gets_the_best_of_all_assignments(seed: int) -> None:
    """Against trying every assignment: same feasibility, same unique optimum, aim by aim."""
    call = Call(seed, applications=3, reviewers=4, size=(2, 3, 2, 3, 1)[seed % 5])
    possible = every_assignment(call)
    found = call.assigned()
    if not possible:
        assert isinstance(found, Infeasible)
        return
    assert isinstance(found, Assignment)
    best = min(possible, key=lambda panels: worth(call, panels))
    wanted = sorted(Pair(a, r.id) for a, panel in best.items() for r in panel)
    assert list(found.pairs) == wanted


def test_thousands_of_random_calls_break_no_hard_rule() -> None:
    """No conflict, no wrong panel, no load out of limits; the bound proves each aim."""
    feasible = 0
    for seed in range(2_000):
        call = Call(seed, applications=2 + seed % 9, reviewers=3 + seed % 7, size=1 + seed % 3)
        found = call.assigned()
        if isinstance(found, Infeasible):
            continue
        feasible += 1
        breached = assignment_breaches(found, call.applications, call.reviewers, call.conflicts)
        assert breached == (), seed
        assert all(level.value == level.bound for level in found.levels), seed
        reached = {level.aim: level.value for level in found.levels}
        assert reached["affinity"] == sum(panel.affinity for panel in found.panels), seed
        assert reached["balance"] == sum(load.seats**2 for load in found.loads), seed
    assert 500 < feasible < 2_000


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_order_of_the_inputs_changes_nothing(seed: int, order: int) -> None:
    """Same inputs, same seed: the same bytes, certificate and hash included."""
    straight = Call(seed, 8, 6, 2).assigned()
    assert canonical_bytes(Call(seed, 8, 6, 2).shuffled(order).assigned()) == canonical_bytes(
        straight
    )


def test_the_whole_season_fits_and_survives_its_json() -> None:
    """140 applications, 40 reviewers, three each: full panels, balanced, read back unchanged."""
    call = season()
    found = call.assigned()
    assert isinstance(found, Assignment)
    assert sum(load.seats for load in found.loads) == 420
    assert from_bytes(Assignment, canonical_bytes(found)) == found


def test_a_conflict_the_data_shows_cannot_be_forgotten() -> None:
    """The caller passes no conflicts, yet the applicant's own expert stays away."""
    own, other = a_reviewer(1, 0, 9, "1.1"), a_reviewer(2, 0, 9)
    case = Application("a1", own.organisations[0], ("1.1",))
    found = assign([case], [own, other], (), AssignmentPolicy(1), "s")
    assert isinstance(found, Assignment)
    assert found.panels[0].reviewer_ids == (other.id,)


def test_expertise_is_spread_before_it_is_piled_up() -> None:
    """One expert per application beats a higher total on one of them."""
    cases = [an_application(1, "1.1"), an_application(2, "1.1", "1.2")]
    experts = [a_reviewer(1, 0, 1, "1.1", "1.2"), a_reviewer(2, 0, 1, "1.2", "1.1")]
    others = [a_reviewer(3, 0, 2), a_reviewer(4, 0, 2)]
    found = assign(cases, [*experts, *others], (), AssignmentPolicy(2), "s")
    assert isinstance(found, Assignment)
    assert [panel.matched for panel in found.panels] == [1, 1]


def test_affinity_is_a_share_of_the_items_scaled_without_rounding() -> None:
    """One of two items weighs exactly as much as two of four, and three of three is the scale."""
    cases = [an_application(n, *ITEMS[:n]) for n in (2, 3, 4)]
    scale = affinity_scale(cases)
    knows = a_reviewer(1, 0, 9, *ITEMS[:2])
    assert scale == 12
    assert [affinity(case, knows, scale) for case in cases] == [12, 8, 6]
    assert affinity(an_application(9), knows, scale) == 0


@given(st.integers(0, 10_000))
def test_the_matrix_of_affinities_agrees_with_the_single_rule(seed: int) -> None:
    """The fast form is the readable form."""
    call = Call(seed, 5, 4, 1)
    scale = affinity_scale(call.applications)
    one_by_one = [[affinity(a, r, scale) for r in call.reviewers] for a in call.applications]
    assert affinities(tuple(call.applications), tuple(call.reviewers)).tolist() == one_by_one


def test_without_aims_the_seed_alone_draws_the_panels() -> None:
    """The random draw from a stratum: same seed same panels, other seed other panels."""
    cases = [an_application(n, "1.1") for n in range(10)]
    pool = [a_reviewer(n, 0, 9, "1.1") for n in range(10)]
    drawn = [assign(cases, pool, (), AssignmentPolicy(3, ()), seed) for seed in "aab"]
    assert all(isinstance(found, Assignment) for found in drawn)
    assert drawn[0] == drawn[1]
    pairs = [found.pairs for found in drawn if isinstance(found, Assignment)]
    assert pairs[0] != pairs[2]
    assert AssignmentPolicy(3).aims == (Aim.EXPERTISE_FLOOR, Aim.AFFINITY, Aim.BALANCE)


def test_a_decline_moves_nobody_else() -> None:
    """The seat is refilled, the decliner never returns, every other pair stays."""
    call = season()
    before = call.assigned()
    assert isinstance(before, Assignment)
    gone = before.pairs[17]
    after = replace(before, [gone], call.applications, call.reviewers, call.conflicts)
    assert isinstance(after, Assignment)
    assert set(before.pairs) - set(after.pairs) == {gone}
    assert not assignment_breaches(after, call.applications, call.reviewers, call.conflicts)
    again = replace(after, [], call.applications, call.reviewers, call.conflicts)
    assert isinstance(again, Assignment)
    assert (again.pairs, again.declined) == (after.pairs, (gone,))


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_replacement_moves_as_few_pairs_as_possible(seed: int, pick: int) -> None:
    """Against trying every assignment: no other one keeps more of the pairs."""
    call = Call(seed, 3, 4, 2)
    before = call.assigned()
    if isinstance(before, Infeasible):
        return
    gone = before.pairs[pick % len(before.pairs)]
    after = replace(before, [gone], call.applications, call.reviewers, call.conflicts)
    call.conflicts.append(
        Conflict(gone.application_id, gone.reviewer_id, ConflictKind.OTHER, Party.REVIEWER, "gone")
    )
    kept = [
        len({Pair(a, r.id) for a, panel in each.items() for r in panel} & set(before.pairs))
        for each in every_assignment(call)
    ]
    assert isinstance(after, Assignment) is bool(kept)
    if isinstance(after, Assignment):
        assert len(set(after.pairs) & set(before.pairs)) == max(kept)


def test_inputs_that_contradict_themselves_are_refused_all_at_once() -> None:
    """Each problem names its place, in both languages."""
    twice = [an_application(1), an_application(1)]
    with pytest.raises(InvalidInput) as caught:
        assign(twice, [a_reviewer(1, 3, 2)], (), AssignmentPolicy(0, (Aim.BALANCE,) * 2), "s")
    problems = caught.value.problems
    assert [problem.code for problem in problems] == [
        "duplicate_id",
        "load_limits",
        "panel_size",
        "duplicate_aim",
    ]
    assert all(problem.text.zh and problem.text.en and problem.where for problem in problems)
