"""Bad input to finance: what, where and how to mend it, in both languages; never a 500."""

from typing import Any

import pytest

from tests.finance.bank import Bank
from tests.finance.desk import CALL_PATH, Desk
from tests.finance.heard import BANK, DAY

A1 = "/v1/applications/a1"
SUPPLIER = "/v1/applicants/society-a1/supplier-registration"
VALID: dict[str, Any] = {
    "supplier_name": "虚构学会", "bank_account": "6222000011112222", "bank_name": "虚构银行",
    "valid_from": DAY,
}  # fmt: skip
BAD: list[tuple[str, str, str, Any, int]] = [
    ("finance", "POST", f"{CALL_PATH}/budget", b"{", 400),
    ("finance", "POST", f"{CALL_PATH}/budget", b"[]", 422),
    ("finance", "POST", f"{CALL_PATH}/budget", {}, 422),
    ("finance", "POST", f"{CALL_PATH}/budget", {"amount_fen": 1.5}, 422),
    ("finance", "POST", f"{CALL_PATH}/budget", {"amount_fen": "1"}, 422),
    ("finance", "POST", f"{CALL_PATH}/budget", {"amount_fen": True}, 422),
    ("finance", "POST", f"{CALL_PATH}/budget", {"amount_fen": 0}, 422),
    ("finance", "POST", f"{CALL_PATH}/budget", {"amount_fen": 10**14 + 1}, 422),
    ("finance", "POST", f"{CALL_PATH}/budget", b'{"amount_fen": 1' + b"0" * 400 + b"}", 422),
    ("finance", "POST", f"{CALL_PATH}/budget", {"amount_fen": 1, "by": "me"}, 422),
    ("finance", "POST", f"{CALL_PATH}/budget", {"amount_fen": 1}, 409),
    ("finance", "POST", "/v1/calls/unheard/budget", {"amount_fen": 1}, 404),
    ("finance", "POST", "/v1/calls/a%00b/budget", {"amount_fen": 1}, 404),
    ("finance", "POST", f"/v1/calls/{'x' * 129}/budget", {"amount_fen": 1}, 422),
    ("finance", "POST", SUPPLIER, {**VALID, "bank_account": "62 22"}, 422),
    ("finance", "POST", SUPPLIER, {**VALID, "bank_account": "a:b:c"}, 422),
    ("finance", "POST", SUPPLIER, {**VALID, "valid_from": "2021-02-30"}, 422),
    ("finance", "POST", SUPPLIER, {**VALID, "valid_from": "2021-9-8"}, 422),
    ("finance", "POST", SUPPLIER, {**VALID, "supplier_name": "  "}, 422),
    ("finance", "POST", SUPPLIER, {**VALID, "supplier_name": "a\x00"}, 422),
    ("finance", "POST", SUPPLIER, b'{"supplier_name": "\\ud800"}', 422),
    ("finance", "POST", SUPPLIER, {**VALID, "supplier_name": "x" * 201}, 422),
    ("finance", "POST", SUPPLIER.replace("society-a1", "s" * 129), VALID, 422),
    ("officer", "POST", f"{A1}/agreement", {"signed_on": DAY}, 409),
    ("officer", "POST", f"{A1}/agreement", {"signed_on": "2021-09-09"}, 409),
    ("officer", "POST", "/v1/applications/unknown/agreement", {"signed_on": DAY}, 404),
    ("officer", "POST", f"{A1}/tranches/1/release", {"condition": "acceptance_passed"}, 422),
    ("officer", "POST", f"{A1}/tranches/9/release", {"condition": "x"}, 404),
    ("officer", "POST", f"{A1}/tranches/100/release", {"condition": "x"}, 422),
    ("officer", "POST", f"{A1}/tranches/one/release", {"condition": "x"}, 422),
    ("finance", "POST", f"{A1}/tranches/2/payment", None, 409),
    ("finance", "POST", f"{A1}/tranches/1/payment/approval", {"instructed_on": DAY}, 404),
    ("finance", "POST", f"{A1}/expenditures", {"report_id": "?", "line": "l", "amount_fen": 1}, 422),
    ("finance", "POST", f"{A1}/expenditures", {"report_id": "r", "line": "l:m", "amount_fen": 1}, 422),
    (
        "finance", "POST", f"{A1}/expenditures",
        {"report_id": "r", "line": "l", "amount_fen": 10**10}, 409,
    ),
    ("finance", "POST", f"{A1}/closing", None, 409),
    ("finance", "POST", "/v1/applications/unknown/closing", None, 404),
    ("treasurer", "POST", f"{CALL_PATH}/bank-accounts", {"account": BANK, "opening_fen": 1, "opened_on": DAY}, 409),
    ("treasurer", "POST", f"{CALL_PATH}/bank-accounts", {"account": "6222", "opening_fen": -1, "opened_on": DAY}, 422),
    (
        "treasurer", "POST", f"{CALL_PATH}/bank-accounts",
        {"account": "6222", "opening_fen": 1, "opened_on": "9999-12-31"}, 422,
    ),
    ("treasurer", "POST", f"{CALL_PATH}/matching", b"not read", 200),
    ("treasurer", "POST", f"{CALL_PATH}/breaks/unknown/proposal", {"resolution": "x"}, 404),
    ("treasurer", "POST", f"{CALL_PATH}/breaks/unknown/resolution", {"resolution": "x"}, 404),
    ("treasurer", "POST", f"{CALL_PATH}/breaks/b/proposal", {"resolution": "x", "lines": ["?"]}, 422),
    ("treasurer", "POST", f"{CALL_PATH}/breaks/b/proposal", {"resolution": "x" * 2001}, 422),
    ("treasurer", "POST", f"{CALL_PATH}/reconciliation", {"as_of": "9999-12-31"}, 422),
    ("treasurer", "POST", f"{CALL_PATH}/reconciliation", {"as_of": "today"}, 422),
    ("finance", "POST", f"{CALL_PATH}/reconciliation/signature", {"report_sha256": "0" * 63}, 422),
    ("finance", "POST", f"{CALL_PATH}/reconciliation/signature", {"report_sha256": "0" * 64}, 404),
    ("finance", "GET", f"{CALL_PATH}/reconciliation", None, 404),
    ("finance", "GET", "/v1/calls/unheard/books", None, 404),
    ("finance", "GET", "/v1/calls/a%00b/books", None, 422),
    ("finance", "GET", f"{CALL_PATH}/journal?limit=0", None, 422),
    ("finance", "GET", f"{CALL_PATH}/journal?limit=201", None, 422),
    ("finance", "GET", f"{CALL_PATH}/journal?after=%00", None, 422),
    ("finance", "GET", f"{CALL_PATH}/grants?after=%00", None, 422),
    ("finance", "GET", f"{CALL_PATH}/statements/unknown", None, 404),
    ("finance", "DELETE", f"{CALL_PATH}/journal", None, 405),
]  # fmt: skip
"""Bad input by an allowed role, and the status it is answered with; a1 is under contract."""

