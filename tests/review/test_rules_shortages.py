"""When no assignment exists, the reasons are true, minimal and readable."""

import random
from itertools import combinations, product

import pytest

from services.review.rules.assignment import assign
from services.review.rules.conflicts import Conflict, ConflictKind, Party
from services.review.rules.evidence import canonical_bytes, from_bytes
from services.review.rules.panels import Assignment, AssignmentPolicy, Infeasible
from services.review.rules.parties import Application, Organisation, Pair, Person, Reviewer
from services.review.rules.shortages import Hall, Shortage, blocking_sets


def cases(count: int) -> list[Application]:
    return [Application(f"a{n}", Organisation(f"第{n}学会"), ()) for n in range(count)]


def pool(*limits: tuple[int, int]) -> list[Reviewer]:
    return [
        Reviewer(f"r{n}", Person(f"专家{n}"), (Organisation(f"第{n}大学"),), (), high, low)
        for n, (low, high) in enumerate(limits)
    ]


def apart(*pairs: str) -> list[Conflict]:
    """Conflicts written as "a0 r1"."""
    kind, by = ConflictKind.FAMILY, Party.REVIEWER
    return [Conflict(*pair.split(), kind, by, "declaration:d") for pair in pairs]  # type: ignore[call-arg, arg-type]


def refused(
    applications: list[Application],
    reviewers: list[Reviewer],
    conflicts: list[Conflict],
    panel_size: int,
) -> Infeasible:
    found = assign(applications, reviewers, conflicts, AssignmentPolicy(panel_size), "s")
    assert isinstance(found, Infeasible)
    assert from_bytes(Infeasible, canonical_bytes(found)) == found
    return found


def test_one_application_short_of_reviewers_without_conflict_is_named() -> None:
    """Its conflicted reviewers are named too, with the seats missing, in both languages."""
    found = refused(cases(3), pool(*[(0, 9)] * 4), apart("a1 r0", "a1 r1"), panel_size=3)
    (short,) = found.shortages
    assert (short.rule, short.application_ids, short.reviewer_ids) == (
        "conflicts",
        ("a1",),
        ("r0", "r1"),
    )
    assert (short.seats_needed, short.seats_available, short.seats_short) == (3, 2, 1)
    assert found.seats_short == 1
    assert "至少缺 1 个" in found.text.zh
    assert "a1" in short.text.zh
    assert "缺 1 位" in short.text.zh
    assert "1 short" in short.text.en


def test_a_group_that_shares_too_few_reviewers_is_named_without_bystanders() -> None:
    """Two applications left with the same two busy reviewers block; the third does not."""
    crossed = apart("a0 r2", "a0 r3", "a1 r2", "a1 r3")
    found = refused(cases(3), pool((0, 1), (0, 2), (0, 9), (0, 9)), crossed, panel_size=2)
    (short,) = found.shortages
    assert (short.rule, short.application_ids, short.reviewer_ids) == (
        "load_max",
        ("a0", "a1"),
        ("r0",),
    )
    assert short.seats_short == 1


def test_fewer_reviewers_than_one_panel_needs_is_said_once() -> None:
    """Not once per application."""
    found = refused(cases(5), pool((0, 9), (0, 9)), [], panel_size=3)
    assert [(s.rule, s.seats_short) for s in found.shortages] == [("panel_size", 5)]


def test_a_minimum_nobody_can_reach_is_named() -> None:
    """Two reviewers must take three each; one application offers them two seats."""
    found = refused(cases(2), pool((3, 5), (0, 5), (0, 5)), [], panel_size=1)
    (short,) = found.shortages
    assert (short.rule, short.reviewer_ids, short.seats_short) == ("load_min", ("r0",), 1)
    assert found.seats_short == 0


def test_no_application_at_all_is_fine_until_somebody_must_review() -> None:
    """The empty call assigns nobody; a minimum load turns it into a refusal."""
    empty = assign([], pool((0, 1)), [], AssignmentPolicy(3), "s")
    assert isinstance(empty, Assignment)
    assert empty.panels == ()
    assert isinstance(assign([], [], [], AssignmentPolicy(3), "s"), Assignment)
    assert [s.rule for s in refused([], pool((1, 1)), [], 3).shortages] == ["load_min"]


