"""Bank files: read whole or said why not; nothing crashes, nothing is dropped in silence."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.finance.rules.bank import (
    ACCEPTED,
    HELD,
    REFUSED,
    BankLine,
    Parsed,
    Statement,
    line_ids,
    new_lines,
    parse_statement,
    write_csv,
)
from services.finance.rules.bank.statement import statement_of
from services.finance.rules.money import AMOUNT_FEN_MAX

DAY = date(2021, 8, 2)
WORDS = st.text(
    st.characters(blacklist_categories=["C", "Z"], blacklist_characters="=+-'—"), max_size=12
)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """Any statement a bank could write: signed lines in order of day, quotes in texts."""
    days = sorted(draw(st.lists(st.dates(date(2021, 1, 1), date(2022, 12, 31)), max_size=8)))
    amounts = st.integers(-(10**12), 10**12).filter(bool)
    lines = [
        BankLine(0, day, draw(amounts), "", draw(WORDS), draw(WORDS), draw(WORDS), draw(WORDS))
        for day in days
    ]
    opening = draw(st.integers(-(10**12), AMOUNT_FEN_MAX // 2))
    closing = opening + sum(line.amount_fen for line in lines)
    return statement_of("0200001", opening, closing, lines)


@settings(deadline=None)
@given(statements(), st.sampled_from(["utf-8-sig", "gb18030"]))
def test_a_written_statement_is_read_back_the_same(statement: Statement, encoding: str) -> None:
    """Write, read: equal to the last field, in both encodings."""
    parsed = parse_statement(write_csv(statement, encoding))

    assert parsed.problems == ()
    assert parsed.statement == statement
    assert parsed.status == ACCEPTED


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    """Any bytes are a verdict; what is refused says why in both languages."""
    parsed = parse_statement(data)

    assert parsed.status == REFUSED
    assert all(p.what_zh and p.what_en and p.mend_zh and p.mend_en for p in parsed.problems)
    assert parsed.problems


@settings(deadline=None)
@given(statements(), st.data())
def test_no_damaged_file_crashes_or_passes_with_other_money(
    statement: Statement, data: st.DataObject
) -> None:
    """Any one byte changed: accepted only if opening, lines and closing still add up."""
    raw = bytearray(write_csv(statement))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    parsed = parse_statement(bytes(raw))

    if parsed.status == ACCEPTED:
        assert parsed.statement is not None
        assert parsed.statement.gap_fen == 0


NEWEST_FIRST = """银行对账单
本方账号：0200 001,,
交易时间,借贷标志,金额(元),余额,对方户名,对方账号,用途
20210803 10:11:12,贷,"500.00","98,500.00",--,--,利息
20210802,借,"1,000.00",98000.00,某学会,="622001",首款
2021年8月2日,借,１０００．００,99000.00,某学会,'622001,首款
合计,,,,,,
"""


def test_a_foreign_export_is_read_in_booking_order() -> None:
    """GBK, newest first, 借/贷 words, full width, guarded account numbers, `--`, a totals row."""
    parsed = parse_statement(NEWEST_FIRST.encode("gbk"))

    assert (parsed.status, parsed.profile) == (ACCEPTED, "csv/amount_direction")
    assert parsed.statement is not None
    assert parsed.statement.account == "0200001"
    assert parsed.statement.opening_fen == 10_000_000
    assert [line.amount_fen for line in parsed.statement.lines] == [-100_000, -100_000, 50_000]
    assert parsed.statement.lines[0].counterparty_account == "622001"
    assert parsed.statement.lines[2].counterparty_name == ""


def test_a_signed_column_needs_balances_to_be_accepted() -> None:
    """One signed amount column and no balance at all: read, but held."""
    parsed = parse_statement("账号,1\n日期,金额\n2021-08-02,-5.00\n".encode())

    assert parsed.status == HELD
    assert [problem.code for problem in parsed.problems] == ["OPENING_MISSING"]
    assert parsed.statement is not None
    assert parsed.statement.lines[0].amount_fen == -500


OWN = (
    "账号,1\n期初余额,10.00\n期末余额,{closing}\n记账日期,借方金额,贷方金额,余额,对方账号\n{row}\n"
)


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("2021-13-02,5.00,,,", "DATE_UNREADABLE", "记账日期"),
        (",5.00,,,", "DATE_UNREADABLE", "记账日期"),
        ("2021-08-02,5.001,,,", "AMOUNT_UNREADABLE", "借方金额"),
        ("2021-08-02,,x,,", "AMOUNT_UNREADABLE", "贷方金额"),
        ("2021-08-02,,,,", "AMOUNT_MISSING", "金额"),
        ("2021-08-02,0.00,,,", "AMOUNT_MISSING", "金额"),
        ("2021-08-02,5.00,5.00,,", "AMOUNT_BOTH_SIDES", "借方金额"),
        ("2021-08-02,5.00,,5.01,", "BALANCE_BREAK", "余额"),
        ("2021-08-02,5.00,,,6.22E+18", "ACCOUNT_DAMAGED", "对方账号"),
    ],
)
def test_a_bad_row_holds_the_file_and_names_the_cell(row: str, code: str, column: str) -> None:
    """Row 5, the column, what stood there, how to mend it; the file is kept, never half taken."""
    parsed = parse_statement(OWN.format(closing="5.00", row=row).encode())

    assert parsed.status == HELD
    problem = next(p for p in parsed.problems if p.code == code)
    assert (problem.row, problem.column) == (5, column)
    assert problem.mend_zh
    assert problem.mend_en


def test_one_fen_between_the_balances_and_the_lines_holds_the_file() -> None:
    """Opening + lines = closing to the fen, or STATEMENT_GAP."""
    row = "2021-08-02,5.00,,,"
    exact = parse_statement(OWN.format(closing="5.00", row=row).encode())
    off = parse_statement(OWN.format(closing="5.01", row=row).encode())

    assert exact.status == ACCEPTED
    assert off.status == HELD
    assert [problem.code for problem in off.problems] == ["STATEMENT_GAP"]
    assert "0.01" in off.problems[0].what_zh
    assert off.statement is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "HEADINGS_UNKNOWN"),
        ("a,b\n1,2\n", "HEADINGS_UNKNOWN"),
        ("记账日期,借方金额,贷方金额\n2021-08-02,1.00,\n", "ACCOUNT_MISSING"),
        ("账号,USD1\n币种,USD\n期初余额,0\n期末余额,0\n日期,金额\n", "CURRENCY_FOREIGN"),
    ],
)
def test_a_file_that_is_no_statement_of_ours_says_so(text: str, code: str) -> None:
    """No headings, no account, another currency."""
    parsed = parse_statement(text.encode())

    assert parsed.status in (REFUSED, HELD)
    assert code in [problem.code for problem in parsed.problems]


def line(fen: int = -100, text: str = "x") -> BankLine:
    """One line as a bank would book it."""
    return BankLine(0, DAY, fen, counterparty_account="622", text=text)


def test_two_real_equal_lines_both_survive_and_a_second_import_adds_none() -> None:
    """Occurrence numbers keep twins apart; counts by fingerprint recognise a re-import."""
    statement = statement_of("1", 300, 0, [line(), line(), line(text="y")])
    known: dict[str, int] = {}
    for one in statement.lines:
        known[one.fingerprint] = known.get(one.fingerprint, 0) + 1

    assert len(set(line_ids(statement))) == 3
    assert new_lines(statement, {}) == statement.lines
    assert new_lines(statement, known) == ()
    assert new_lines(statement, {statement.lines[0].fingerprint: 1}) == statement.lines[1:]


def test_width_and_spacing_do_not_change_a_lines_identity() -> None:
    """A bank that prints the same line in full width prints the same line."""
    plain = statement_of("1", 0, -100, [line(text="MJ21 (A)")])
    wide = statement_of("1", 0, -100, [line(text="ＭＪ２１ （Ａ）")])

    assert line_ids(plain) == line_ids(wide)
    assert line_ids(plain) != line_ids(statement_of("1", 0, -101, [line(-101, "MJ21 (A)")]))


CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>
<Acct><Id><Othr><Id>0200 001</Id></Othr></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="CNY">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="CNY">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="CNY">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2021-08-02</Dt></BookgDt><AcctSvcrRef>S1</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><EndToEndId>MJ21-00007-01-01-69</EndToEndId></Refs>
<RltdPties><Cdtr><Nm>某学会</Nm></Cdtr>
<CdtrAcct><Id><Othr><Id>622001</Id></Othr></Id></CdtrAcct></RltdPties>
<RmtInf><Ustrd>首款</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def codes(parsed: Parsed) -> list[str]:
    """The problem codes of a verdict."""
    return [problem.code for problem in parsed.problems]


def test_a_camt_statement_is_read_with_its_references() -> None:
    """Account, balances, sign, payee, end-to-end id and text."""
    parsed = parse_statement(CAMT.encode())
    expected = BankLine(0, DAY, -500, "", "某学会", "622001", "首款", "S1", "MJ21-00007-01-01-69")

    assert parsed.status == ACCEPTED
    assert parsed.statement == statement_of("0200001", 1000, 500, [expected])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<Document", "<!DOCTYPE x [<!ENTITY a 'b'>]><Document", "XML_DOCTYPE"),
        ("</Document>", "", "XML_UNREADABLE"),
        ("UTF-8", "UTF-7", "ENCODING_UNKNOWN"),
        ("<Ntry>", "<Ntry><Sts>PDNG</Sts>", "ENTRY_NOT_BOOKED"),
        ('<Ntry><Amt Ccy="CNY">', '<Ntry><Amt Ccy="EUR">', "CURRENCY_FOREIGN"),
        ("5.00</Amt><CdtDbtInd>DBIT", "5.000</Amt><CdtDbtInd>DBIT", "AMOUNT_UNREADABLE"),
        ("DBIT", "", "DIRECTION_UNKNOWN"),
        ("2021-08-02", "2 August", "DATE_UNREADABLE"),
        ("OPBD", "ITAV", "OPENING_MISSING"),
        ("Stmt>", "Ntfctn>", "STATEMENT_COUNT"),
        ("10.00", "10.01", "STATEMENT_GAP"),
    ],
)
def test_a_camt_file_that_cannot_be_trusted_is_refused_or_held(
    old: str, new: str, code: str
) -> None:
    """Entities, currency, pending entries, a wrong message kind: loudly, never as zero lines."""
    parsed = parse_statement(CAMT.replace(old, new).encode())

    assert parsed.status != ACCEPTED
    assert code in codes(parsed)


def test_a_profile_tells_newest_first_within_one_day_by_its_balances() -> None:
    """All lines on one day: only the running balance knows the order."""
    rows = "\n".join(("2021-08-02,2.00,,7.00,", "2021-08-02,1.00,,9.00,"))
    parsed = parse_statement(OWN.format(closing="7.00", row=rows).encode())

    assert parsed.statement is not None
    assert [one.amount_fen for one in parsed.statement.lines] == [-100, -200]
    assert replace(parsed.statement.lines[0], line_no=9).id == parsed.statement.lines[0].id
