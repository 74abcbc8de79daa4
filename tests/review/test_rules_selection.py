"""Awards follow the ranking, never pass a cap, and give every application its reasons."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.review.rules.awards import (
    REASONS,
    AmountRule,
    Outcome,
    Selection,
    SelectionPolicy,
    Status,
    StrandCap,
    WhenOverBudget,
)
from services.review.rules.problems import InvalidInput
from services.review.rules.ranking import Ranking, rank
from services.review.rules.selection import (
    amount_fen,
    rederive_selection,
    select,
    selection_from_json,
    selection_to_json,
)
from services.review.rules.tie_breaks import Candidate, RankingPolicy, TieBreak, TieBreakKind

LOT = RankingPolicy((TieBreak(TieBreakKind.LOT),))


def ranked(*totals: int | None, strands: str = "", policy: RankingPolicy = LOT) -> Ranking:
    """Applications a, b, c … with these totals and, letter by letter, these strands."""
    names, places = "abcdefghijklmnop", strands.ljust(len(totals), "-")
    cases = [
        Candidate(name, None if total is None else Fraction(total), (), 1, strand)
        for name, total, strand in zip(names, totals, places, strict=False)
    ]
    return rank(cases, policy, "seed")


def asking(*amounts: int) -> dict[str, int]:
    return dict(zip("abcdefghijklmnop", amounts, strict=False))


def outcome(selection: Selection, name: str) -> Outcome:
    return next(o for o in selection.outcomes if o.application_id == name)


def test_awards_go_down_the_ranking_to_the_last_place() -> None:
    """The cap of thirty, here two: the second is in, the third is first reserve."""
    found = select(ranked(9, 8, 7, 6), asking(1, 1, 1, 1), SelectionPolicy(100, 2))
    assert (found.awarded, found.reserves) == (("a", "b"), ("c", "d"))
    assert [o.reserve_place for o in found.outcomes] == [None, None, 1, 2]
    assert outcome(found, "c").reasons == ("awards_max_reached",)


@pytest.mark.parametrize(("budget", "awarded"), [(59, ("a",)), (60, ("a", "b"))])
def test_the_last_fen_may_be_spent_and_not_one_more(budget: int, awarded: tuple[str, ...]) -> None:
    """Two awards of 30 fit 60 fen and not 59."""
    found = select(ranked(9, 8), asking(30, 30), SelectionPolicy(budget, 9))
    assert found.awarded == awarded
    assert found.awarded_fen + found.free_fen == budget


def test_what_does_not_fit_is_skipped_or_ends_the_list() -> None:
    """The declared rule decides whether the smaller request below may still win."""
    ranking, amounts = ranked(9, 8, 7), asking(50, 60, 40)
    skip = select(ranking, amounts, SelectionPolicy(100, 9))
    stopping = SelectionPolicy(100, 9, when_over_budget=WhenOverBudget.STOP)
    stop = select(ranking, amounts, stopping)
    assert (skip.awarded, outcome(skip, "b").reasons) == (("a", "c"), ("over_budget",))
    assert (stop.awarded, outcome(stop, "c").reasons) == (("a",), ("below_a_stop",))
    assert (skip.reserves, stop.reserves) == (("b",), ("b", "c"))


def test_a_full_strand_is_passed_over_and_never_stops_the_list() -> None:
    """Its cap binds its own applications only."""
    policy = SelectionPolicy(
        100, 9, strand_caps=(StrandCap("1", 1),), when_over_budget=WhenOverBudget.STOP
    )
    found = select(ranked(9, 8, 7, strands="112"), asking(1, 1, 1), policy)
    assert found.awarded == ("a", "c")
    assert outcome(found, "b").reasons == ("strand_full",)


def test_every_cap_that_binds_is_told() -> None:
    """Not just the first one met."""
    policy = SelectionPolicy(10, 1, strand_caps=(StrandCap("1", 1),))
    found = select(ranked(9, 8, strands="11"), asking(10, 10), policy)
    assert outcome(found, "b").reasons == ("awards_max_reached", "over_budget", "strand_full")


@pytest.mark.parametrize(("requested", "granted"), [(299, 299), (300, 300), (301, 300)])
def test_a_request_is_granted_up_to_the_ceiling(requested: int, granted: int) -> None:
    """At the ceiling whole, one fen above cut to it."""
    policy = SelectionPolicy(1000, 9, amount_max_fen=300)
    found = outcome(select(ranked(9), asking(requested), policy), "a")
    assert (found.requested_fen, found.would_be_fen, found.granted_fen) == (
        requested,
        granted,
        granted,
    )


def test_a_fixed_amount_is_the_same_for_everybody() -> None:
    """Whatever was asked."""
    policy = SelectionPolicy(1000, 9, AmountRule.FIXED, amount_fixed_fen=300)
    assert [amount_fen(n, policy) for n in (1, 300, 999)] == [300] * 3


def test_pass_mark_and_least_award_bar_without_a_place_in_reserve() -> None:
    """Exactly the pass mark and exactly the least award are enough."""
    policy = SelectionPolicy(1000, 9, amount_min_fen=10, total_min=Fraction(60))
    found = select(ranked(60, 59, 70, 58), asking(10, 10, 9, 9), policy)
    assert (found.awarded, found.reserves) == (("a",), ())
    assert outcome(found, "b").reasons == ("below_pass_mark",)
    assert outcome(found, "c").reasons == ("below_amount_min",)
    assert outcome(found, "d").reasons == ("below_pass_mark", "below_amount_min")


def test_the_reserve_list_ends_where_the_policy_says() -> None:
    """Beyond it an application is not awarded, for both reasons."""
    found = select(ranked(9, 8, 7), asking(1, 1, 1), SelectionPolicy(9, 1, reserves_max=1))
    assert (found.awarded, found.reserves) == (("a",), ("b",))
    last = outcome(found, "c")
    assert last.status is Status.NOT_AWARDED
    assert last.reasons == ("awards_max_reached", "beyond_reserves")


def test_an_unranked_application_is_listed_with_its_reason() -> None:
    """It needs no amount to be told."""
    found = select(ranked(9, None), asking(1), SelectionPolicy(9, 9))
    last = found.outcomes[-1]
    assert (last.application_id, last.rank, last.reasons) == ("b", None, ("too_few_reviews",))


def test_a_line_that_only_the_lot_drew_is_flagged() -> None:
    """Equal in all else, one in and one out: the public hears it was a draw."""
    found = select(ranked(9, 8, 8), asking(1, 1, 1), SelectionPolicy(9, 2))
    (tie,) = found.line_ties
    assert {*tie.awarded, *tie.not_awarded} == {"b", "c"}
    assert len(tie.awarded) == 1
    assert select(ranked(9, 8, 7), asking(1, 1, 1), SelectionPolicy(9, 2)).line_ties == ()
    assert select(ranked(9, 8, 8), asking(1, 1, 1), SelectionPolicy(9, 3)).line_ties == ()


def test_an_open_tie_is_awarded_whole_or_left_to_a_person() -> None:
    """No lot was declared, so neither of two equals may be picked; nobody overtakes them."""
    open_tie = ranked(9, 8, 8, 7, policy=RankingPolicy())
    amounts = asking(1, 1, 1, 1)
    assert select(open_tie, amounts, SelectionPolicy(9, 3)).awarded == ("a", "b", "c")
    found = select(open_tie, amounts, SelectionPolicy(9, 2))
    assert (found.awarded, found.undecided, found.reserves) == (("a",), ("b", "c"), ("d",))
    assert outcome(found, "b").reasons == ("open_tie",)
    assert outcome(found, "d").reasons == ("below_an_open_tie",)
    assert select(open_tie, amounts, SelectionPolicy(9, 1)).undecided == ()


def test_among_equals_the_one_that_cannot_fit_does_not_block_the_other() -> None:
    """Under the skip rule any order gives the same; under the stop rule it would not."""
    open_tie = ranked(9, 9, policy=RankingPolicy())
    skip = select(open_tie, asking(50, 200), SelectionPolicy(100, 9))
    assert (skip.awarded, skip.reserves) == (("a",), ("b",))
    stop = SelectionPolicy(100, 9, when_over_budget=WhenOverBudget.STOP)
    found = select(open_tie, asking(50, 200), stop)
    assert (found.undecided, found.reserves) == (("a",), ("b",))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"budget_fen": -1}, "too_small"),
        ({"awards_max": -1}, "too_small"),
        ({"amount_max_fen": 0}, "too_small"),
        ({"amount_min_fen": 2, "amount_max_fen": 1}, "amount_limits"),
        ({"amount_rule": AmountRule.FIXED}, "amount_fixed_missing"),
        ({"strand_caps": (StrandCap("1", 1), StrandCap("1", 2))}, "duplicate_id"),
        ({"strand_caps": (StrandCap("1", -1),)}, "too_small"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(change: dict[str, object], code: str) -> None:
    """Named by place, before any award is made."""
    with pytest.raises(InvalidInput) as caught:
        select(ranked(9), asking(1), replace(SelectionPolicy(9, 9), **change))  # type: ignore[arg-type]
    assert [problem.code for problem in caught.value.problems] == [code]


@pytest.mark.parametrize("amount", [None, 0, -1, True, 1.0])
def test_a_ranked_application_needs_a_whole_positive_amount(amount: object) -> None:
    """A float or a blank never becomes money."""
    amounts = {} if amount is None else {"a": amount}
    with pytest.raises(InvalidInput, match=r"amounts_fen\[a\]"):
        select(ranked(9), amounts, SelectionPolicy(9, 9))  # type: ignore[arg-type]


POLICIES = st.builds(
    SelectionPolicy,
    st.integers(0, 60),
    st.integers(0, 8),
    st.sampled_from(AmountRule),
    st.integers(1, 12),
    st.none() | st.integers(1, 4),
    st.none() | st.integers(4, 12),
    st.sampled_from(WhenOverBudget),
    st.lists(
        st.builds(StrandCap, st.sampled_from("123"), st.integers(0, 4)),
        max_size=3,
        unique_by=lambda cap: cap.strand,
    ).map(tuple),
    st.none() | st.integers(0, 3),
    st.none() | st.just(Fraction(2)),
)
CALLS = st.lists(
    st.tuples(st.none() | st.integers(0, 5), st.sampled_from("123"), st.integers(1, 20)),
    max_size=14,
)


@settings(max_examples=400)
@given(CALLS, POLICIES, st.booleans(), st.randoms(use_true_random=False))
def test_no_cap_is_ever_passed_and_the_list_derives_from_its_evidence(
    call: list[tuple[int | None, str, int]],
    policy: SelectionPolicy,
    drawn: bool,
    dice: random.Random,
) -> None:
    """Money, places and strands add up; shuffling the call changes no byte; reasons have words."""
    cases = [
        Candidate(f"a{n}", None if total is None else Fraction(total), (), 1, strand)
        for n, (total, strand, _) in enumerate(call)
    ]
    amounts = {f"a{n}": amount for n, (_, _, amount) in enumerate(call)}
    steps = LOT if drawn else RankingPolicy()
    ranking = rank(cases, steps, "seed")
    found = select(ranking, amounts, policy)
    granted = {o.application_id: o.granted_fen for o in found.outcomes if o.granted_fen}
    assert sum(granted.values()) == found.awarded_fen <= policy.budget_fen
    assert found.free_fen == policy.budget_fen - found.awarded_fen
    assert tuple(granted) == found.awarded
    assert len(granted) <= policy.awards_max
    strands = [case.strand for case in cases if case.application_id in granted]
    assert all(strands.count(cap.strand) <= cap.awards_max for cap in policy.strand_caps)
    assert sorted(o.application_id for o in found.outcomes) == sorted(amounts)
    assert all(REASONS[r].zh and REASONS[r].en for o in found.outcomes for r in o.reasons)
    assert not (drawn and found.undecided)
    dice.shuffle(cases)
    text = selection_to_json(found)
    assert selection_to_json(select(rank(cases, steps, "seed"), amounts, policy)) == text
    assert rederive_selection(ranking, selection_from_json(text)) == found


@settings(max_examples=300)
@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=12), st.integers(0, 80), st.integers(0, 12)
)
def test_the_skip_rule_replays_the_plain_loop(
    amounts: list[int], budget: int, awards_max: int
) -> None:
    """Against the rule as a clerk would do it with a pencil."""
    ranking = ranked(*range(len(amounts), 0, -1))
    left, wanted = budget, list[str]()
    for name, amount in asking(*amounts).items():
        if len(wanted) < awards_max and amount <= left:
            wanted.append(name)
            left -= amount
    found = select(ranking, asking(*amounts), SelectionPolicy(budget, awards_max))
    assert (list(found.awarded), found.free_fen) == (wanted, left)