def test_independent_reasons_are_all_told() -> None:
    """Mending one must not reveal the next only then."""
    conflicts = apart("a0 r0", "a0 r1", "a0 r2", "a1 r1", "a1 r2", "a2 r1", "a2 r2")
    found = refused(cases(3), pool((0, 1), (0, 9), (0, 9)), conflicts, panel_size=1)
    assert [(s.rule, s.application_ids) for s in found.shortages] == [
        ("conflicts", ("a0",)),
        ("load_max", ("a1", "a2")),
    ]
    assert found.seats_short == 2


def random_hall(seed: int) -> Hall:
    draw = random.Random(seed)  # noqa: S311 - a test's dice, no secret
    lefts = {f"a{n}": draw.randint(1, 3) for n in range(5)}
    rights = {f"r{n}": draw.randint(0, 3) for n in range(5)}
    density = draw.choice([0.4, 0.6, 0.8])
    edges = [pair for pair in product(lefts, rights) if draw.random() < density]
    return Hall(lefts, rights, edges)


def short_of(hall: Hall, lefts: tuple[str, ...]) -> int:
    """Seats missing by Hall's condition alone: needed minus what all neighbours can offer."""
    part = hall.only(lefts)
    return sum(part.demands.values()) - part.available()


def short_within(hall: Hall, lefts: tuple[str, ...]) -> int:
    sets = (c for n in range(len(lefts) + 1) for c in combinations(lefts, n))
    return max(short_of(hall, some) for some in sets)


@pytest.mark.parametrize("seed", range(300))
def test_blocking_sets_are_true_minimal_and_complete(seed: int) -> None:
    """Against all subsets: each set is short, none of its parts is, and nothing short is left."""
    hall = random_hall(seed)
    found = list(blocking_sets(hall))
    assert hall.seats_unmet() == short_within(hall, tuple(hall.demands))
    for core in found:
        assert short_of(hall, core) > 0
        assert all(short_within(hall, part) <= 0 for part in combinations(core, len(core) - 1))
    named = {left for core in found for left in core}
    assert short_within(hall, tuple(left for left in hall.demands if left not in named)) <= 0


def possible(
    applications: list[Application],
    reviewers: list[Reviewer],
    conflicts: list[Conflict],
    panel_size: int,
) -> bool:
    """Whether any assignment keeps the rules, by trying all."""
    barred = {conflict.pair for conflict in conflicts}
    panels = [
        [
            p
            for p in combinations(reviewers, panel_size)
            if not {Pair(a.id, r.id) for r in p} & barred
        ]
        for a in applications
    ]
    return any(
        all(r.load_min <= sum(r in panel for panel in chosen) <= r.load_max for r in reviewers)
        for chosen in product(*panels)
    )


@pytest.mark.parametrize("seed", range(300))
def test_infeasible_means_impossible(seed: int) -> None:
    """Against trying everything, with loads from below and above; a refusal has a true reason."""
    draw = random.Random(seed)  # noqa: S311 - a test's dice, no secret
    applications, size = cases(draw.randint(1, 4)), draw.randint(1, 2)
    reviewers = pool(*[(low, low + draw.randint(0, 2)) for low in draw.choices([0, 0, 1, 2], k=4)])
    pairs = [f"{a.id} {r.id}" for a, r in product(applications, reviewers)]
    conflicts = apart(*(pair for pair in pairs if draw.random() < 0.3))
    found = assign(applications, reviewers, conflicts, AssignmentPolicy(size), "s")
    assert isinstance(found, Assignment) is possible(applications, reviewers, conflicts, size)
    if isinstance(found, Infeasible):
        assert found.shortages
        assert all(_told(short) for short in found.shortages)


def _told(short: Shortage) -> bool:
    named = (*short.application_ids, *short.reviewer_ids)
    return short.seats_short > 0 and bool(named) and bool(short.text.zh and short.text.en)


def test_a_planted_group_of_a_large_call_is_found_among_the_rest() -> None:
    """140 applications: the three that share two reviewers are named, and nobody else."""
    reviewers = pool(*[(0, 20)] * 38, (0, 2), (0, 2))
    planted = [f"a{n} r{r}" for n in (20, 70, 120) for r in range(38)]
    (short,) = refused(cases(140), reviewers, apart(*planted), panel_size=2).shortages
    assert set(short.application_ids) == {"a20", "a70", "a120"}
    assert set(short.reviewer_ids) == {"r38", "r39"}
    assert (short.seats_needed, short.seats_available) == (6, 4)
