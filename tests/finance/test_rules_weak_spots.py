"""Eleven ways other ledgers and reconcilers go wrong, and ours may not (finance model 1.3)."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest

import services.finance.rules
from services.finance.rules import entries as book
from services.finance.rules.bank import BankLine, parse_statement
from services.finance.rules.entries import Instalment
from services.finance.rules.journal import posted
from services.finance.rules.money import split
from services.finance.rules.payment import PaymentRequest, payment_blocks
from services.finance.rules.reconcile import report
from services.finance.rules.refusal import Refused
from services.finance.rules.reserve import ReservePolicy, accept_cost, reserve
from tests.finance.bank_lines import DAY, FEN, codes, debit, pay, run
from tests.finance.books import books, stamp

RULES = Path(services.finance.rules.__file__).parent


def test_w1_two_identical_bank_lines_clear_one_payment_once() -> None:
    """Exactly one is cleared, the other is a DUPLICATE; with or without a reference on it."""
    for facts in ({}, {"text": ""}):
        outcome = run([pay()], [debit(pay(), **facts), debit(pay(), **facts)])
        assert [one.payments for one in outcome.matches] == [("p1",)]
        assert codes(outcome) == ["DUPLICATE"]


def test_w2_equal_totals_do_not_hide_two_breaks() -> None:
    """One payment missing and one foreign debit of the same size: the totals agree, we do not."""
    stray = BankLine(0, DAY, -FEN, counterparty_account="9", text="x")
    outcome = report(books(2, confirmed=[1], lines=[debit(pay(1)), stray]))

    assert sorted(one.code for one in outcome.breaks) == [
        "UNMATCHED_BANK_DEBIT",
        "UNMATCHED_PAYMENT",
    ]
    compared = outcome.comparisons[2]
    assert compared.left_fen == compared.right_fen
    assert not compared.agreed


def test_w3_one_fen_over_the_budget_is_refused_for_everyone() -> None:
    """The rule takes no role and no override: there is nothing to bypass it with."""
    assert isinstance(reserve(FEN - 1, FEN, 0, 30, ReservePolicy()), Refused)
    assert not isinstance(reserve(FEN, FEN, 0, 30, ReservePolicy()), Refused)


def test_w4_payments_never_pass_what_was_released() -> None:
    """The tranche paid in full blocks one fen more."""
    request = PaymentRequest(1, DAY, "", "a", "b", None, DAY, FEN, FEN)
    assert "payment_exceeds_tranche" in [block.code for block in payment_blocks(request)]


def test_w5_one_fen_over_a_line_is_refused_and_an_unreadable_cell_is_an_error() -> None:
    """Nothing is rounded before comparing, no cell is skipped."""
    assert isinstance(accept_cost(FEN, FEN - 50, 51), Refused)
    file = "账号,1\n期初余额,0\n期末余额,0\n日期,金额\n2021-08-02,n/a\n"
    assert "AMOUNT_UNREADABLE" in [p.code for p in parse_statement(file.encode()).problems]


def test_w6_two_valid_splits_are_never_chosen_between() -> None:
    """300 as 100 + 200a or 100 + 200b: SPLIT_AMBIGUOUS, nothing cleared."""
    lines = [debit(pay(), amount_fen=-FEN // 3)] + [
        debit(pay(), amount_fen=-2 * FEN // 3, bank_reference=name) for name in "ab"
    ]
    outcome = run([pay()], lines)

    assert outcome.matches == ()
    assert codes(outcome) == ["SPLIT_AMBIGUOUS"]


def test_w7_a_zero_weight_receives_zero() -> None:
    """Spare fen go to the largest remainders, never to a share of nothing."""
    assert split(100, [0, 1, 1, 1]) == (0, 34, 33, 33)


def test_w8_no_line_and_no_payment_is_matched_twice() -> None:
    """Thirty equal amounts, sixty equal lines without references: no first-come pairs."""
    payments = [pay(n) for n in range(1, 31)]
    lines = [debit(p, text="", booked_on=DAY + timedelta(days=d)) for p in payments for d in (1, 2)]
    outcome = run(payments, lines)
    used = [x for one in outcome.matches for x in (*one.payments, *one.lines)]

    assert len(used) == len(set(used))
    assert outcome.matches == ()
    assert codes(outcome).count("DUPLICATE") == 30


def test_w9_a_replayed_event_leaves_the_same_books() -> None:
    """Entries keyed by their ids: three replays, one posting."""
    of = Instalment("c1", "a1", "t1")
    replays = [book.tranche_released(stamp("e1"), of=of, amount_fen=FEN) for _ in range(3)]
    journal = {entry.id: entry for entries in replays for entry in entries}

    assert posted({}, journal.values()) == posted({}, replays[0])


def test_w10_a_line_is_allocated_exactly_its_amount() -> None:
    """What a match claims is what its lines are, to the fen, whole and in parts."""
    parts = [debit(pay(), amount_fen=-fen) for fen in (FEN - 7, 7)]
    for lines in ([debit(pay())], parts):
        (found,) = run([pay()], lines).matches
        assert found.amount_fen == sum(-line.amount_fen for line in lines) == FEN


def test_w11_a_tie_is_ambiguous_and_no_float_is_in_the_code_path() -> None:
    """Equal names propose nothing; the syntax tree of every rule is free of inexact numbers."""
    twins = [pay(n, payee_name="中国虚构学会") for n in (1, 2)]
    blank = {"text": "", "counterparty_account": ""}
    outcome = run(twins, [debit(twins[0], **blank)])

    assert outcome.matches == ()
    assert outcome.proposals == ()
    assert [path for path in sorted(RULES.rglob("*.py")) if _inexact(path.read_text("utf-8"))] == []


def _inexact(source: str) -> list[str]:
    """Float literals, true division, and the names float, round and Decimal-from-number."""
    nodes = list(ast.walk(ast.parse(source)))
    names = [n.id for n in nodes if isinstance(n, ast.Name) and n.id in {"float", "round", "math"}]
    literals = [
        str(n.value) for n in nodes if isinstance(n, ast.Constant) and type(n.value) is float
    ]
    divisions = [
        "/" for n in nodes if isinstance(n, ast.BinOp | ast.AugAssign) and isinstance(n.op, ast.Div)
    ]
    return names + literals + divisions


@pytest.mark.parametrize("source", ["x = 0.5", "x = 1 / 2", "x /= 2", "round(x)", "float(x)"])
def test_the_check_for_inexact_numbers_bites(source: str) -> None:
    """A guard is trusted only after it has been seen to fail."""
    assert _inexact(source)
