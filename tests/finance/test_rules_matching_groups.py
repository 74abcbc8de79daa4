"""Matching many to one: parts, batches, names, fees, and what stays open until when."""

from dataclasses import replace
from datetime import date, timedelta

from services.finance.rules.bank import BankLine
from services.finance.rules.bank.statement import statement_of
from services.finance.rules.matching import Instruction, Match, MatchPolicy, match
from services.finance.rules.working_days import CutOff, WorkCalendar
from tests.finance.bank_lines import AT, DAY, FEN, codes, debit, pay, rules, run

P = pay()


def test_parts_with_the_reference_clear_when_they_add_up_in_one_way() -> None:
    """Two to four parts; a fifth is too many; one fen off is a mismatch."""
    parts = [debit(P, amount_fen=-fen) for fen in (FEN - 3, 2, 1)]
    assert rules(run([P], parts)) == ["R7"]

    off = [debit(P, amount_fen=-fen) for fen in (FEN - 3, 2)]
    assert codes(run([P], off)) == ["AMOUNT_MISMATCH", "AMOUNT_MISMATCH"]

    five = [debit(P, amount_fen=-fen) for fen in (FEN - 10, 1, 2, 3, 4)]
    assert rules(run([P], five)) == []


def test_parts_without_the_reference_are_only_proposed() -> None:
    """Same payee account, exact sum, one solution: a person confirms."""
    outcome = run([P], [debit(P, amount_fen=-fen, text="") for fen in (FEN - 5, 5)])

    assert outcome.matches == ()
    assert [one.rule for one in outcome.proposals] == ["R7"]
    assert len(outcome.proposals[0].lines) == 2


def batch(size: int, fen: int = FEN) -> list[Instruction]:
    """Instructions of one batch file with different amounts."""
    return [pay(n, batch_id="B7", amount_fen=fen + n * n) for n in range(1, size + 1)]


def bulk(payments: list[Instruction], **facts: object) -> BankLine:
    """One line for all of them, without a payee."""
    total = sum(payment.amount_fen for payment in payments)
    blank = {"counterparty_account": "", "counterparty_name": "", "text": "代发"}
    return debit(P, **(blank | {"amount_fen": -total, "batch_id": "B7"} | facts))


def test_a_bulk_line_with_its_batch_id_clears_the_whole_batch() -> None:
    """One line, three payments, exact to the fen; one fen off clears none."""
    payments = batch(3)
    exact = run(payments, [bulk(payments)])
    off = run(payments, [bulk(payments, amount_fen=-3 * FEN)])

    assert rules(exact) == ["R8"]
    assert exact.matches[0].payments == ("p1", "p2", "p3")
    assert off.matches == ()


def test_a_bulk_line_that_names_its_payments_clears_them() -> None:
    """Every reference in the text and the exact sum."""
    payments = batch(2)
    text = " ".join(payment.reference for payment in payments)

    assert rules(run(payments, [bulk(payments, text=text, batch_id="")])) == ["R8"]


def test_a_bulk_line_without_an_id_is_proposed_when_one_subset_fits() -> None:
    """Three of five by exact sum; equal amounts fit in many ways and are ambiguous."""
    payments = batch(5)
    one_way = run(payments, [bulk(payments[1:4], batch_id="")])
    equal = [replace(payment, amount_fen=FEN) for payment in payments]
    many_ways = run(equal, [bulk(equal[:3], batch_id="")])

    assert one_way.matches == ()
    assert [one.payments for one in one_way.proposals] == [("p2", "p3", "p4")]
    assert many_ways.proposals == ()
    assert "BULK_AMBIGUOUS" in codes(many_ways)


def test_a_like_name_is_proposed_and_never_cleared() -> None:
    """No reference, no account: the best name on both sides, ranked with its parts."""
    other = pay(2, payee_name="中国另外研究会")
    facts: dict[str, object] = {
        "text": "",
        "counterparty_account": "",
        "counterparty_name": "中国虚构第１学会(北京)",
    }
    outcome = run([P, other], [debit(P, **facts)])

    assert outcome.matches == ()
    assert [(one.rule, one.payments) for one in outcome.proposals] == [("R9", ("p1",))]
    assert outcome.proposals[0].score == sum(points for _, points in outcome.proposals[0].parts)


def test_fees_and_interest_clear_within_their_caps() -> None:
    """The last fen of the line cap clears; one more, or a month over its cap, does not."""
    fee = BankLine(0, DAY, -20_000, text="手续费")
    interest = BankLine(0, DAY, 500, text="结息")

    assert [one.kind for one in run([], [fee, interest]).matches] == ["fee", "interest"] or [
        one.kind for one in run([], [fee, interest]).matches
    ] == ["interest", "fee"]
    assert run([], [replace(fee, amount_fen=-20_001)]).matches == ()
    assert run([], [replace(fee, bank_reference=str(n)) for n in range(11)]).matches == ()
    assert len(run([], [replace(fee, bank_reference=str(n)) for n in range(10)]).matches) == 10


def test_a_payment_not_yet_seen_is_in_time_for_seven_days() -> None:
    """At cut-off: the seventh day is TIMING, the eighth is UNMATCHED_PAYMENT."""
    for days, code in ((7, "TIMING"), (8, "UNMATCHED_PAYMENT")):
        at = CutOff(DAY + timedelta(days=days))
        (found,) = match([P], [], at).breaks
        assert (found.code, found.carried.transit_fen) == (code, FEN)


def test_a_break_is_due_in_working_days_of_the_calendar() -> None:
    """Two working days from Thursday 30 September 2021 lie after the holiday week."""
    holidays = frozenset(date(2021, 10, day) for day in range(1, 8))
    calendar = WorkCalendar(holidays, frozenset({date(2021, 9, 26), date(2021, 10, 9)}))
    (found,) = match([P], [], CutOff(date(2021, 9, 30), calendar)).breaks

    assert found.due_on == date(2021, 10, 9)


def test_a_match_signed_off_before_stands() -> None:
    """A person's match is kept, and a further debit of the same payment is a duplicate."""
    first = debit(P, text="", counterparty_account="")
    numbered = statement_of("0200", 0, -2 * FEN, [first, debit(P)]).lines
    person = Match("PERSON", "payment", ("p1",), (numbered[0].id,), FEN, (("by", "zhang"),))
    outcome = match([P], numbered, AT, None, (person,))

    assert outcome.matches == (person,)
    assert codes(outcome) == ["DUPLICATE"]


def test_the_policy_is_the_only_place_of_limits() -> None:
    """A narrower window changes what clears."""
    line = statement_of("0200", 0, -FEN, [debit(P, text="")]).lines

    assert len(match([P], line, AT, MatchPolicy(window_days=1)).matches) == 1
    assert match([P], line, AT, MatchPolicy(window_days=0)).matches == ()
