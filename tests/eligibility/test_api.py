"""Eligibility over HTTP on a real database: facts, questions, who sees what, and every refusal."""

from typing import Any

import pytest
from fastapi import FastAPI

from services.eligibility.api import router
from services.eligibility.store import FactRecord, Question
from tests.eligibility.conftest import Desk
from tests.eligibility.office import CALL, PENALTY, YEARS, a_fact, penalty, two_years, withdrawn

FACTS = "/v1/applicants/society-a1/facts"
ELIGIBILITY = "/v1/applications/a1/eligibility"
ANSWER = f"/v1/applications/a1/questions/{YEARS}/answer"
NO = {"answer": "no", "reason": "已向登记管理机关核实"}
REASON = {"reason": "张冠李戴"}
CIRCULAR = a_fact("circular", {"rectification_from": "2021-01"})


async def test_a_fact_bars_until_it_is_retracted(desk: Desk) -> None:
    """Recorded, shown with rule, source and arithmetic, retracted; each repeat the same answer."""
    recorded = [await desk("screener", "POST", FACTS, penalty()) for _ in range(2)]
    assert [r.status_code for r in recorded] == [201, 201]
    assert recorded[0].content == recorded[1].content
    shown = (await desk("officer", "GET", ELIGIBILITY)).json()
    assert (shown["verdict"], shown["failed_rules"], shown["assessment_no"]) == (
        "barred",
        [PENALTY],
        2,
    )
    (finding,) = (f for f in shown["assessment"]["findings"] if f["outcome"] == "yes")
    assert finding["steps"][0]["sources"] == ["https://example.invalid/made-up"]
    assert "2019-07-01" in finding["sentence"]["zh"]
    path = f"{FACTS}/{recorded[0].json()['fact_id']}/retraction"
    retracted = [await desk("officer", "POST", path, REASON) for _ in range(2)]
    assert [r.status_code for r in retracted] == [200, 200]
    assert (await desk("officer", "GET", ELIGIBILITY)).json()["verdict"] == "eligible"
    listed = (await desk("screener", "GET", FACTS)).json()["facts"]
    assert [(f["kind"], f["retraction_reason"]) for f in listed] == [
        ("administrative_penalty", "张冠李戴")
    ]


async def test_a_question_is_listed_read_and_answered(desk: Desk) -> None:
    """The very question that was read; an outdated one is refused with the one that stands."""
    await desk("screener", "POST", FACTS, two_years())
    (asked,) = (await desk("screener", "GET", f"/v1/calls/{CALL}/questions")).json()["questions"]
    assert (asked["application_id"], asked["rule"], asked["roles"]) == (
        "a1",
        YEARS,
        ["officer", "screener"],
    )
    stale = await desk("screener", "POST", ANSWER, {**NO, "question_id": "another"})
    assert (stale.status_code, stale.json()["question_id"]) == (412, asked["question_id"])
    answers = [
        await desk("screener", "POST", ANSWER, {**NO, "question_id": asked["question_id"]})
        for _ in range(2)
    ]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    shown = (await desk("officer", "GET", ELIGIBILITY)).json()
    assert (shown["verdict"], shown["questions"][0]["status"]) == ("eligible", "answered")
    assert (await desk("screener", "GET", f"/v1/calls/{CALL}/questions")).json()["questions"] == []
    other = await desk("officer", "POST", ANSWER, {**NO, "answer": "yes"})
    assert (other.status_code, other.json()["code"]) == (409, "already_answered")


async def test_a_question_for_the_officer_is_not_the_screeners(desk: Desk) -> None:
    """The rule names who; the gate lets both to the door."""
    await desk("screener", "POST", FACTS, CIRCULAR)
    path = ANSWER.replace(YEARS, "circularised_and_rectifying")
    refused = await desk("screener", "POST", path, NO)
    assert (refused.status_code, refused.json()["code"]) == (403, "may_not_answer")
    assert {q.status for q in await desk.alone.rows(Question)} == {"open"}
    assert (await desk("officer", "POST", path, NO)).status_code == 201


async def test_an_applicant_sees_its_own_facts_and_not_who_typed_them(desk: Desk) -> None:
    """What is held against it, with the source; neither staff nor other societies."""
    await desk("screener", "POST", FACTS, penalty())
    mine = (await desk("society-a1", "GET", FACTS)).json()["facts"]
    assert mine[0]["fact"]["source"]["url"] == "https://example.invalid/made-up"
    assert "recorded_by" not in mine[0]
    assert "recorded_by" in (await desk("screener", "GET", FACTS)).json()["facts"][0]
    assert (await desk("society-b1", "GET", FACTS)).status_code == 403


