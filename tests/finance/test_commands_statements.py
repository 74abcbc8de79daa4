"""Bank files: taken once, whole, by whole days; refused with every problem; matched at once."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.finance import (
    BankAccountOpened,
    PaymentConfirmed,
    StatementImported,
)
from services.chassis.errors import Conflict, Invalid, NotFound
from services.finance.commands import ImportStatement, OpenBankAccount
from services.finance.rules.bank import parse_statement
from services.finance.store import BankAccount, StatementFile
from tests.finance.bank import Bank
from tests.finance.heard import AWARD, BANK, CALL, OPENING, OTHER_CALL, published
from tests.finance.office import Office

FIRST = AWARD * 7 // 10
HEAD = f"账号,{BANK}\n期初余额,10000000.00\n期末余额,{{closing}}\n"
COLUMNS = "记账日期,借方金额,贷方金额,余额,摘要\n"


def opening(account: str = BANK, **facts: Any) -> OpenBankAccount:
    said = {"call_id": CALL, "opening_fen": OPENING, "opened_on": "2021-07-01", **facts}
    return OpenBankAccount(account=account, by="treasurer-1", **said)


# -- accounts ----------------------------------------------------------------------------------------


def test_an_account_enters_the_books_once_with_its_balance() -> None:
    """However its letters are written; with another balance or day it is refused."""
    office = Office(budget=False)
    office.repeated(opening("ab12345"))
    office.repeated(opening("AB12345"))
    assert [a.account for a in office.rows(BankAccount)] == ["AB12345"]
    assert len(office.events(BankAccountOpened)) == 1
    assert office.fen("cash:bank:AB12345") == OPENING
    assert office.refusal(opening("ab12345", opening_fen=OPENING + 1)).code == "account_known"
    assert office.refusal(opening("ab12345", opened_on="2021-06-30")).code == "account_known"
    office.check()


def test_an_account_is_opened_by_a_known_call_on_a_day_that_has_come() -> None:
    """Today may be said, tomorrow not."""
    office = Office(budget=False)
    assert office.refusal(opening(call_id="unheard")).code == "call_unknown"
    assert office.refusal(opening(opened_on="2021-07-02")).code == "day_in_future"
    office.ask(opening(opening_fen=0))
    assert office.balances() == {}


def test_an_account_belongs_to_one_call() -> None:
    """Books are kept by call: another call neither opens the account nor reads its statements."""
    office = Office()
    office.hears(published(OTHER_CALL))
    assert office.refusal(opening(call_id=OTHER_CALL)).code == "account_of_another_call"
    office.bank.other(777, "来款")
    data = office.at("2021-09-30").bank.statement()
    foreign = ImportStatement(OTHER_CALL, parse_statement(data), "treasurer-1")
    assert office.refusal(foreign).code == "account_unknown"


# -- taking a file in --------------------------------------------------------------------------------


def test_a_file_is_taken_in_once() -> None:
    """The same bytes again: the same answer, no event, nothing posted twice."""
    office = Office().ready()
    office.bank.pays(office.pay())
    office.bank.other(-3_000, "账户管理费")
    office.bank.other(500, "来款不明")
    office.at("2021-09-30")
    answer = office.repeated(office.reading())

    (event,) = office.events(StatementImported)
    assert sorted(m["rule"] for m in event.matches) == ["R1", "R12"]
    assert {p["kind"]: p["amount_fen"] for p in event.postings} == {"fee": -3_000, "suspense": 500}
    assert list(event.break_ids) == [office.the_break("UNMATCHED_BANK_CREDIT").break_id]
    assert answer.body["lines"] == 3
    assert len(office.events(PaymentConfirmed)) == 1
    assert office.fen(f"cash:bank:{BANK}") == OPENING - FIRST - 3_000 + 500
    office.check()


def test_files_that_overlap_add_only_what_is_new() -> None:
    """Two equal fees on one day are two fees; told again with a third day they are still two."""
    office = Office()
    for _ in range(2):
        office.bank.other(-3_000, "手续费", "2021-09-21")
    office.read()
    office.bank.other(-3_000, "手续费", "2021-09-22")
    office.read(office.bank.statement(days_before=5))

    assert sorted(len(s.lines) for s in office.rows(StatementFile)) == [2, 3]
    assert office.fen(f"cash:fees:{BANK}") == 9_000
    report = office.reconcile("2021-09-30")
    assert (report["reconciled"], report["clean"]) == (True, True)
    office.check()


def test_a_part_of_a_day_may_not_follow_another_part() -> None:
    """An equal line after noon would look like the one before noon: whole days are asked for."""
    office = Office()
    office.bank.other(-3_000, "手续费", "2021-09-21")
    office.read()
    noon = Bank(BANK, OPENING - 3_000)
    noon.other(-3_000, "手续费", "2021-09-21")
    assert office.refusal(office.reading(noon.statement())).code == "days_incomplete"
    noon = Bank(BANK, OPENING - 3_000)
    noon.other(-4_000, "手续费", "2021-09-21")
    assert office.refusal(office.reading(noon.statement())).code == "days_incomplete"
    office.bank.other(-3_000, "手续费", "2021-09-21")
    office.read()
    assert office.fen(f"cash:fees:{BANK}") == 6_000


def test_a_missing_month_is_a_gap_until_it_comes() -> None:
    """October before September: the gap is named, and goes when September is imported."""
    office = Office()
    office.bank.other(-3_000, "手续费", "2021-09-21")
    september = office.bank.statement()
    office.bank.other(-4_000, "手续费", "2021-10-21")
    office.read(on="2021-11-01")
    report = office.reconcile("2021-11-01")
    assert not report["reconciled"]
    office.read(september, on="2021-11-02")
    assert office.reconcile("2021-11-02")["clean"]
    office.check()


def test_an_empty_month_is_a_statement_too() -> None:
    """Opening is closing, there is no line, and nothing is posted."""
    office = Office()
    before = office.balances()
    office.repeated(office.reading())
    assert office.balances() == before


def _file(closing: str, *rows: str) -> bytes:
    return (HEAD.format(closing=closing) + COLUMNS + "\n".join(rows)).encode()


FEE = "2021-09-21,30.00,,9999970.00,手续费"


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        (b"", [("HEADINGS_UNKNOWN", 0, "")]),
        (b"\xff\xfe\x00", [("ENCODING_UNKNOWN", 0, "")]),
        (b"<Document/>", None),
        (
            _file("9999970.00", "2021-13-21,30.00,,9999970.00,x"),
            [("DATE_UNREADABLE", 5, "记账日期")],
        ),
        (
            _file("9999970.00", FEE, "2021-09-22,三十,,x,x", "2021-09-23,1.00,1.00,,x"),
            [("AMOUNT_UNREADABLE", 6, "借方金额"), ("AMOUNT_BOTH_SIDES", 7, "借方金额")],
        ),
        (_file("9999960.00", FEE), [("STATEMENT_GAP", 0, "")]),
        (COLUMNS.encode() + FEE.encode(), [("ACCOUNT_MISSING", 0, "")]),
    ],
)
def test_a_file_that_cannot_be_taken_names_every_problem_and_leaves_nothing(
    data: bytes, problems: list[tuple[str, int, str]] | None
) -> None:
    """Row, column, what is wrong and how to mend it, in both languages."""
    office = Office().at("2021-09-30")
    refused = office.refusal(office.reading(data))
    assert (type(refused), refused.code) == (Invalid, "statement_held")
    found = refused.extra["problems"]
    assert all(
        p[f"{part}_{tongue}"] for p in found for part in ("what", "mend") for tongue in ("zh", "en")
    )
    if problems is not None:
        said = [(p["code"], p["row"], p["column"]) for p in found]
        assert set(problems) <= set(said), said


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        (lambda o: o.bank.other(-1, "x", "2021-06-30"), Conflict, "line_before_opening"),
        (lambda o: o.bank.other(-1, "x", "2021-10-01"), Invalid, "day_in_future"),
        (lambda o: setattr(o.bank, "number", "999999"), Conflict, "account_unknown"),
        (lambda o: o.bank.other(10**14 + 1, "x"), Invalid, "statement_too_large"),
    ],
)
def test_a_readable_file_that_cannot_be_ours_is_refused(
    change: Callable[[Office], Any], kind: type, code: str
) -> None:
    """Before the books began, after today, of another account, beyond belief."""
    office = Office().at("2021-09-30")
    change(office)
    refused = office.refusal(office.reading())
    assert (type(refused), refused.code) == (kind, code)


def test_the_first_day_of_the_books_and_today_are_read() -> None:
    """One tick inside each end."""
    office = Office()
    office.bank.other(-1_00, "手续费", "2021-07-01")
    office.bank.other(-1_00, "手续费", "2021-09-30")
    office.read(on="2021-09-30T00:00:00+08:00")
    assert office.fen(f"cash:fees:{BANK}") == 2_00


def test_a_file_for_an_unknown_call_is_refused() -> None:
    """Nobody's statement."""
    office = Office()
    command = ImportStatement("unheard", parse_statement(b""), "treasurer-1")
    refused = office.refusal(command)
    assert (type(refused), refused.code) == (NotFound, "call_unknown")
