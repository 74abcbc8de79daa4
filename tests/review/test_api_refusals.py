"""Who may do what, and what becomes of requests that cannot be taken: a problem, never a 500."""

from typing import Any

import pytest
from fastapi import FastAPI

from services.review.api import router
from tests.review.chair import ids
from tests.review.conftest import Desk, reviewer
from tests.review.events import CALL, CRITERIA

PATH = f"/v1/calls/{CALL}"
TIE = {"reviewer_id": "r01", "kind": "family"}
DECLINE = {"reviewer_id": "r01", "reason": "没有时间"}
SCORES = {"reviewer_id": "r01", "points": dict.fromkeys(CRITERIA, 80)}
EVERYBODY = (
    "applicant", "clerk", "screener", "officer", "reviewer", "finance", "treasurer", "operator",
    "r01", "r02", "",
)  # fmt: skip

ROUTES: list[tuple[str, str, Any, set[str]]] = [
    ("POST", f"{PATH}/reviewers", reviewer("r01"), {"officer"}),
    ("GET", f"{PATH}/reviewers", None, {"officer"}),
    ("GET", "/v1/reviewers/r01/assignments", None, {"officer", "r01"}),
    ("POST", "/v1/applications/a01/conflicts", TIE, {"officer", "r01"}),
    ("POST", "/v1/applications/a01/declines", DECLINE, {"officer", "r01"}),
    ("POST", "/v1/applications/a01/scores", SCORES, {"r01"}),
    ("POST", f"{PATH}/assignment", {"seed": "7"}, {"officer"}),
    ("GET", f"{PATH}/assignment", None, {"officer"}),
    ("POST", f"{PATH}/assignment/filling", None, {"officer"}),
    ("GET", f"{PATH}/progress", None, {"officer"}),
    ("POST", f"{PATH}/ranking", None, {"officer"}),
    ("GET", f"{PATH}/ranking", None, {"officer"}),
    ("POST", f"{PATH}/tie", {"application_ids": ["a01"], "reason": "-"}, {"officer"}),
    ("POST", f"{PATH}/award-decisions", {"awards_expected": 0}, {"officer"}),
    ("GET", f"{PATH}/awards", None, {"officer", "finance"}),
]


async def test_each_route_is_for_those_it_names_and_nobody_else(desk: Desk) -> None:
    """Every route, every role, a reviewer for another, and nobody: 401 or 403 before anything."""
    for method, path, body, allowed in ROUTES:
        for who in EVERYBODY:
            answer = await desk(who, method, path, body)
            refused = answer.status_code in (401, 403) and answer.json()["code"] != "no_seat"
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
        (method, path.replace(CALL, "{call_id}").replace("a01", "{application_id}")
         .replace("/reviewers/r01", "/reviewers/{reviewer_id}"))
        for method, path, _, _ in ROUTES
    }  # fmt: skip
    assert held == named