async def test_lists_are_paged_and_filtered(desk: Desk) -> None:
    """Verdicts by application, questions by application and rule: no page cuts one short."""
    await desk.apply("b1", "c1")
    for society in ("society-a1", "society-b1"):
        for fact in (two_years(), CIRCULAR):
            await desk("screener", "POST", f"/v1/applicants/{society}/facts", fact)
    path = f"/v1/calls/{CALL}/assessments"
    first = (await desk("officer", "GET", f"{path}?limit=2")).json()
    rest = (await desk("officer", "GET", f"{path}?limit=2&after={first['next']}")).json()
    assert [a["application_id"] for a in first["assessments"] + rest["assessments"]] == [
        "a1",
        "b1",
        "c1",
    ]
    eligible = (await desk("officer", "GET", f"{path}?verdict=eligible")).json()["assessments"]
    assert [a["application_id"] for a in eligible] == ["c1"]

    path, found, after = f"/v1/calls/{CALL}/questions?limit=1", [], ""
    while after is not None:
        page = (await desk("officer", "GET", f"{path}&after={after}")).json()
        found += [(q["application_id"], q["rule"]) for q in page["questions"]]
        after = page["next"]
    rules = ("basically_qualified_years_running", "circularised_and_rectifying")
    assert found == [(a, rule) for a in ("a1", "b1") for rule in rules]
    await desk.alone.hears(withdrawn("a1"))
    left = (await desk("officer", "GET", f"/v1/calls/{CALL}/questions")).json()["questions"]
    assert {q["application_id"] for q in left} == {"b1"}


# -- who, and what cannot be taken -------------------------------------------------------------------

STAFF = {"screener", "officer"}
ROUTES: list[tuple[str, str, Any, set[str]]] = [
    ("POST", FACTS, penalty(), STAFF),
    ("GET", FACTS, None, STAFF | {"society-a1"}),
    ("POST", f"{FACTS}/unknown/retraction", REASON, {"officer"}),
    ("GET", ELIGIBILITY, None, STAFF),
    ("GET", f"/v1/calls/{CALL}/assessments", None, STAFF),
    ("GET", f"/v1/calls/{CALL}/questions", None, STAFF),
    ("POST", ANSWER, NO, STAFF),
]
EVERYBODY = (
    "applicant", "clerk", "screener", "officer", "reviewer", "finance", "treasurer", "operator",
    "society-a1", "society-b1", "",
)  # fmt: skip


async def test_each_route_is_for_those_it_names_and_nobody_else(desk: Desk) -> None:
    """Every route, every role, another society, and nobody: 401 or 403 before anything."""
    for method, path, body, allowed in ROUTES:
        for who in EVERYBODY:
            answer = await desk(who, method, path, body)
            refused = answer.status_code in (401, 403)
            assert refused is (who not in allowed), (who, method, path, answer.text)
            if not who:
                assert answer.status_code == 401


def test_the_table_of_routes_is_whole() -> None:
    """A route added without saying for whom would go unnoticed."""
    app = FastAPI()
    app.include_router(router)
    paths = app.openapi()["paths"]
    held = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    named = {
        (method, path.replace(CALL, "{call_id}").replace("society-a1", "{applicant_id}")
         .replace("/a1/", "/{application_id}/").replace("unknown", "{fact_id}")
         .replace(YEARS, "{rule}"))
        for method, path, _, _ in ROUTES
    }  # fmt: skip
    assert held == named


