"""Budgets and holds: two people, both caps, rank order, and what becomes of a hold."""

from itertools import permutations
from typing import Any

import pytest

from contracts.finance import (
    AwardCommitted,
    BudgetApproved,
    BudgetReserved,
    ReservationRefused,
    ReservationReleased,
)
from services.chassis.causes import Ask
from services.chassis.errors import Conflict, NotFound
from services.finance.commands import ApproveBudget, EnterBudget
from services.finance.store import Budget, CallTally, Grant
from tests.finance.heard import AWARD, BUDGET, CALL, OTHER_CALL, decided, published, recommended
from tests.finance.office import Office


def entering(amount_fen: int = BUDGET, by: str = "finance-1", call_id: str = CALL) -> EnterBudget:
    return EnterBudget(call_id, amount_fen, by)


def approving(
    amount_fen: int = BUDGET, by: str = "finance-2", call_id: str = CALL
) -> ApproveBudget:
    return ApproveBudget(call_id, amount_fen, by)


def test_a_budget_is_entered_by_one_and_approved_by_another() -> None:
    """Each half repeated is answered the same; the event names both and the schedule."""
    office = Office(budget=False)
    assert office.repeated(entering()).body["status"] == "entered"
    assert office.rows(Budget) == []
    assert office.repeated(approving()).body["status"] == "approved"

    (event,) = office.events(BudgetApproved)
    assert (event.entered_by, event.approved_by) == ("finance-1", "finance-2")
    assert (event.amount_fen, event.awards_max) == (BUDGET, 30)
    assert [t["share_bp"] for t in event.tranches] == [7000, 3000]
    assert office.balances() == {
        f"budget:appropriation:{CALL}": BUDGET,
        f"budget:available:{CALL}": -BUDGET,
    }
    office.check()


@pytest.mark.parametrize(
    ("command", "kind", "code"),
    [
        (entering(call_id="unheard"), NotFound, "call_unknown"),
        (approving(call_id="unheard"), NotFound, "call_unknown"),
        (approving(by="finance-1"), Conflict, "same_person"),
        (approving(amount_fen=BUDGET + 1), Conflict, "budget_differs"),
    ],
)
def test_a_budget_is_refused(command: Any, kind: type, code: str) -> None:
    """An unknown call, the same person, or one fen more than was entered."""
    office = Office(budget=False)
    office.ask(entering())
    refused = office.refusal(command)
    assert (type(refused), refused.code) == (kind, code)


def test_nothing_is_approved_that_nobody_entered() -> None:
    """The approver's word alone is no budget."""
    assert Office(budget=False).refusal(approving()).code == "budget_not_entered"


def test_entering_again_replaces_the_figure_until_it_is_approved() -> None:
    """Whoever entered last may not approve; after the approval the figure stands."""
    office = Office(budget=False)
    office.ask(entering(1))
    office.ask(entering(BUDGET, "finance-2"))
    assert office.refusal(approving()).code == "same_person"
    office.ask(approving(by="finance-1"))

    assert office.repeated(entering()).status == 201
    for command in (entering(1), approving(1)):
        assert office.refusal(command).code == "budget_approved"
    assert [b.amount_fen for b in office.rows(Budget)] == [BUDGET]


def test_awards_that_came_before_the_budget_are_served_in_rank_order() -> None:
    """Whatever order they arrived in: two fit, the third does not, one fen short."""
    names = {1: "a3", 2: "a1", 3: "a2"}
    for ranks in permutations(names):
        office = Office(budget=False)
        office.hears(*(recommended(names[rank], rank) for rank in ranks))
        assert office.rows(Grant) == []
        office.budget(3 * AWARD - 1)

        held = {g.application_id: (g.status, g.award_no) for g in office.rows(Grant)}
        assert held == {"a3": ("held", 1), "a1": ("held", 2), "a2": ("refused", 0)}
        (refused,) = office.events(ReservationRefused)
        assert [r.code for r in refused.reasons] == ["budget_exceeded"]
        office.check()


def test_an_award_decided_before_the_budget_is_held_and_bound_by_its_approval() -> None:
    """Nothing is lost by an approval that comes last."""
    office = Office(budget=False)
    office.award("a1")
    office.hears(recommended("a2", 2), decided("a2", "reserve"))
    office.budget()

    assert [g.status for g in office.rows(Grant)] == ["committed"]
    assert office.grant("a1").committed_fen == AWARD
    office.check()


