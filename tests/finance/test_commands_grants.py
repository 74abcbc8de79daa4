"""Agreements, instalments, accepted cost and closing: effect, repeat, refusal."""

from typing import Any

import pytest

from contracts.finance import (
    AgreementSigned,
    ExpenditureAccepted,
    GrantClosed,
    PaymentInstructed,
    TrancheReleased,
)
from contracts.submission import CallAmended
from services.chassis.errors import Conflict, Invalid, NotFound
from services.finance.commands import (
    AcceptExpenditure,
    CloseGrant,
    PreparePayment,
    ReleaseTranche,
    SignAgreement,
)
from services.finance.store import Expenditure, Tranche
from tests.finance.heard import AWARD, CALL, decided, published, recommended
from tests.finance.office import Office

FIRST, SECOND = AWARD * 7 // 10, AWARD * 3 // 10


def signing(name: str = "a1", on: str = "2021-09-06") -> SignAgreement:
    return SignAgreement(name, on, "officer-1")


def accepting(amount_fen: int, line: str = "meeting", report: str = "final") -> AcceptExpenditure:
    return AcceptExpenditure("a1", report, line, amount_fen, "finance-1")


def awarded(amount_fen: int = AWARD) -> Office:
    """An award that is decided, on the day its agreement is signed."""
    office = Office()
    office.award("a1", amount_fen)
    return office.at("2021-09-06")


@pytest.mark.parametrize("amount_fen", [AWARD, 25_000_001, 25_000_009, 34_999_999])
def test_an_agreements_instalments_are_the_award_to_the_fen(amount_fen: int) -> None:
    """Seven tenths rounded down, and the last takes what is left."""
    office = awarded(amount_fen)
    answer = office.repeated(signing())
    (event,) = office.events(AgreementSigned)
    assert [t.amount_fen for t in event.tranches] == [
        amount_fen * 7 // 10,
        amount_fen - amount_fen * 7 // 10,
    ]
    assert answer.body["tranches"] == [t.model_dump() for t in event.tranches]
    office.check()


def test_the_schedule_is_the_one_that_was_approved_with_the_budget() -> None:
    """An amendment of the call afterwards does not change what two people approved."""
    office = awarded()
    office.hears(_amended([{"id": "1", "condition": "agreement_signed", "share_bp": 10_000}]))
    office.at("2021-09-06").ask(signing())
    assert [t.amount_fen for t in office.rows(Tranche)] == [FIRST, SECOND]


def _amended(tranches: list[Any]) -> Any:
    call = published(tranches=tranches).call
    return CallAmended(
        call_id=CALL, call_version=2, call=call, call_sha256="0" * 64, reason="改",
        amended_by="officer-1", amended_at="2021-08-31T09:00:00+08:00",
    )  # fmt: skip


def test_an_agreement_is_refused_before_the_decision_and_in_the_future() -> None:
    """Held money is not yet an award; today may be signed, tomorrow not."""
    office = Office()
    assert office.refusal(signing()).code == "grant_unknown"
    office.hears(recommended("a1"))
    assert office.refusal(signing()).code == "not_committed"
    office.hears(decided("a1"))
    office.at("2021-09-05T23:59:59+08:00")
    assert office.refusal(signing()).code == "day_in_future"
    office.at("2021-09-05T16:00:00Z").ask(signing())  # midnight in China


def test_an_agreement_has_one_day_of_signature() -> None:
    """Signed again on another day is not the same agreement."""
    office = awarded()
    office.ask(signing())
    assert office.refusal(signing(on="2021-09-05")).code == "agreement_signed"


def test_an_instalment_is_released_by_its_own_condition_once() -> None:
    """It becomes authority to pay and an obligation; each condition opens its own instalment."""
    office = awarded()
    office.ask(signing())
    release = ReleaseTranche("a1", 1, "agreement_signed", "officer-1")
    office.repeated(release)
    (event,) = office.events(TrancheReleased)
    assert event.amount_fen == FIRST
    assert office.fen(f"budget:released:{CALL}:a1:1") == -FIRST
    assert office.fen("cash:payable:a1:1") == -FIRST
    assert [t.status for t in office.rows(Tranche)] == ["released", "agreed"]
    office.check()


