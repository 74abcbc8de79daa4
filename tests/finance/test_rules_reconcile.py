"""Reconciliation: every fen explained, and no agreement by equal totals."""

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.finance.rules import entries as book
from services.finance.rules.bank import BankLine, Statement
from services.finance.rules.bank.statement import statement_of
from services.finance.rules.canonical import to_json
from services.finance.rules.chain import chains
from services.finance.rules.comparisons import Books
from services.finance.rules.journal import posted
from services.finance.rules.reconcile import Reconciliation, report
from tests.finance.bank_lines import DAY, FEN, debit, pay
from tests.finance.books import OPENING, books, stamp


def codes(outcome: Reconciliation) -> list[str]:
    """The codes of the open breaks."""
    return sorted(one.code for one in outcome.breaks)


def test_a_call_kept_by_the_book_reconciles_to_the_fen() -> None:
    """Three awards paid and booked: no difference, no break, everything explained."""
    outcome = report(books(3))

    assert outcome.clean
    assert outcome.reconciled
    assert outcome.unexplained_fen == outcome.trial_balance_fen == outcome.in_transit_fen == 0
    assert outcome.explained_ratio == 1
    assert outcome.gross_moved_fen == 3 * FEN
    assert outcome.matched_by_rule == {"R5": 3}
    assert [position.difference_fen for position in outcome.positions] == [0]
    assert all(comparison.agreed for comparison in outcome.comparisons)


def test_an_outstanding_payment_is_explained_by_its_break() -> None:
    """Instructed, not at the bank: reconciled, not clean; the break carries what is in transit."""
    outcome = report(books(2, confirmed=[1], lines=[debit(pay(1))]))

    assert (outcome.reconciled, outcome.clean) == (True, False)
    assert codes(outcome) == ["UNMATCHED_PAYMENT"]
    assert outcome.in_transit_fen == outcome.in_transit_explained_fen == FEN


def test_a_match_that_was_not_posted_is_unexplained() -> None:
    """The bank paid, the rule matched, the ledger does not know: that is no reconciliation."""
    outcome = report(books(2, confirmed=[1]))

    assert not outcome.reconciled
    assert outcome.unexplained_fen == 2 * FEN  # once at the bank, once in transit
    assert outcome.explained_ratio == 0


def test_one_fen_posted_wrong_is_found_and_is_not_explained_away() -> None:
    """A ledger off by one fen contradicts itself and the bank."""
    kept = books(1)
    bank = "cash:bank:0200"
    outcome = report(replace(kept, balances={**kept.balances, bank: kept.balances[bank] + 1}))

    assert not outcome.reconciled
    assert "INTERNAL_DRIFT" in codes(outcome)
    assert outcome.unexplained_fen == 2
    assert outcome.explained_ratio == 1 - Fraction(2, FEN)


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ({"a1": FEN, "a2": FEN}, ["MISSING_AWARD"]),
        ({}, ["ORPHAN_COMMITMENT"]),
        ({"a1": FEN + 1}, ["AMOUNT_MISMATCH"]),
    ],
)
def test_decisions_and_ledger_are_compared_both_ways(
    decisions: dict[str, int], expected: list[str]
) -> None:
    """A decision without entry, an entry without decision, both but one fen apart."""
    outcome = report(replace(books(1), decisions=decisions))

    assert codes(outcome) == expected
    assert not outcome.comparisons[0].agreed


def test_money_to_an_account_no_longer_valid_is_seen_though_it_matched() -> None:
    """Reference, amount and account agree; the register says the account had ended that day."""
    kept = books(1)
    (own,) = kept.register["a1"]
    day = kept.statements[0].lines[0].booked_on
    for register, expected in (
        ({"a1": (replace(own, valid_before=day + timedelta(days=1)),)}, []),
        ({"a1": (replace(own, valid_before=day),)}, ["PAYEE_STALE"]),
        ({"a1": (replace(own, number="other"),)}, ["WRONG_PAYEE"]),
        ({}, ["WRONG_PAYEE"]),
    ):
        assert codes(report(replace(kept, register=register))) == expected


