"""Breaks: explained by one, approved by another; lines leave suspense against each other."""

from typing import Any

import pytest

from contracts.finance import BreakResolved, PaymentConfirmed, PaymentReturned
from services.chassis.errors import Conflict, Invalid, NotFound
from services.finance.commands import MatchAgain, ProposeResolution, ResolveBreak
from services.finance.store import Break
from tests.finance.heard import AWARD, BANK, CALL
from tests.finance.office import Office

FIRST = AWARD * 7 // 10


def suspended(*amounts: int) -> Office:
    """Unexplained lines on days of their own."""
    office = Office()
    for day, fen in enumerate(amounts, 10):
        office.bank.other(fen, "不明", f"2021-09-{day}")
    office.read()
    return office


def lines(office: Office) -> dict[int, str]:
    """Suspended lines by amount."""
    return {b.amount_fen if b.code.endswith("CREDIT") else -b.amount_fen: b.detail["lines"][0]
            for b in office.rows(Break)}  # fmt: skip


def by_line(office: Office, line: str) -> str:
    """The break that carries a line."""
    return str(next(b.break_id for b in office.rows(Break) if line in b.detail["lines"]))


def proposing(break_id: str, by: str = "finance-1", **clears: Any) -> ProposeResolution:
    return ProposeResolution(CALL, break_id, "已查明", by, **clears)


def approving(break_id: str, by: str = "treasurer-1", **said: str) -> ResolveBreak:
    return ResolveBreak(CALL, break_id, said.pop("words", "已查明"), by, **said)


def test_one_person_explains_and_another_approves() -> None:
    """Each half repeated is answered the same; words alone move no money."""
    office = suspended(777)
    found = office.the_break("UNMATCHED_BANK_CREDIT").break_id
    balances = office.balances()
    office.repeated(proposing(found))
    assert office.breaks() == ["UNMATCHED_BANK_CREDIT"]
    office.repeated(approving(found))

    (event,) = office.events(BreakResolved)
    assert (event.proposed_by, event.approved_by) == ("finance-1", "treasurer-1")
    assert (event.lines, event.match) == ((), {})
    assert office.balances() == balances
    assert office.breaks("resolved") == ["UNMATCHED_BANK_CREDIT"]
    assert office.reconcile("2021-09-30")["reconciled"]
    office.check()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (lambda b: approving(b, by="finance-1"), "same_person"),
        (lambda b: approving(b, words="别的"), "resolution_differs"),
        (lambda b: approving(b, proposed_by="finance-9"), "resolution_differs"),
        (lambda b: ResolveBreak("other", b, "已查明", "treasurer-1"), "break_unknown"),
        (lambda _: approving("nothing"), "break_unknown"),
        (lambda _: proposing("nothing"), "break_unknown"),
    ],
)
def test_nobody_approves_their_own_words_or_other_words(command: Any, code: str) -> None:
    """The proposer's name is what the service recorded, not what the approver says."""
    office = suspended(777)
    found = office.the_break("UNMATCHED_BANK_CREDIT").break_id
    office.ask(proposing(found))
    refused = office.refusal(command(found))
    assert refused.code == code
    assert isinstance(refused, NotFound if code == "break_unknown" else Conflict)


def test_a_break_nobody_explained_is_not_resolved_and_a_resolved_one_stays() -> None:
    """Naming somebody as the proposer does not make a proposal."""
    office = suspended(777)
    found = office.the_break("UNMATCHED_BANK_CREDIT").break_id
    assert office.refusal(approving(found)).code == "resolution_not_proposed"
    refused = office.refusal(approving(found, proposed_by="finance-1"))
    assert refused.code == "resolution_not_proposed"
    office.resolve(found)
    assert office.refusal(proposing(found)).code == "break_resolved"
    assert office.refusal(approving(found, words="别的")).code == "break_resolved"


def test_a_line_that_was_sent_back_settles_the_suspended_one() -> None:
    """In and out again: both leave suspense, both breaks are resolved, the books are clean."""
    office = suspended(777, -777)
    found = lines(office)
    clears = tuple(found.values())
    office.resolve(by_line(office, found[777]), lines=clears)

    assert (office.breaks(), len(office.events(BreakResolved))) == ([], 2)
    assert office.fen(f"cash:suspense_in:{BANK}") == office.fen(f"cash:suspense_out:{BANK}") == 0
    report = office.reconcile("2021-09-30")
    assert (report["reconciled"], report["clean"]) == (True, True)
    assert report["matched_by_rule"] == {"PERSON": 1}
    office.check()


@pytest.mark.parametrize(
    "clears",
    [
        lambda f: {"lines": (f[777], f[-776])},  # one fen apart
        lambda f: {"lines": (f[777], f[777])},  # the same line twice
        lambda f: {"lines": (f[-777],)},  # not this break's
        lambda f: {"lines": (f[777], "0" * 20 + "-1")},  # no such line
        lambda _: {"payment_id": "p"},  # a payment without lines
        lambda f: {"lines": (f[777],), "payment_id": "p"},  # no such payment
    ],
)
def test_lines_that_do_not_clear_each_other_are_refused(clears: Any) -> None:
    """Nothing is proposed that could not be approved."""
    office = suspended(777, -776, -777)
    found = lines(office)
    refused = office.refusal(proposing(by_line(office, found[777]), **clears(found)))
    assert (type(refused), refused.code) == (Invalid, "lines_unfit")


