"""The ranking is exact, says what broke each tie, and can be derived again by anyone."""

import hashlib
import json
import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.rules.evidence import sha256_of
from services.review.rules.exact import Rounding
from services.review.rules.problems import InvalidInput
from services.review.rules.ranking import (
    Ranking,
    candidate,
    rank,
    ranking_from_json,
    ranking_to_json,
    rederive,
)
from services.review.rules.scores import AggregationPolicy, CriterionScore, score
from services.review.rules.sheets import Criterion, Mark, Sheet
from services.review.rules.tie_breaks import (
    Candidate,
    RankingPolicy,
    TieBreak,
    TieBreakKind,
    commitment,
    lot,
)

PRIORITY = TieBreak(TieBreakKind.CRITERIA, ("sustained", "synergy"))
MERIT = TieBreak(TieBreakKind.CRITERIA, ("merit",))
CHEAPER = TieBreak(TieBreakKind.LOWER_REQUESTED)
LOT = TieBreak(TieBreakKind.LOT)
CHAIN = RankingPolicy((PRIORITY, MERIT, CHEAPER, LOT), commitment("seed"))


def case(
    name: str,
    total: int | Fraction | None,
    sustained: int = 0,
    synergy: int = 0,
    merit: int = 0,
    requested_fen: int = 100,
) -> Candidate:
    marks = {"sustained": sustained, "synergy": synergy, "merit": merit}
    scores = tuple(CriterionScore(name, Fraction(points)) for name, points in marks.items())
    exact = None if total is None else Fraction(total)
    return Candidate(name, exact, scores, requested_fen)


def lines(ranking: Ranking) -> list[tuple[int, int, str, str | None]]:
    return [(e.rank, e.score_rank, e.application_id, e.separated_by) for e in ranking.entries]


def test_equal_scores_share_a_rank_and_the_next_is_skipped() -> None:
    """Competition ranks 1, 2, 2, 4, with the tie declared."""
    found = rank([case("d", 1), case("c", 2), case("b", 2), case("a", 3)], RankingPolicy())
    assert lines(found) == [
        (1, 1, "a", None),
        (2, 2, "b", "total"),
        (2, 2, "c", "tied"),
        (4, 4, "d", "total"),
    ]
    (tie,) = found.ties
    assert (tie.application_ids, tie.broken_by, tie.unbroken) == (("b", "c"), (), (("b", "c"),))


def test_each_step_of_the_chain_breaks_what_the_steps_before_left() -> None:
    """Every line says which step put it below the one above."""
    cases = [
        case("a", 90, sustained=9),
        case("b", 90, sustained=4, synergy=4, merit=5),
        case("c", 90, sustained=8, merit=4, requested_fen=50),
        case("d", 90, synergy=8, merit=4, requested_fen=60),
        case("e", 89, sustained=9),
    ]
    found = rank(cases, CHAIN, "seed")
    assert lines(found) == [
        (1, 1, "a", None),
        (2, 1, "b", "criteria:sustained+synergy"),
        (3, 1, "c", "criteria:merit"),
        (4, 1, "d", "lower_requested"),
        (5, 5, "e", "total"),
    ]
    (tie,) = found.ties
    assert tie.unbroken == ()
    assert tie.broken_by == ("criteria:sustained+synergy", "criteria:merit", "lower_requested")


def test_the_lot_is_one_hash_that_anyone_can_draw_again() -> None:
    """sha256 of seed and id, the lower first; another seed may turn the order round."""
    pair = [case("a", 1), case("b", 1)]
    orders = set()
    for seed in map(str, range(20)):
        found = rank(pair, RankingPolicy((LOT,), commitment(seed)), seed)
        drawn = {i: hashlib.sha256(f"{seed}{i}".encode()).hexdigest() for i in "ab"}
        order = tuple(entry.application_id for entry in found.entries)
        assert order == tuple(sorted(drawn, key=drawn.__getitem__))
        assert found.entries[1].separated_by == "lot"
        assert found.entries[0].keys[1].value == lot(seed, order[0])
        orders.add(order)
    assert len(orders) == 2


def test_a_seed_that_was_not_promised_is_refused() -> None:
    """Nobody can shop for a lucky seed after the scores are known."""
    with pytest.raises(InvalidInput, match="commitment"):
        rank([case("a", 1)], CHAIN, "another seed")
    with pytest.raises(InvalidInput, match="needs the seed"):
        rank([case("a", 1)], CHAIN)
    assert rank([case("a", 1)], replace(CHAIN, tie_breaks=(MERIT,))).seed is None


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ((LOT, MERIT), "lot_not_last"),
        ((MERIT, MERIT), "step_repeated"),
        ((TieBreak(TieBreakKind.CRITERIA),), "step_criteria"),
        ((TieBreak(TieBreakKind.LOWER_REQUESTED, ("merit",)),), "step_criteria"),
        ((TieBreak(TieBreakKind.CRITERIA, ("style",)),), "criterion_missing"),
    ],
)
def test_a_chain_that_cannot_be_applied_is_refused(steps: tuple[TieBreak, ...], code: str) -> None:
    """Before anything is ranked, with the place and the remedy."""
    with pytest.raises(InvalidInput) as caught:
        rank([case("a", 1)], RankingPolicy(steps), "seed")
    assert [problem.code for problem in caught.value.problems] == [code]


