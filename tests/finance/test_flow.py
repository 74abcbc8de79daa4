"""A season of grants from budget to closed books, with what goes wrong on the way."""

from contracts.finance import BudgetReserved, ReconciliationSigned, ReservationRefused
from services.finance.main import SERVICE
from services.finance.store import Grant
from tests.finance.heard import AWARD, BANK, BUDGET, CALL, OPENING
from tests.finance.office import Office

FIRST, SECOND = AWARD * 7 // 10, AWARD * 3 // 10
NAMES = tuple(f"a{n}" for n in range(1, 7))


def played() -> Office:
    """Six awards: one is returned and paid again, a fee, interest, and everything closed."""
    office = Office().ready(*NAMES)
    paid = {name: office.pay(name) for name in NAMES}
    for name in NAMES:
        office.bank.pays(paid[name])
    office.bank.returns(paid["a2"])
    office.bank.other(-3_000, "账户管理费")
    office.read()
    office.register("a2", "6228A2", "2021-10-08")
    office.bank.pays(office.pay("a2", on="2021-10-11"), "2021-10-12")
    office.bank.other(12_345, "结息", "2021-10-20")
    office.read(on="2021-10-31")
    for name in NAMES:
        office.release(name, 2, "2022-03-20")
    for name in NAMES:
        office.bank.pays(office.pay(name, 2, "2022-03-22"), "2022-03-23")
    office.read(on="2022-03-30")
    for name in NAMES:
        office.account_for(name, AWARD)
        office.close(name)
    return office


def test_a_season_ends_with_books_that_reconcile_to_the_fen() -> None:
    """Every award is paid once in full, what is left is where it belongs, nothing is open."""
    office = played()
    office.resolve(office.the_break("RETURN_PASSIVE").break_id)
    report = office.reconcile("2022-03-31")

    assert (report["reconciled"], report["unexplained_fen"], report["breaks"]) == (True, 0, [])
    assert report["clean"] is True
    assert office.fen(f"cash:bank:{BANK}") == OPENING - 6 * AWARD - 3_000 + 12_345
    assert office.fen(f"budget:available:{CALL}") == -(BUDGET - 6 * AWARD)
    assert {g.status for g in office.rows(Grant)} == {"closed"}
    assert office.statuses().count("returned") == 1
    assert office.statuses().count("confirmed") == 12
    office.check()


def test_the_laws_hold_after_every_event_of_a_season() -> None:
    """In the order of commitment: no account below zero, nothing made or lost at any prefix."""
    broken = {event.TYPE: found for event, found in played().prefixes() if found}
    assert broken == {}


def test_every_decision_is_derived_again_from_its_own_event() -> None:
    """Holds, refusals and the signed report, from the evidence each event carries."""
    office = played()
    office.reconcile("2022-03-31")
    office.award("a7", 36_000_000)
    seen = set()
    for event in office.service.emitted:
        again = SERVICE.rederive.get(type(event))
        if again is not None:
            seen.add(type(event))
            said = event.model_dump(mode="json")
            derived = again(type(event).model_validate_json(event.to_json()))
            assert {k: said[k] for k in derived} == derived
    assert seen == {BudgetReserved, ReservationRefused, ReconciliationSigned}