def test_the_last_fen_and_the_last_place_are_given() -> None:
    """One fen or one award more is refused, with the figures it was judged by."""
    office = Office(budget=False, quota={"awards_max": 2})
    office.budget(2 * AWARD)
    office.hears(recommended("a1"), recommended("a2"), recommended("a3"))

    assert [g.status for g in office.rows(Grant)] == ["held", "held", "refused"]
    (refused,) = office.events(ReservationRefused)
    assert [r.code for r in refused.reasons] == ["budget_exceeded", "awards_exhausted"]
    assert (refused.free_fen, refused.awards_before) == (0, 2)
    office.check()


@pytest.mark.parametrize(
    ("amount_fen", "status"),
    [(25_000_000, "held"), (24_999_999, "refused"), (35_000_000, "held"), (35_000_001, "refused")],
)
def test_an_amount_outside_the_calls_range_is_refused(amount_fen: int, status: str) -> None:
    """About 300,000 yuan is a range: its ends are in, one fen beyond is out."""
    office = Office()
    office.hears(recommended("a1", amount_fen=amount_fen))
    assert office.grant().status == status


@pytest.mark.parametrize("grouped", [True, False])
def test_four_hundred_and_forty_racing_awards_for_thirty_places_hold_exactly_thirty(
    grouped: bool,
) -> None:
    """One by one, or in whatever groups the log hands them over."""
    office = Office(seed=7)
    events = [recommended(f"a{n:03d}", n) for n in range(1, 441)]
    for event in events:
        office.world.receive(event, to="nobody" if grouped else "")
    office.world.settle()

    statuses = [g.status for g in office.rows(Grant)]
    assert (statuses.count("held"), statuses.count("refused")) == (30, 410)
    (tally,) = [t for t in office.rows(CallTally) if t.call_id == CALL]
    assert tally.holds == 30
    assert office.fen(f"budget:available:{CALL}") == 0
    assert sorted(e.evidence["award_no"] for e in office.events(BudgetReserved)) == [*range(1, 31)]
    office.check()


def test_a_hold_that_is_let_go_makes_room_for_one_more() -> None:
    """Not awarded gives the money and the place back, once."""
    office = Office(budget=False, quota={"awards_max": 1})
    office.budget(AWARD)
    office.hears(recommended("a1"), recommended("a2"))
    office.hears(decided("a1", "not_awarded"), decided("a1", "not_awarded"))
    office.hears(recommended("a3"))

    assert [g.status for g in office.rows(Grant)] == ["released", "refused", "held"]
    (released,) = office.events(ReservationReleased)
    assert (released.amount_fen, released.reason) == (AWARD, "not_awarded")
    office.check()


def test_award_numbers_are_given_once_over_all_calls() -> None:
    """Two calls in one year never use one payment reference twice."""
    office = Office()
    office.hears(published(OTHER_CALL))
    office.ask(entering(call_id=OTHER_CALL))
    office.ask(approving(call_id=OTHER_CALL))
    office.hears(recommended("a1"), recommended("b1", call_id=OTHER_CALL), recommended("a2"))
    assert [g.award_no for g in office.rows(Grant)] == [1, 3, 2]


def test_people_and_events_in_one_group_see_each_other() -> None:
    """An approval and two awards in one commit: the awards come after it, or wait for it."""
    office = Office(budget=False)
    office.ask(entering(AWARD))
    now = office.world.clock.now()
    office.world.receive(recommended("a1", 2), to="nobody")
    office.world.receive(recommended("a2", 1), to="nobody")
    office.service.handle([Ask("approval", approving(AWARD), now, "")])
    office.world.settle()
    assert sorted(g.status for g in office.rows(Grant)) == ["held", "refused"]
    office.check()


def test_a_commitment_takes_at_most_the_hold_and_frees_the_rest() -> None:
    """One fen less frees one fen."""
    office = Office()
    office.hears(recommended("a1"), decided("a1", "awarded", AWARD - 1))
    (event,) = office.events(AwardCommitted)
    assert (event.amount_fen, event.held_fen) == (AWARD - 1, AWARD)
    assert office.fen(f"budget:available:{CALL}") == -(BUDGET - AWARD + 1)
    assert office.fen(f"budget:reserved:{CALL}:a1") == 0
    office.check()