def test_bad_candidates_are_refused() -> None:
    """An id twice would be ranked twice; a negative amount would win a tie-break."""
    with pytest.raises(InvalidInput, match="more than once"):
        rank([case("a", 1), case("a", 2)], RankingPolicy())
    with pytest.raises(InvalidInput, match="negative"):
        rank([case("a", 1, requested_fen=-1)], RankingPolicy())
    with pytest.raises(InvalidInput, match="decimals"):
        rank([], RankingPolicy(decimals=-1))


def test_scores_are_compared_exactly_and_not_as_shown() -> None:
    """Two totals that print alike are still apart, and thirds are equal to thirds."""
    third = Fraction(100, 3)
    near = [case("a", third), case("b", third + Fraction(1, 10**30)), case("c", third)]
    found = rank(near, RankingPolicy(decimals=2, rounding=Rounding.HALF_UP))
    assert [entry.total_decimal for entry in found.entries] == ["33.33"] * 3
    assert lines(found) == [(1, 1, "b", None), (2, 2, "a", "total"), (2, 2, "c", "tied")]


def test_an_application_with_too_few_reviews_is_listed_but_not_ranked() -> None:
    """Built from its score; it takes no place from anybody."""
    criteria = (Criterion("merit", 1, 10),)
    sheets = [Sheet("a", f"r{n}", (Mark("merit", 7),)) for n in range(3)]
    policy = AggregationPolicy()
    full = candidate(score("a", sheets, criteria, policy), 100, "1")
    thin = candidate(score("b", [], criteria, policy), 100)
    found = rank([thin, full], RankingPolicy((MERIT,)))
    assert (lines(found), found.unranked) == ([(1, 1, "a", None)], ("b",))
    assert (full.total, full.strand, thin.total) == (Fraction(70), "1", None)


CASES = st.lists(
    st.builds(
        case,
        st.text("abcdefgh", min_size=1, max_size=3),
        st.none() | st.fractions(0, 3, max_denominator=2),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    max_size=12,
    unique_by=lambda each: each.application_id,
)
CHAINS = st.lists(st.sampled_from([PRIORITY, MERIT, CHEAPER]), unique=True, max_size=3)


@given(CASES, CHAINS, st.booleans(), st.randoms(use_true_random=False))
def test_rankings_are_stable_and_follow_their_own_evidence(
    cases: list[Candidate], chain: list[TieBreak], drawn: bool, dice: random.Random
) -> None:
    """Shuffled inputs and the ranking's own JSON give identical bytes; ranks count who is above."""
    policy = RankingPolicy((*chain, *([LOT] if drawn else [])))
    found = rank(cases, policy, "seed")
    dice.shuffle(cases)
    text = ranking_to_json(found)
    assert ranking_to_json(rank(cases, policy, "seed")) == text
    assert ranking_to_json(rederive(ranking_from_json(text))) == text

    def standing(each: Candidate) -> tuple[Fraction | int | str, ...]:
        scores = {c.criterion_id: c.score for c in each.criteria}
        steps: dict[TieBreak, Fraction | int | str] = {
            PRIORITY: -scores["sustained"] - scores["synergy"],
            MERIT: -scores["merit"],
            CHEAPER: each.requested_fen,
            LOT: hashlib.sha256(f"seed{each.application_id}".encode()).hexdigest(),
        }
        return (-(each.total or Fraction(0)), *(steps[step] for step in policy.tie_breaks))

    ranked = {c.application_id: standing(c) for c in cases if c.total is not None}
    for entry in found.entries:
        mine = ranked[entry.application_id]
        assert entry.rank == 1 + sum(other < mine for other in ranked.values())
        assert entry.score_rank == 1 + sum(other[:1] < mine[:1] for other in ranked.values())
    tied = {i for tie in found.ties for i in tie.application_ids}
    totals = [c.total for c in cases if c.total is not None]
    assert tied == {c.application_id for c in cases if c.total and totals.count(c.total) > 1} | {
        c.application_id for c in cases if c.total == 0 and totals.count(Fraction(0)) > 1
    }


def test_a_tampered_ranking_does_not_derive_from_its_evidence() -> None:
    """Swapping two places, or any number inside, shows."""
    honest = rank([case("a", 2), case("b", 1)], RankingPolicy())
    swapped = replace(honest, entries=honest.entries[::-1])
    raised = replace(honest, candidates=(case("a", 2), case("b", 3)))
    assert rederive(honest) == honest
    assert rederive(swapped) != swapped
    assert rederive(raised) != raised


def test_the_text_is_what_is_hashed_and_a_strange_text_is_refused() -> None:
    """sha256sum of the exported file is the ranking's hash."""
    found = rank([case("a", Fraction(1, 3))], CHAIN, "seed")
    text = ranking_to_json(found)
    assert hashlib.sha256(text.encode()).hexdigest() == sha256_of(found)
    shape = json.loads(text)
    assert shape["entries"][0]["total"] == "1/3"
    shape["entries"][0]["rank"] = 1.0
    with pytest.raises(InvalidInput, match="/entries/0/rank"):
        ranking_from_json(json.dumps(shape))
