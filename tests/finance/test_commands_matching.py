"""What becomes of bank lines: cleared when it is sure, in suspense with an owned break when not."""

from contracts.finance import BreakOpened, BreakResolved, PaymentConfirmed
from tests.finance.heard import AWARD, BANK, OPENING
from tests.finance.office import Office

FIRST = AWARD * 7 // 10


def test_what_is_not_sure_waits_in_suspense_with_a_break() -> None:
    """Wrong payee, wrong amount, a second time, unknown in and out: nothing is cleared by luck."""
    office = Office().ready("a1", "a2", "a3")
    one, two, three = (office.pay(f"a{n}") for n in (1, 2, 3))
    bank = office.bank
    bank.pays(one, counterparty_account="9999")
    bank.pays(two, amount_fen=1 - two.amount_fen)
    bank.pays(three)
    bank.pays(three, "2021-09-10")
    bank.other(777, "来款")
    bank.other(-888, "不明")
    office.read()

    assert office.breaks() == [
        "AMOUNT_MISMATCH", "DUPLICATE", "UNMATCHED_BANK_CREDIT", "UNMATCHED_BANK_DEBIT",
        "WRONG_PAYEE",
    ]  # fmt: skip
    assert office.statuses() == ["instructed", "instructed", "confirmed"]
    assert office.fen(f"cash:suspense_out:{BANK}") == 3 * FIRST - 1 + 888
    assert office.fen(f"cash:suspense_in:{BANK}") == -777
    assert office.the_break("WRONG_PAYEE").application_id == "a1"
    assert office.the_break("WRONG_PAYEE").grantee_id == "society-a1"
    report = office.reconcile("2021-09-30")
    assert (report["reconciled"], report["clean"]) == (True, False)
    office.check()


def test_parts_of_a_payment_in_two_files_clear_it_and_leave_suspense() -> None:
    """The first part waits; the second makes it whole: both are cleared, the break is resolved."""
    office = Office().ready()
    payment = office.pay()
    office.bank.pays(payment, "2021-09-09", amount_fen=-1_000)
    office.read()
    assert (office.breaks(), office.statuses()) == (["AMOUNT_MISMATCH"], ["instructed"])
    office.bank.pays(payment, "2021-10-08", amount_fen=1_000 - FIRST)
    office.read(on="2021-10-31")

    assert (office.breaks(), office.statuses()) == ([], ["confirmed"])
    (resolved,) = office.events(BreakResolved)
    assert resolved.proposed_by == "match-1"
    assert [x["amount_fen"] for x in resolved.lines] == [-1_000]
    assert office.fen(f"cash:suspense_out:{BANK}") == 0
    assert office.fen(f"cash:bank:{BANK}") == OPENING - FIRST
    office.check()


def test_a_return_that_is_read_before_its_payment_is_paired_when_that_comes() -> None:
    """October's file before September's: the credit waits, then payment and return stand."""
    office = Office().ready()
    payment = office.pay()
    office.bank.pays(payment, "2021-09-09")
    september = office.bank.statement()
    office.bank.returns(payment, "2021-10-08")
    office.read(on="2021-10-31")
    assert office.breaks() == ["UNMATCHED_BANK_CREDIT"]
    office.read(september, on="2021-11-01")

    assert (office.statuses(), office.breaks()) == (["returned"], ["RETURN_PASSIVE"])
    assert office.fen(f"cash:suspense_in:{BANK}") == 0
    office.check()


def test_one_line_for_two_payments_confirms_both() -> None:
    """A bulk debit that names both and is their sum."""
    office = Office().ready("a1", "a2")
    one, two = office.pay("a1"), office.pay("a2")
    office.bank.other(-2 * FIRST, f"批量 {one.reference} {two.reference}", "2021-09-09")
    office.read()
    assert office.statuses() == ["confirmed", "confirmed"]
    assert [e.match["rule"] for e in office.events(PaymentConfirmed)] == ["R8", "R8"]
    office.check()


def test_a_second_debit_after_a_return_is_not_an_instruction() -> None:
    """In one file or in two: the obligation stands again, the money left uninstructed."""
    for together in (True, False):
        office = Office().ready()
        payment = office.pay()
        office.bank.pays(payment, "2021-09-09")
        office.bank.returns(payment, "2021-09-10")
        if not together:
            office.read()
        office.bank.pays(payment, "2021-09-13")
        office.read()
        assert office.statuses() == ["returned"]
        assert office.breaks() == ["RETURN_PASSIVE", "UNMATCHED_BANK_DEBIT"]
        assert office.fen("cash:payable:a1:1") == -FIRST
        assert office.reconcile("2021-09-30")["reconciled"]
        office.check()


def test_a_duplicate_that_is_refunded_in_the_same_file_still_stops() -> None:
    """Paid twice, one came back: which one is a question for people, not for the next payment."""
    office = Office().ready()
    payment = office.pay()
    office.bank.pays(payment, "2021-09-09")
    office.bank.pays(payment, "2021-09-10")
    office.bank.returns(payment, "2021-09-13")
    office.read()
    owned = office.breaks()
    assert owned == ["DUPLICATE", "RETURN_PASSIVE"]
    assert office.reconcile("2021-09-30")["reconciled"]
    assert office.breaks() == owned, "a line has one owner"
    office.prepare(on="2021-10-08")
    assert office.refusal(office.instructing("2021-10-08")).code == "stop_break_open"
    office.check()


def test_fees_keep_the_ceiling_of_their_month_over_several_files() -> None:
    """Fees that were booked stay fees; the one too many waits for a person."""
    office = Office()
    for day in range(1, 11):
        office.bank.other(-20_000, "手续费", f"2021-09-{day:02d}")
    office.read(on="2021-09-15")
    office.bank.other(-1, "手续费", "2021-09-20")
    office.read()
    assert office.fen(f"cash:fees:{BANK}") == 200_000
    assert office.breaks() == ["UNMATCHED_BANK_DEBIT"]
    assert office.reconcile("2021-09-30")["reconciled"]


def test_every_break_has_an_owner_and_a_day() -> None:
    """Two working days after 30 September 2021 lie behind the holiday week."""
    office = Office().ready()
    office.bank.pays(office.pay(), amount_fen=-1)
    office.read(on="2021-09-30")
    (event,) = office.events(BreakOpened)
    assert (event.owner, event.due_on) == ("treasurer", "2021-10-09")
    assert event.detail["zh"] != event.detail["en"]