@pytest.mark.parametrize(
    ("command", "kind", "code"),
    [
        (ReleaseTranche("a1", 1, "acceptance_passed", "o"), Invalid, "condition_differs"),
        (ReleaseTranche("a1", 3, "agreement_signed", "o"), NotFound, "tranche_unknown"),
        (ReleaseTranche("a2", 1, "agreement_signed", "o"), NotFound, "grant_unknown"),
        (PreparePayment("a1", 2, "finance-1"), Conflict, "tranche_not_released"),
        (PreparePayment("a1", 3, "finance-1"), NotFound, "tranche_unknown"),
    ],
)
def test_an_instalment_is_refused(command: Any, kind: type, code: str) -> None:
    """Another condition, another number, another grant."""
    office = awarded()
    office.ask(signing())
    refused = office.refusal(command)
    assert (type(refused), refused.code) == (kind, code)


def test_cost_clears_the_advance_and_each_report_line_counts_once() -> None:
    """The same line again is the same; another report or line is more cost."""
    office = Office().ready()
    office.repeated(accepting(100))
    office.repeated(accepting(200, "travel"))
    office.repeated(accepting(300, report="midterm"))
    assert office.fen("cash:advance:a1") == FIRST - 600
    assert office.fen("cash:accepted:a1:meeting") == 400
    assert len(office.events(ExpenditureAccepted)) == len(office.rows(Expenditure)) == 3
    assert office.refusal(accepting(101)).code == "line_accepted"
    office.check()


def test_cost_is_accepted_up_to_the_last_fen_of_the_advance() -> None:
    """One fen over is refused; the whole is accepted; then nothing more."""
    office = Office().ready()
    assert office.refusal(accepting(FIRST + 1)).code == "advance_exceeded"
    office.ask(accepting(FIRST))
    assert office.refusal(accepting(1, "travel")).code == "advance_exceeded"


def finished() -> Office:
    """Both instalments paid and accounted for."""
    office = Office().ready()
    office.bank.pays(office.pay())
    office.read()
    office.release("a1", 2, "2022-03-20")
    office.bank.pays(office.pay("a1", 2, "2022-03-22"), "2022-03-23")
    office.read(on="2022-03-30")
    office.ask(accepting(AWARD - 1))
    return office


def test_a_grant_closes_only_when_every_account_is_zero() -> None:
    """One fen of advance keeps it open and is named; then it closes, once."""
    office = finished()
    refused = office.refusal(CloseGrant("a1", "finance-1"))
    assert (refused.code, refused.extra["balances"]) == ("grant_open", {"cash:advance:a1": 1})
    office.ask(accepting(1, "travel"))
    office.repeated(CloseGrant("a1", "finance-1"))
    assert len(office.events(GrantClosed)) == 1
    assert office.grant().status == "closed"
    office.check()


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_a_grant_on_its_way_does_not_close(steps: int) -> None:
    """Committed, signed, released, instructed: something is still open at each step."""
    office = awarded()
    way: list[Any] = [
        lambda: office.ask(signing()),
        lambda: (office.register(), office.release()),
        office.pay,
    ]
    for step in way[:steps]:
        step()
    assert office.refusal(CloseGrant("a1", "finance-1")).code == "grant_open"


def test_a_grant_does_not_close_while_a_stopping_break_is_open() -> None:
    """A payment made twice is not forgotten by closing."""
    office = finished()
    office.ask(accepting(1, "travel"))
    instructed = office.events(PaymentInstructed)[0]
    office.bank.pays(instructed, "2022-03-30")
    office.read(on="2022-03-31")
    refused = office.refusal(CloseGrant("a1", "finance-1"))
    assert refused.extra["breaks"] == [office.the_break("DUPLICATE").break_id]
    office.resolve(office.the_break("DUPLICATE").break_id)
    office.close()


def test_a_return_opens_a_closed_grant_again() -> None:
    """In the same year it may be paid again: the obligation stands."""
    office = finished()
    office.ask(accepting(1, "travel"))
    office.close()
    second = office.events(PaymentInstructed)[1]
    office.bank.returns(second, "2022-04-06")
    office.read(on="2022-04-30")

    assert office.grant().status == "contracted"
    assert office.refusal(CloseGrant("a1", "finance-1")).code == "grant_open"
    office.bank.pays(office.pay("a1", 2, "2022-05-06"), "2022-05-07")
    office.read(on="2022-05-31")
    office.close()
    office.check()