def test_a_line_is_cleared_once() -> None:
    """What was proposed is judged again when it is approved."""
    office = suspended(777, -777, 777)
    found = lines(office)
    (first, second) = (b for b in office.rows(Break) if b.code == "UNMATCHED_BANK_CREDIT")
    for one in (first, second):
        clears = (one.detail["lines"][0], found[-777])
        office.ask(proposing(one.break_id, lines=clears))
    office.ask(approving(first.break_id))
    assert office.refusal(approving(second.break_id)).code == "lines_unfit"
    office.check()


def test_two_people_may_say_which_payment_a_line_is() -> None:
    """A wrong account written by the bank: their word confirms it, the report goes on saying so."""
    office = Office().ready()
    payment = office.pay()
    office.bank.pays(payment, counterparty_account="9999")
    office.read()
    found = office.the_break("WRONG_PAYEE")
    clears: dict[str, Any] = {
        "lines": tuple(found.detail["lines"]),
        "payment_id": payment.payment_id,
    }
    office.resolve(found.break_id, **clears)

    (event,) = office.events(PaymentConfirmed)
    assert (event.match["rule"], event.booked_on) == ("PERSON", "2021-09-09")
    assert office.statuses() == ["confirmed"]
    assert office.fen(f"cash:suspense_out:{BANK}") == 0
    assert office.fen(f"cash:bank:{BANK}") == 10**9 - FIRST
    assert (office.breaks(), office.breaks("resolved")) == ([], ["WRONG_PAYEE"])
    report = office.reconcile("2021-09-30")
    assert [b["code"] for b in report["breaks"]] == ["WRONG_PAYEE"]
    assert (report["reconciled"], office.breaks()) == (True, [])
    office.check()


def test_two_people_may_say_which_payment_came_back() -> None:
    """A credit without a name on it is the return of a payment that is at the bank already."""
    office = Office().ready()
    payment = office.pay()
    office.bank.pays(payment)
    office.bank.other(FIRST, "来款", "2021-09-20")
    office.bank.other(FIRST, "来款", "2021-09-08")
    office.read()
    late, early = (
        next(b for b in office.rows(Break) if b.detail["lines"] == [x])
        for x in _credits(office, "2021-09-20", "2021-09-08")
    )
    before = proposing(
        early.break_id, lines=tuple(early.detail["lines"]), payment_id=payment.payment_id
    )
    assert office.refusal(before).code == "lines_unfit"  # nothing comes back before it left
    office.resolve(late.break_id, lines=tuple(late.detail["lines"]), payment_id=payment.payment_id)
    assert len(office.events(PaymentReturned)) == 1
    assert office.statuses() == ["returned"]
    office.check()


def _credits(office: Office, *days: str) -> list[str]:
    booked = {x.booked_on.isoformat(): x.id for s in office.books().statements for x in s.lines
              if x.amount_fen > 0}  # fmt: skip
    return [booked[day] for day in days]


def test_a_stopping_break_blocks_its_grantee_and_nobody_else() -> None:
    """Until two people resolve it."""
    office = Office().ready("a1", "a2")
    one = office.pay("a1")
    office.bank.pays(one)
    office.bank.pays(one, "2021-09-10")
    office.read()
    for name in ("a1", "a2"):
        office.at("2022-03-20")
        office.release(name, 2, "2022-03-20")
        office.prepare(name, 2, "2022-03-22")
    refused = office.refusal(office.instructing("2022-03-22", name="a1", number=2))
    assert refused.code == "stop_break_open"
    office.prepare("a2", 1, "2022-03-22")
    office.instruct("a2", 2, "2022-03-22")
    office.resolve(office.the_break("DUPLICATE").break_id)
    office.instruct("a1", 2, "2022-03-22")
    office.check()


def test_matching_again_takes_a_line_that_came_before_its_instruction() -> None:
    """Paid by the bank in the morning, instructed at noon: known once it is asked."""
    office = Office().ready()
    office.bank.other(
        -FIRST, "拨款", "2021-09-08", counterparty_account="6222A1", counterparty_name="虚构学会a1"
    )
    office.read(on="2021-09-08T11:00:00+08:00")
    office.pay()
    assert office.statuses() == ["instructed"]
    first = office.match_again()
    assert [m["rule"] for m in first.body["matched"]] == ["R6"]
    before = office.service.dump()
    assert office.match_again().body["matched"] == []
    assert office.service.dump() == before
    assert (office.statuses(), office.breaks()) == (["confirmed"], [])
    office.check()


def test_what_a_person_may_confirm_is_shown() -> None:
    """Two tranches of one amount to one account are told apart by nobody but people."""
    office = Office().ready("a1")
    payment = office.pay()
    office.bank.other(1 - FIRST, "拨款", "2021-09-09", counterparty_account=payment.payee_account)
    office.bank.other(-1, "拨款", "2021-09-10", counterparty_account=payment.payee_account)
    office.read()
    (proposal,) = office.match_again().body["proposals"]
    assert (proposal["rule"], proposal["payments"]) == ("R7", [payment.payment_id])
    found = by_line(office, proposal["lines"][0])
    clears: dict[str, Any] = {"lines": tuple(proposal["lines"]), "payment_id": payment.payment_id}
    office.resolve(found, **clears)
    assert (office.statuses(), office.breaks()) == (["confirmed"], [])
    office.check()


def test_matching_an_unknown_call_is_refused() -> None:
    """Nobody's books."""
    refused = Office().refusal(MatchAgain("unheard", "treasurer-1"))
    assert isinstance(refused, NotFound)