def test_a_suspended_line_is_still_explained_by_its_break() -> None:
    """An unknown debit posted to suspense: the ledger follows the bank, the break stays open."""
    stray = BankLine(0, DAY, -700, counterparty_account="1", text="x")
    kept = books(1, lines=[debit(pay(1)), stray])
    before = report(kept)
    suspended = book.line_suspended(stamp("s"), bank="0200", line_fen=-700)
    after = report(replace(kept, balances=posted(kept.balances, suspended)))

    for outcome in (before, after):
        assert outcome.reconciled
        assert codes(outcome) == ["UNMATCHED_BANK_DEBIT"]
    assert (before.positions[0].difference_fen, after.positions[0].difference_fen) == (-700, 0)


def test_a_statement_that_misses_a_line_is_a_gap_that_explains_its_amount() -> None:
    """Closing says more left than the lines show: STATEMENT_GAP carries exactly that."""
    kept = books(1)
    (statement,) = kept.statements
    outcome = report(
        replace(kept, statements=(replace(statement, closing_fen=statement.closing_fen - 9),))
    )

    assert codes(outcome) == ["STATEMENT_GAP"]
    assert outcome.breaks[0].carried.bank_fen == -9
    assert outcome.reconciled


def test_a_bank_account_without_a_statement_is_a_gap() -> None:
    """The ledger holds money that no statement shows."""
    outcome = report(replace(books(0), statements=()))

    assert codes(outcome) == ["STATEMENT_GAP"]


def chain_of(*statements: Statement) -> tuple[int, int, int, int]:
    """Opening, closing, gaps and doubled lines of one account's statements."""
    (chain,) = chains(statements)
    return chain.opening_fen, chain.closing_fen, chain.gaps, chain.doubled


def test_statements_are_put_end_to_end_whatever_order_they_came_in() -> None:
    """August and September follow; the same August twice counts once; a wrong opening is a gap."""
    august = statement_of("0200", 1000, 900, [BankLine(0, DAY, -100)])
    september = statement_of("0200", 900, 700, [BankLine(0, date(2021, 9, 1), -200)])

    assert chain_of(september, august) == (1000, 700, 0, 0)
    assert chain_of(august, september, august) == (1000, 700, 0, 1)
    assert chain_of(august, replace(september, opening_fen=901, closing_fen=701)) == (
        1000,
        701,
        1,
        0,
    )


def test_files_that_overlap_or_end_within_a_day_still_open_and_close_right() -> None:
    """The file that knows most of the last day closes; the one that begins first opens."""
    next_day = DAY + timedelta(days=1)
    first, second, third = (
        BankLine(0, day, fen, text=str(fen))
        for day, fen in ((DAY, -1), (next_day, -2), (next_day, -4))
    )
    morning = statement_of("0200", 99, 97, [second])
    evening = statement_of("0200", 99, 93, [second, third])
    whole = statement_of("0200", 100, 93, [first, second, third])

    assert chain_of(evening, morning) == (99, 93, 0, 1)
    assert chain_of(morning, whole) == (100, 93, 0, 1)
    assert chain_of(morning, evening, whole) == (100, 93, 0, 3)


def test_the_report_is_json_and_the_same_books_give_the_same_report() -> None:
    """Order of instructions and statements does not matter; one fen does."""
    kept = books(3)
    turned = replace(
        kept,
        instructions=kept.instructions[::-1],
        grants=kept.grants[::-1],
        decisions=dict(sorted(kept.decisions.items(), reverse=True)),
    )
    other = replace(kept, decisions={**kept.decisions, "a1": FEN + 1})

    assert json.dumps(to_json(report(kept))) == json.dumps(to_json(report(turned)))
    assert report(kept).inputs_sha256 != report(other).inputs_sha256


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.integers(1, 4)),
    st.lists(st.integers(-(10**6), 10**6).filter(bool), max_size=4),
    st.sets(st.integers(1, 4)),
)
def test_open_breaks_always_add_up_to_the_difference(
    paid: set[int], strays: list[int], twice: set[int]
) -> None:
    """Any mix of missing, stray and doubled lines: explained to the fen, as posted by the rules."""
    booked = [debit(pay(n)) for n in sorted(paid)]
    booked += [debit(pay(n), booked_on=DAY + timedelta(days=9)) for n in sorted(twice & paid)]
    booked += [BankLine(0, DAY, fen, text=f"stray {i}") for i, fen in enumerate(strays)]
    kept: Books = books(4, confirmed=paid, lines=booked)
    outcome = report(kept)

    assert outcome.reconciled
    assert outcome.explained_ratio == 1
    (position,) = outcome.positions
    assert position.closing_fen - position.ledger_fen == sum(
        one.carried.bank_fen for one in outcome.breaks
    )
    assert position.opening_fen == OPENING