LONG = "x" * 129
BAD: list[tuple[str, str, str, Any, int]] = [
    ("officer", "POST", f"{PATH}/reviewers", b"{", 400),
    ("officer", "POST", f"{PATH}/reviewers", b"[]", 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "reviewer_id": LONG}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "reviewer_id": "a b"}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "organisation_id": ""}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "name": "  "}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "name": "a\x00"}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "email": "nobody"}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "load_max": 0}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "load_max": 1.0}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "load_max": "1"}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "load_min": 10}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "extra": 1}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r09"), "items": ["1.1"] * 201}, 422),
    ("officer", "POST", f"{PATH}/reviewers", {**reviewer("r01"), "name": "别人"}, 409),
    ("officer", "POST", "/v1/calls/unknown/reviewers", reviewer("r09"), 404),
    ("officer", "POST", f"/v1/calls/{LONG}/reviewers", reviewer("r09"), 422),
    ("officer", "POST", "/v1/calls/%00/reviewers", reviewer("r09"), 422),
    ("officer", "POST", f"{PATH}/reviewers", b"x" * 200_001, 413),
    ("officer", "GET", f"{PATH}/reviewers?limit=0", None, 422),
    ("officer", "GET", f"{PATH}/reviewers?limit=201", None, 422),
    ("officer", "GET", f"{PATH}/reviewers?after=%00", None, 422),
    ("officer", "GET", "/v1/calls/%00/reviewers", None, 422),
    ("officer", "GET", "/v1/reviewers/%00/assignments", None, 422),
    ("officer", "GET", "/v1/reviewers/r99/assignments", None, 200),
    ("officer", "POST", "/v1/applications/a99/conflicts", TIE, 404),
    ("officer", "POST", "/v1/applications/a01/conflicts", {**TIE, "reviewer_id": "r99"}, 404),
    ("officer", "POST", "/v1/applications/a01/conflicts", {**TIE, "kind": "envy"}, 422),
    ("officer", "POST", "/v1/applications/a01/conflicts", {**TIE, "statement": "a\x00"}, 422),
    ("officer", "POST", "/v1/applications/%00/conflicts", TIE, 422),
    ("r01", "POST", "/v1/applications/a01/declines", {**DECLINE, "reason": " "}, 422),
    ("r01", "POST", "/v1/applications/a01/declines", DECLINE, 404),
    ("r01", "POST", "/v1/applications/a99/declines", DECLINE, 404),
    ("r01", "POST", "/v1/applications/a01/scores", SCORES, 403),
    ("r01", "POST", "/v1/applications/a99/scores", SCORES, 404),
    ("r01", "POST", "/v1/applications/a01/scores", {**SCORES, "points": {"budget": 1.5}}, 422),
    ("r01", "POST", "/v1/applications/a01/scores", {**SCORES, "points": {"budget": "1"}}, 422),
    ("r01", "POST", "/v1/applications/a01/scores", {**SCORES, "points": {"budget": True}}, 422),
    ("r01", "POST", "/v1/applications/a01/scores", {**SCORES, "points": {"budget": -1}}, 422),
    ("r01", "POST", "/v1/applications/a01/scores", {**SCORES, "points": {"budget": 10**30}}, 422),
    ("r01", "POST", "/v1/applications/a01/scores", {**SCORES, "points": {"a\x00": 1}}, 422),
    ("r01", "POST", "/v1/applications/a01/scores", {**SCORES, "points": [1]}, 422),
    ("r01", "POST", "/v1/applications/a01/scores", {**SCORES, "comment": "\x00"}, 422),
    ("r01", "POST", "/v1/applications/a01/scores", b'{"reviewer_id": "r01", "points": NaN}', 422),
    ("officer", "POST", f"{PATH}/assignment", {}, 422),
    ("officer", "POST", f"{PATH}/assignment", {"seed": ""}, 422),
    ("officer", "POST", f"{PATH}/assignment", {"seed": "7", "dry_run": "yes"}, 422),
    ("officer", "POST", "/v1/calls/unknown/assignment", {"seed": "7"}, 404),
    ("officer", "GET", f"{PATH}/assignment", None, 404),
    ("officer", "POST", f"{PATH}/assignment/filling", None, 409),
    ("officer", "POST", "/v1/calls/unknown/assignment/filling", None, 404),
    ("officer", "GET", "/v1/calls/%00/progress", None, 422),
    ("officer", "POST", f"{PATH}/ranking", None, 409),
    ("officer", "POST", f"{PATH}/ranking", {"accept_vacant_seats": 1}, 422),
    ("officer", "POST", "/v1/calls/unknown/ranking", None, 404),
    ("officer", "GET", f"{PATH}/ranking", None, 404),
    ("officer", "POST", f"{PATH}/tie", {"application_ids": [], "reason": "-"}, 422),
    ("officer", "POST", f"{PATH}/tie", {"application_ids": ["a01"], "reason": "-"}, 409),
    ("officer", "POST", f"{PATH}/award-decisions", {"awards_expected": -1}, 422),
    ("officer", "POST", f"{PATH}/award-decisions", {"awards_expected": "1"}, 422),
    ("officer", "POST", f"{PATH}/award-decisions", {"awards_expected": 0}, 409),
    ("officer", "POST", "/v1/calls/unknown/award-decisions", {"awards_expected": 0}, 404),
    ("officer", "GET", f"{PATH}/awards?after=a/b", None, 422),
    ("officer", "GET", "/v1/nothing", None, 404),
    ("officer", "DELETE", f"{PATH}/awards", None, 405),
]


async def test_bad_requests_are_answered_with_what_to_mend(desk: Desk) -> None:
    """A problem document in both languages with a stable code, and nothing half-done."""
    await desk("officer", "GET", f"{PATH}/progress")
    for who, method, path, body, status in BAD:
        answer = await desk(who, method, path, body)
        assert answer.status_code == status, (method, path, body, answer.text)
        if status >= 400:
            problem = answer.json()
            assert answer.headers["content-type"] == "application/problem+json"
            assert problem["status"] == status
            assert problem["code"]
            assert problem["detail"] != problem["detail_zh"]
    listed = (await desk("officer", "GET", f"{PATH}/reviewers")).json()["reviewers"]
    assert [r["reviewer_id"] for r in listed] == ids("r", 3)


@pytest.mark.parametrize("now", ["yesterday", "2021-08-10T10:00:00", ""])
async def test_a_clock_that_cannot_be_read_is_refused(desk: Desk, now: str) -> None:
    """The simulation's own header is checked like any other input."""
    answer = await desk("officer", "POST", f"{PATH}/assignment", {"seed": "7"}, now=now)
    assert (answer.status_code, answer.json()["code"]) == (400, "now_invalid")
