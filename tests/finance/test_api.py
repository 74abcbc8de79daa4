"""Finance over HTTP on a real database: the whole way of an award, lists, roles, repeats."""

import asyncio
from typing import Any

from services.finance.rules.bank import BankLine
from services.finance.store import Break, Grant, JournalEntry, Payment, StatementFile
from tests.finance.bank import Bank
from tests.finance.desk import CALL_PATH, MORNING, Desk
from tests.finance.heard import AWARD, BANK, BUDGET, CALL, DAY, recommended

FIRST = AWARD * 7 // 10
MONTH_END = "2021-09-30T18:00:00+08:00"


class _Told:
    """An instruction as the bank reads it."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.amount_fen = told["amount_fen"]
        self.payee_name = told["payee_name"]
        self.payee_account = told["payee_account"]
        self.reference = told["reference"]


def carries_out(bank: Bank, told: dict[str, Any], **facts: Any) -> BankLine:
    """The bank pays what the checker was told."""
    return bank.pays(_Told(told), **facts)  # type: ignore[arg-type]


async def test_an_award_is_paid_matched_and_signed_off(desk: Desk) -> None:
    """Each answer leads to the next request, and the books say what happened."""
    path = await desk.award()
    told = await desk.pay(path)
    bank = Bank()
    carries_out(bank, told)
    bank.other(-3_000, "账户管理费")
    read = await desk.done("treasurer-1", f"{CALL_PATH}/statements", bank.statement(), MONTH_END)
    assert sorted(m["rule"] for m in read["matched"]) == ["R1", "R12"]

    cost = {"report_id": "midterm", "line": "meeting", "amount_fen": FIRST}
    await desk.done("finance-1", f"{path}/expenditures", cost, MONTH_END)
    books = (await desk("officer-1", "GET", f"{CALL_PATH}/books")).json()
    assert books["trial_balance"] == {"budget": 0, "cash": 0}
    assert books["balances"][f"cash:bank:{BANK}"] == 10**9 - FIRST - 3_000
    assert books["entries"] == len(await desk.rows(JournalEntry))

    report = f"{CALL_PATH}/reconciliation"
    prepared = await desk.done("treasurer-1", report, {"as_of": "2021-09-30"}, MONTH_END)
    assert prepared["report"]["clean"] is True
    signature = {"report_sha256": prepared["report_sha256"]}
    await desk.done("finance-2", f"{report}/signature", signature, MONTH_END)
    signed = (await desk("officer-1", "GET", report)).json()
    assert (signed["reconciled"], signed["signed_by"]) == (True, "finance-2")
    refused = await desk("finance-1", "POST", f"{path}/closing", now=MONTH_END)
    assert (refused.status_code, list(refused.json()["balances"])) == (
        409, [f"budget:committed:{CALL}:a1"],
    )  # fmt: skip


async def test_a_wrong_payee_is_explained_by_one_and_approved_by_another(desk: Desk) -> None:
    """Proposal and resolution over HTTP, with the line the break carries."""
    told = await desk.pay(await desk.award())
    bank = Bank()
    carries_out(bank, told, counterparty_account="9999")
    await desk.done("treasurer-1", f"{CALL_PATH}/statements", bank.statement(), MONTH_END)
    (found,) = (await desk("officer-1", "GET", f"{CALL_PATH}/breaks")).json()["breaks"]
    assert (found["code"], found["grantee_id"]) == ("WRONG_PAYEE", "society-a1")

    path = f"{CALL_PATH}/breaks/{found['break_id']}"
    words = {"resolution": "银行回单证实收款无误"}
    proposal = {**words, "lines": found["detail"]["lines"], "payment_id": told["payment_id"]}
    await desk.done("finance-1", f"{path}/proposal", proposal, MONTH_END)
    alone = await desk("finance-1", "POST", f"{path}/resolution", words, now=MONTH_END)
    assert (alone.status_code, alone.json()["code"]) == (409, "same_person")
    await desk.done("treasurer-1", f"{path}/resolution", words, MONTH_END)
    assert [row.status for row in await desk.rows(Payment)] == ["confirmed"]
    assert (await desk.done("treasurer-1", f"{CALL_PATH}/matching"))["matched"] == []


async def test_lists_are_paged_by_id(desk: Desk) -> None:
    """Two by two, to the end; every page says where to go on."""
    for name in ("a1", "a2", "a3"):
        await desk.pay(await desk.award(name))
    for what, key, count in (
        ("grants", "application_id", 3),
        ("payments", "payment_id", 3),
        ("journal", "entry_id", 17),
    ):
        found: list[str] = []
        after: str | None = ""
        while after is not None:
            page = (
                await desk("finance-1", "GET", f"{CALL_PATH}/{what}?limit=2&after={after}")
            ).json()
            found += [row[key] for row in page["entries" if what == "journal" else what]]
            after = page["next"]
        assert found == sorted(set(found))
        assert len(found) == count, what
    grants = (await desk("officer-1", "GET", f"{CALL_PATH}/grants")).json()["grants"]
    assert [t["status"] for g in grants for t in g["tranches"]] == ["released", "agreed"] * 3


async def test_a_statement_is_listed_without_and_shown_with_its_lines(desk: Desk) -> None:
    """The list stays small; one file is shown whole."""
    bank = Bank()
    bank.other(-3_000, "账户管理费")
    read = await desk.done("treasurer-1", f"{CALL_PATH}/statements", bank.statement(), MONTH_END)
    (listed,) = (await desk("treasurer-1", "GET", f"{CALL_PATH}/statements")).json()["statements"]
    assert "lines" not in listed
    path = f"{CALL_PATH}/statements/{read['statement_id']}"
    shown = (await desk("treasurer-1", "GET", path)).json()
    assert [x["amount_fen"] for x in shown["lines"]] == [-3_000]
    other = f"/v1/calls/unheard/statements/{read['statement_id']}"
    assert (await desk("treasurer-1", "GET", other)).status_code == 404


async def test_racing_awards_over_the_writer_hold_exactly_the_places(desk: Desk) -> None:
    """Sixty at once for thirty places: thirty are held, and the free budget is zero."""
    await asyncio.gather(*(desk.hears(recommended(f"r{n:02d}", n)) for n in range(60)))
    statuses = [row.status for row in await desk.rows(Grant)]
    assert (statuses.count("held"), statuses.count("refused")) == (30, 30)
    books = (await desk("finance-1", "GET", f"{CALL_PATH}/books")).json()
    assert books["balances"][f"budget:available:{CALL}"] == 0
    assert books["balances"][f"budget:appropriation:{CALL}"] == BUDGET


async def test_many_checkers_at_once_make_one_payment(desk: Desk) -> None:
    """Twenty approvals of one prepared payment: one instruction, one answer for all."""
    path = await desk.award()
    await desk.done("finance-1", f"{path}/tranches/1/payment")
    approval = f"{path}/tranches/1/payment/approval"
    answers = await asyncio.gather(
        *(desk(f"finance-{n}", "POST", approval, {"instructed_on": DAY}) for n in range(2, 22))
    )
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert len(await desk.rows(Payment)) == 1


async def test_a_file_sent_many_times_at_once_enters_once(desk: Desk) -> None:
    """The same bytes in ten requests: one statement, one answer."""
    bank = Bank()
    bank.other(777, "来款")
    data = bank.statement()
    answers = await asyncio.gather(
        *(desk("treasurer-1", "POST", f"{CALL_PATH}/statements", data, now=MONTH_END)
          for _ in range(10))
    )  # fmt: skip
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert len(await desk.rows(StatementFile)) == len(await desk.rows(Break)) == 1


async def test_an_idempotency_key_gives_the_first_answer(desk: Desk) -> None:
    """Kept with the answer; with another body it is refused."""
    await desk.award()
    path = "/v1/applications/a1/expenditures"
    body = {"report_id": "r", "line": "meeting", "amount_fen": 100}
    answers = [await desk("finance-1", "POST", path, body, Idempotency_Key="k") for _ in range(2)]
    assert answers[0].content == answers[1].content
    other = await desk("finance-1", "POST", path, {**body, "amount_fen": 1}, Idempotency_Key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


ROLES = (
    "applicant",
    "clerk",
    "screener",
    "officer",
    "reviewer",
    "finance",
    "treasurer",
    "operator",
)
ALLOWED: list[tuple[str, str, set[str]]] = [
    ("POST", f"{CALL_PATH}/budget", {"finance"}),
    ("POST", f"{CALL_PATH}/budget/approval", {"finance"}),
    ("POST", "/v1/applicants/society-a1/supplier-registration", {"finance"}),
    ("POST", "/v1/applications/a1/agreement", {"officer", "finance"}),
    ("POST", "/v1/applications/a1/tranches/1/release", {"officer"}),
    ("POST", "/v1/applications/a1/tranches/1/payment", {"finance"}),
    ("POST", "/v1/applications/a1/tranches/1/payment/approval", {"finance", "treasurer"}),
    ("POST", "/v1/applications/a1/expenditures", {"finance"}),
    ("POST", "/v1/applications/a1/closing", {"finance"}),
    ("POST", f"{CALL_PATH}/bank-accounts", {"treasurer"}),
    ("POST", f"{CALL_PATH}/statements", {"treasurer"}),
    ("POST", f"{CALL_PATH}/matching", {"treasurer"}),
    ("POST", f"{CALL_PATH}/breaks/b/proposal", {"finance", "treasurer"}),
    ("POST", f"{CALL_PATH}/breaks/b/resolution", {"finance", "treasurer"}),
    ("POST", f"{CALL_PATH}/reconciliation", {"finance", "treasurer"}),
    ("POST", f"{CALL_PATH}/reconciliation/signature", {"finance"}),
    ("GET", f"{CALL_PATH}/books", {"finance", "treasurer", "officer"}),
    ("GET", f"{CALL_PATH}/journal", {"finance", "treasurer"}),
    ("GET", f"{CALL_PATH}/grants", {"finance", "treasurer", "officer"}),
    ("GET", f"{CALL_PATH}/payments", {"finance", "treasurer", "officer"}),
    ("GET", f"{CALL_PATH}/statements", {"finance", "treasurer"}),
    ("GET", f"{CALL_PATH}/statements/s", {"finance", "treasurer"}),
    ("GET", f"{CALL_PATH}/breaks", {"finance", "treasurer", "officer"}),
    ("GET", f"{CALL_PATH}/reconciliation", {"finance", "treasurer", "officer"}),
]
BODIES: dict[str, Any] = {
    "budget": {"amount_fen": 1},
    "approval": {"amount_fen": 1},
    "payment/approval": {"instructed_on": DAY},
    "supplier-registration": {
        "supplier_name": "x", "bank_account": "6222", "bank_name": "x", "valid_from": DAY,
    },
    "agreement": {"signed_on": DAY},
    "release": {"condition": "x"},
    "expenditures": {"report_id": "r", "line": "l", "amount_fen": 1},
    "bank-accounts": {"account": "6222", "opening_fen": 1, "opened_on": DAY},
    "proposal": {"resolution": "x"},
    "resolution": {"resolution": "x"},
    "reconciliation": {"as_of": DAY},
    "signature": {"report_sha256": "0" * 64},
}  # fmt: skip


def _body(method: str, path: str) -> Any:
    """A body that the route can read: the one of the longest ending that fits."""
    fitting = [name for name in BODIES if path.endswith(f"/{name}")]
    return BODIES[max(fitting, key=len)] if fitting and method == "POST" else None


async def test_each_route_is_for_its_roles_alone(desk: Desk) -> None:
    """Nobody is 401, the wrong role 403 and leaves nothing, the right one gets past the door."""
    before = await desk.whole()
    for method, path, allowed in ALLOWED:
        body = _body(method, path)
        assert (await desk("", method, path, body)).status_code == 401
        for role in sorted(set(ROLES) - allowed):
            answer = await desk(f"{role}-1", method, path, body)
            assert answer.status_code == 403, (role, path, answer.text)
    assert await desk.whole() == before
    for method, path, allowed in ALLOWED:
        for role in sorted(allowed):
            answer = await desk(f"{role}-1", method, path, _body(method, path))
            assert answer.status_code not in (401, 403, 500), (role, path, answer.text)


async def test_every_route_is_listed_with_its_roles(desk: Desk) -> None:
    """A new route must say here whom it is for."""
    paths = (await desk.client.get("/openapi.json")).json()["paths"]
    own = ("/v1/calls", "/v1/applica")
    known = {
        (method.upper(), _shape(path))
        for path, methods in paths.items()
        if path.startswith(own)
        for method in methods
    }
    assert known == {(method, _shape(path)) for method, path, _ in ALLOWED}


def _shape(path: str) -> str:
    """A path with every id left out."""
    fixed = {
        "v1", "calls", "applicants", "applications", "budget", "approval", "supplier-registration",
        "agreement", "tranches", "release", "payment", "expenditures", "closing", "bank-accounts",
        "statements", "matching", "breaks", "proposal", "resolution", "reconciliation",
        "signature", "books", "journal", "grants", "payments",
    }  # fmt: skip
    return "/".join(part if part in fixed or not part else "*" for part in path.split("/"))


async def test_what_the_store_says_at_eight_in_utc_is_china_time(desk: Desk) -> None:
    """The services' own clock is UTC; a payment at seven in the morning in Beijing is today's."""
    path = await desk.award()
    night = "2021-09-07T23:00:00.000000+00:00"
    await desk.done("finance-1", f"{path}/tranches/1/payment", None, night)
    answer = await desk(
        "finance-2",
        "POST",
        f"{path}/tranches/1/payment/approval",
        {"instructed_on": DAY},
        now=night,
    )
    assert answer.status_code == 201, answer.text
    assert night[:10] != MORNING[:10]