LONG = "x" * 129
DEEP = b'{"kind": "record", "dates": {}, "source": {}, "detail": {"a": ' + b"[" * 900 + b"]" * 900
BAD: list[tuple[str, str, str, Any, int]] = [
    ("screener", "POST", FACTS, b"{", 400),
    ("screener", "POST", FACTS, b"null", 422),
    ("screener", "POST", FACTS, {}, 422),
    ("screener", "POST", FACTS, {**penalty(), "kind": "rumour"}, 422),
    ("screener", "POST", FACTS, {**penalty(), "kind": "x" * 65}, 422),
    ("screener", "POST", FACTS, {**penalty(), "extra": 1}, 422),
    ("screener", "POST", FACTS, {**penalty(), "detail": []}, 422),
    ("screener", "POST", FACTS, {**penalty(), "dates": {"decision_on": "soon"}}, 422),
    ("screener", "POST", FACTS, {**penalty(), "dates": {"decision_on": 2020}}, 422),
    ("screener", "POST", FACTS, {**penalty(), "dates": {"decision_on": "2020-02-30"}}, 422),
    ("screener", "POST", FACTS, {**penalty(), "source": {}}, 422),
    ("screener", "POST", FACTS, {**penalty(), "source": {"url": "a\x00", "date_basis": "x"}}, 422),
    ("screener", "POST", FACTS, penalty(authority_kind="a\x00"), 422),
    ("screener", "POST", FACTS, b'{"kind": "record", "dates": {}, "source": {"url": "x", '
     b'"date_basis": "y"}, "detail": {"record_kind": "\\ud800"}}', 422),
    ("screener", "POST", FACTS, a_fact("annual_inspection", {
        "conclusion": "qualified", "years": [10**30], "years_count": 1}), 422),
    ("screener", "POST", FACTS, a_fact("annual_inspection", {
        "conclusion": "qualified", "years": [2018.5], "years_count": 1}), 422),
    ("screener", "POST", FACTS, DEEP + b"}}", 422),
    ("screener", "POST", FACTS, {**penalty(), "reference": LONG}, 422),
    ("screener", "POST", f"/v1/applicants/{LONG}/facts", penalty(), 422),
    ("screener", "POST", "/v1/applicants/%00/facts", penalty(), 422),
    ("screener", "GET", "/v1/applicants/%00/facts", None, 422),
    ("screener", "GET", "/v1/applicants/unknown/facts", None, 200),
    ("screener", "POST", FACTS, b"x" * 200_001, 413),
    ("officer", "POST", f"{FACTS}/unknown/retraction", REASON, 404),
    ("officer", "POST", f"{FACTS}/unknown/retraction", {"reason": " "}, 422),
    ("officer", "POST", f"{FACTS}/%00/retraction", REASON, 422),
    ("officer", "GET", "/v1/applications/unknown/eligibility", None, 404),
    ("officer", "GET", "/v1/applications/%00/eligibility", None, 422),
    ("officer", "GET", f"/v1/calls/{CALL}/assessments?verdict=maybe", None, 422),
    ("officer", "GET", f"/v1/calls/{CALL}/assessments?limit=201", None, 422),
    ("officer", "GET", f"/v1/calls/{CALL}/assessments?after=%00", None, 422),
    ("officer", "GET", "/v1/calls/unknown/assessments", None, 200),
    ("officer", "GET", f"/v1/calls/{CALL}/questions?after=a1", None, 422),
    ("officer", "GET", f"/v1/calls/{CALL}/questions?after=a1/%00", None, 422),
    ("officer", "POST", ANSWER, NO, 404),
    ("officer", "POST", ANSWER, {**NO, "answer": "perhaps"}, 422),
    ("officer", "POST", ANSWER, {"answer": "no"}, 422),
    ("officer", "POST", ANSWER, {**NO, "reason": "\x00"}, 422),
    ("officer", "POST", ANSWER.replace(YEARS, "%00"), NO, 422),
    ("officer", "POST", ANSWER.replace("a1", "unknown"), NO, 404),
    ("officer", "PUT", FACTS, None, 405),
]  # fmt: skip


async def test_bad_requests_are_answered_with_what_to_mend(desk: Desk) -> None:
    """A problem document in both languages with a stable code, and nothing half-done."""
    before = len(await desk.alone.rows(FactRecord))
    taken = 0
    for who, method, path, body, status in BAD:
        answer = await desk(who, method, path, body)
        assert answer.status_code == status, (method, path, body, answer.text)
        taken += status == 201
        if status >= 400:
            problem = answer.json()
            assert answer.headers["content-type"] == "application/problem+json"
            assert problem["status"] == status
            assert problem["code"]
            assert problem["detail"] != problem["detail_zh"]
    assert len(await desk.alone.rows(FactRecord)) == before + taken


@pytest.mark.parametrize("part", ["detail", "dates", "source"])
async def test_a_misspelt_field_is_named_with_those_there_are(desk: Desk, part: str) -> None:
    """Lost in silence it could be the very date that clears the applicant."""
    fact = penalty()
    answer = await desk("screener", "POST", FACTS, {**fact, part: {**fact[part], "typo": "x"}})
    (problem,) = answer.json()["problems"]
    assert (answer.status_code, problem["where"]) == (422, f"/{part}/typo")
    assert problem["mend"].startswith("Use one of: ")
