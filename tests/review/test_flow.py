"""A whole small call through review: twenty applications, eight reviewers, and all that happens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.event import Event
from contracts.review import AssignmentSealed, AwardRecommended, ConflictDeclared, RankingSealed
from services.review.main import SERVICE
from services.review.store import CallTally, Case
from tests.review.chair import Chair, deciding, ids, rederives
from tests.review.events import (
    call_document,
    checked,
    closed,
    judged,
    published,
    submitted,
    withdrawn,
)
from tests.review.replaying import rebuilt

APPLICATIONS = ids("a", 20)
REVIEWERS = ids("r", 8)


def foreign() -> list[Event]:
    """What others say before the panels: seventeen ready, one barred, one incomplete, one waiting."""
    events: list[Event] = []
    for number, one in enumerate(APPLICATIONS, start=1):
        items = (f"{number % 3 + 1}.1", "2.2")
        events += [submitted(one, items=items), judged(one), checked(one)]
    events += [judged("a18", "barred"), checked("a19", "incomplete"), judged("a20", "undetermined")]
    return [*events, closed()]


def season(seed: int = 0) -> Chair:
    """Everything up to the decisions, the foreign events read in an order of chance."""
    document = call_document()
    document["quota"]["awards_max"] = 6
    chair = Chair(seed, document)
    for event in foreign():
        chair.world.receive(event, to="nobody")
    chair.world.settle()
    for number, one in enumerate(REVIEWERS):
        chair.enrol(one, items=("1.1", "2.1", "3.1")[number % 3 :], load_max=8)
    chair.declare("a01", "r01")
    chair.at("2021-07-26T09:00:00+08:00").assign(leave_out=True)
    chair.decline("a02", min(chair.panels()["a02"]))
    points = {one: 95 - number for number, one in enumerate(APPLICATIONS)}
    chair.score_all(points)
    chair.declare("a03", min(chair.panels()["a03"]))
    chair.hear(withdrawn("a04"))
    chair.score_all(points)
    chair.seal()
    chair.post()
    chair.decide(6)
    return chair


@pytest.fixture(scope="module")
def chair() -> Chair:
    """One season, looked at by several tests."""
    return season()


def test_everybody_hears_once_and_the_best_are_awarded(chair: Chair) -> None:
    """Withdrawn ones hear nothing; the best six of those that stand win."""
    decisions = chair.decisions()
    assert set(decisions) == set(APPLICATIONS) - {"a04"}
    won = {a for a, d in decisions.items() if d.decision == "awarded"}
    assert won == {"a01", "a02", "a03", "a05", "a06", "a07"}
    assert all(decision.reasons for decision in decisions.values())
    assert all(r.zh and r.en for d in decisions.values() for r in d.reasons)
    chair.again(deciding(6))


def test_no_conflict_was_ever_seated_and_no_load_exceeded(chair: Chair) -> None:
    """At the end, and in every run on the way."""
    tied = {(e.application_id, e.reviewer_id) for e in chair.events(ConflictDeclared)}
    assert len(tied) == 2
    seated = {(a, r) for a, panel in chair.panels().items() for r in panel}
    assert not tied & seated
    assert max(chair.loads().values()) <= 8
    assert all(len(panel) == 3 for panel in chair.panels().values())
    first = chair.events(AssignmentSealed)[0]
    assert ("a01", "r01") not in {
        (p["application_id"], r) for p in first.assignment["panels"] for r in p["reviewer_ids"]
    }


def test_money_and_awards_stay_within_the_caps(chair: Chair) -> None:
    """Recommended and awarded alike."""
    recommended = chair.events(AwardRecommended)
    assert len(recommended) == 6
    awarded = [d for d in chair.decisions().values() if d.decision == "awarded"]
    assert sum(d.amount_fen for d in awarded) == sum(r.amount_fen for r in recommended)


def test_every_decision_repeats_from_its_own_event(chair: Chair) -> None:
    """Three runs of the assignment and one ranking, byte for byte after a JSON round trip."""
    events = [*chair.events(AssignmentSealed), *chair.events(RankingSealed)]
    assert len(events) == 4
    assert all(rederives(event) for event in events)


def test_the_counts_are_those_of_the_log(chair: Chair) -> None:
    """Seventeen panels; a sheet for each seat and one that was voided."""
    tally = chair.row(CallTally)
    sheets = 17 * 3 + 1
    assert (tally.reviewers, tally.conflicts, tally.panels, tally.sheets) == (8, 2, 17, sheets)
    assert (tally.completed, tally.recommended, tally.decided) == (17, 6, 19)


@pytest.mark.parametrize("seed", range(1, 4))
def test_no_interleaving_changes_the_store_or_what_is_said(chair: Chair, seed: int) -> None:
    """Topics and partitions in another order: the same rows, the same events."""
    other = season(seed)
    assert other.service.dump() == chair.service.dump()
    assert other.service.emitted == chair.service.emitted


@pytest.mark.parametrize("seed", range(5))
def test_the_store_is_a_fold_of_the_log_in_any_interleaving(chair: Chair, seed: int) -> None:
    """Own events and those of others, read in an order of chance: the same bytes."""
    assert rebuilt(SERVICE, chair.world, seed) == chair.service.dump()


@settings(max_examples=25)
@given(st.lists(st.integers(0, 2), min_size=4, max_size=12), st.integers(0, 2**16))
def test_verdicts_of_many_applications_in_any_order_leave_the_same_store(
    kinds: list[int], seed: int
) -> None:
    """Random verdicts of random applications, read by two worlds differently."""
    events: list[Event] = []
    for number, kind in enumerate(kinds):
        one = f"a{number % 4}"
        events.append((submitted(one), judged(one, "barred"), checked(one, "incomplete"))[kind])
    dumps = []
    for draw in (0, seed):
        chair = Chair(draw)
        for event in (*events, published(), closed()):
            chair.world.receive(event, to="nobody")
        chair.world.settle()
        dumps.append(chair.service.dump())
        assert len(chair.rows(Case)) == len(
            {e.application_id for e in events if isinstance(e, type(submitted()))}
        )
    assert dumps[0] == dumps[1]