FILES: list[tuple[bytes, int, str]] = [
    (b"", 422, "statement_held"),
    (b"\x00\x01\x02", 422, "statement_held"),
    (b"{}", 422, "statement_held"),
    (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", 422, "statement_held"),
    ("账号,1\n记账日期,金额\n2021-09-01,1.00\n".encode(), 422, "statement_held"),
    (b"a,b\n" * 40_000, 422, "statement_held"),
    (b"x" * 200_001, 413, "body_too_large"),
]


@pytest.fixture(params=[pytest.param(BAD[n::2], id=f"part-{n}") for n in range(2)])
def cases(request: pytest.FixtureRequest) -> list[tuple[str, str, str, Any, int]]:
    """Half of the cases, so that a failure is found fast."""
    found: list[tuple[str, str, str, Any, int]] = request.param
    return found


async def test_bad_input_is_answered_with_what_where_and_how_to_mend(
    desk: Desk, cases: list[tuple[str, str, str, Any, int]]
) -> None:
    """A problem document in both languages, and not a trace of it in the store."""
    await desk.award()
    before = await desk.whole()
    for role, method, path, body, status in cases:
        answer = await desk(f"{role}-1", method, path, body)
        said = f"{method} {path} {str(body)[:80]} was answered {answer.text[:300]}"
        assert answer.status_code == status, said
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json", said
            assert {"code", "detail", "detail_zh"} <= set(answer.json()), said
    assert await desk.whole() == before


async def test_any_bytes_as_a_bank_file_are_a_verdict(desk: Desk) -> None:
    """Whatever is uploaded is told what is wrong with it, and nothing of it stays."""
    before = await desk.whole()
    for data, status, code in FILES:
        answer = await desk("treasurer-1", "POST", f"{CALL_PATH}/statements", data)
        assert (answer.status_code, answer.json()["code"]) == (status, code), data[:40]
    assert await desk.whole() == before


async def test_every_bad_cell_of_a_file_is_named_with_its_row_and_column(desk: Desk) -> None:
    """Three rows, three problems, in one answer; the good row beside them is not taken either."""
    bank = Bank()
    for day in range(1, 5):
        bank.other(-100 * day, f"手续费{day}", f"2021-09-0{day}")
    rows = bank.statement().decode("utf-8-sig").splitlines()
    for number, (column, text) in {6: (0, "2021-02-30"), 7: (1, "1.005"), 8: (1, "")}.items():
        cells = rows[number - 1].split(",")
        cells[column] = text
        rows[number - 1] = ",".join(cells)
    data = "\n".join(rows).encode()
    answer = await desk("treasurer-1", "POST", f"{CALL_PATH}/statements", data)

    assert answer.status_code == 422, answer.text
    found = {(p["row"], p["column"], p["code"]) for p in answer.json()["problems"]}
    assert {
        (6, "记账日期", "DATE_UNREADABLE"), (7, "借方金额", "AMOUNT_UNREADABLE"),
        (8, "金额", "AMOUNT_MISSING"),
    } <= found  # fmt: skip
    assert all(p["mend_zh"] and p["mend_en"] for p in answer.json()["problems"])
    listed = (await desk("treasurer-1", "GET", f"{CALL_PATH}/statements")).json()
    assert listed["statements"] == []
