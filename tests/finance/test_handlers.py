"""What finance does when review speaks: effect, repeat, refusal, and any order of arrival."""

from itertools import permutations

import pytest

from contracts.event import Event
from contracts.finance import AwardCommitted, BudgetReserved, ReservationReleased
from services.finance.store import AwardWord, CallTerms, Grant
from tests.finance.heard import AWARD, CALL, OTHER_CALL, decided, published, recommended
from tests.finance.office import Office


def test_a_recommended_award_holds_its_money_once() -> None:
    """Heard twice it is held once; the event carries what it was judged by."""
    office = Office()
    office.hears(recommended("a1"))
    before = office.service.dump()
    office.hears(recommended("a1"))

    (event,) = office.events(BudgetReserved)
    assert (event.amount_fen, event.awards_before, event.evidence["award_no"]) == (AWARD, 0, 1)
    assert office.service.dump() == before
    assert office.grant().status == "held"


def test_a_decided_award_is_bound_once() -> None:
    """Heard twice it is committed once, and heard late again it takes nothing back."""
    office = Office()
    office.award("a1")
    before = office.service.dump()
    office.hears(decided("a1"), recommended("a1"))
    assert len(office.events(AwardCommitted)) == 1
    assert office.service.dump() == before


@pytest.mark.parametrize("decision", ["not_awarded", "reserve"])
def test_a_hold_without_an_award_is_given_back_once(decision: str) -> None:
    """Reserve or not awarded: the money is free again, and the reason is kept."""
    office = Office()
    office.hears(recommended("a1"), decided("a1", decision), decided("a1", decision))
    (event,) = office.events(ReservationReleased)
    assert event.reason == decision
    assert f"budget:reserved:{CALL}:a1" not in office.balances()


def test_a_decision_on_an_application_without_a_hold_moves_no_money() -> None:
    """Most applications are never recommended."""
    office = Office()
    before = len(office.service.emitted)
    office.hears(decided("a9", "not_awarded"))
    assert len(office.service.emitted) == before
    assert office.rows(Grant) == []


@pytest.mark.parametrize(
    ("before", "amount_fen", "code"),
    [
        ([recommended("a1")], AWARD + 1, "commitment_exceeds_hold"),
        ([recommended("a1")], 0, "amount_not_positive"),
        ([recommended("a1", amount_fen=1)], AWARD, "award_not_held"),
        ([recommended("a1"), decided("a1", "reserve")], AWARD, "award_not_held"),
        ([], AWARD, "award_not_held"),
    ],
)
def test_an_award_that_does_not_fit_its_hold_waits_for_a_person(
    before: list[Event], amount_fen: int, code: str
) -> None:
    """More than the hold, nothing, or no hold at all: parked with its reason, nothing moved."""
    office = Office()
    office.hears(*before)
    held = office.service.dump()
    office.hears(decided("a1", "awarded", amount_fen))

    (letter,) = office.service.letters
    assert (letter.state, letter.code) == ("parked", code)
    assert office.service.dump() == held


def test_an_awards_money_does_not_depend_on_what_is_heard_first() -> None:
    """The call, the award and the budget in every order: the same hold for the same award."""
    stores = []
    for order in permutations(("call", "award", "budget")):
        office = Office(budget=False, call_id="another")
        for step in order:
            if step == "call":
                office.hears(published())
            elif step == "award":
                office.hears(recommended("a1"), recommended("a2", 2))
            elif office.rows(CallTerms)[-1].call_id == CALL:
                office.budget()
        if not office.events(BudgetReserved):  # a budget is entered once the call is known
            office.budget()
        stores.append(
            {(g.application_id, g.status, g.held_fen, g.award_no) for g in office.rows(Grant)}
        )
        office.check()
    assert all(store == stores[0] for store in stores)


def test_the_order_of_partitions_does_not_matter() -> None:
    """The same events in any interleaving: equal balances, equal grants but for their numbers."""
    stores = []
    for seed in range(8):
        office = Office(seed=seed)
        for n in range(1, 9):
            for event in (
                recommended(f"a{n}", n),
                decided(f"a{n}", "awarded" if n % 3 else "not_awarded"),
            ):
                office.world.receive(event, to="nobody")
        office.hears(published(OTHER_CALL, amount={"min_fen": None, "max_fen": None}))
        office.world.settle()
        grants = {(g.application_id, g.status, g.committed_fen) for g in office.rows(Grant)}
        words = {(w.application_id, w.state, w.amount_fen) for w in office.rows(AwardWord)}
        stores.append((office.balances(), grants, words))
        office.check()
    assert all(store == stores[0] for store in stores)
