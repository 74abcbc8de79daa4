"""Review over HTTP on a real database: the whole way, what each may see, and pages."""

from contracts.event import Event
from contracts.review import AwardRecommended
from services.review.store import Award, ScoreSheet
from tests.review.chair import ids
from tests.review.conftest import Desk
from tests.review.events import AFTER_NOTICE, CALL, checked, judged, noticed, reserved, submitted

PATH = f"/v1/calls/{CALL}"


async def assigned(desk: Desk) -> dict[str, list[str]]:
    """Panels are made; who sits where."""
    answer = await desk("officer", "POST", f"{PATH}/assignment", {"seed": "7"})
    assert answer.status_code == 201, answer.text
    return await desk.panels()


def recommendations(outcomes: list[dict[str, object]]) -> list[AwardRecommended]:
    """What the ranking recommended, as others hear it."""
    return [
        AwardRecommended.model_validate(
            {
                **outcome,
                "call_id": CALL,
                "applicant_id": f"society-{outcome['application_id']}",
                "applicant_name": "虚构学会",
                "title": "示例",
                "amount_fen": outcome["granted_fen"],
                "ranking_sha256": "0" * 64,
                "recommended_by": "officer-1",
                "recommended_at": AFTER_NOTICE,
            }
        )
        for outcome in outcomes
        if outcome["status"] == "awarded"
    ]


async def test_a_call_goes_from_panels_to_awards(desk: Desk) -> None:
    """Each answer leads to the next request; every repeat gets the same answer."""
    shown = await desk("officer", "POST", f"{PATH}/assignment", {"seed": "7", "dry_run": True})
    assert shown.status_code == 200
    assert (await desk("officer", "GET", f"{PATH}/assignment")).status_code == 404
    panels = await assigned(desk)
    assert {p["application_id"]: p["reviewer_ids"] for p in shown.json()["panels"]} == panels
    for application, reviewers in panels.items():
        for reviewer in reviewers:
            answers = [
                await desk.score(application, reviewer, 90 if application == "a01" else 80)
                for _ in range(2)
            ]
            assert [a.status_code for a in answers] == [201, 201]
            assert answers[0].content == answers[1].content
    progress = (await desk("officer", "GET", f"{PATH}/progress")).json()
    assert (progress["applications"], progress["completed"], progress["sheets"]) == (2, 2, 6)
    assert progress["vacant_seats"] == {}

    sealed = [await desk("officer", "POST", f"{PATH}/ranking") for _ in range(2)]
    assert sealed[0].content == sealed[1].content
    assert [e["application_id"] for e in sealed[0].json()["entries"]] == ["a01", "a02"]
    ranking = (await desk("officer", "GET", f"{PATH}/ranking")).json()
    assert ranking["ranking_sha256"] == sealed[0].json()["ranking_sha256"]

    recommended = recommendations(sealed[0].json()["outcomes"])
    events: list[Event] = [*(reserved(one) for one in recommended), noticed(recommended)]
    await desk.hears(*events)
    body = {"awards_expected": 2}
    early = await desk("officer", "POST", f"{PATH}/award-decisions", body)
    assert (early.status_code, early.json()["code"]) == (409, "notice_not_over")
    assert {a.state for a in await desk.rows(Award)} == {"recommended"}
    decided = [
        await desk("officer", "POST", f"{PATH}/award-decisions", body, now=AFTER_NOTICE)
        for _ in range(2)
    ]
    assert decided[0].content == decided[1].content
    assert decided[0].json()["awarded_fen"] == 60_000_000
    awards = (await desk("finance", "GET", f"{PATH}/awards")).json()["awards"]
    assert [(a["application_id"], a["state"]) for a in awards] == [
        ("a01", "awarded"),
        ("a02", "awarded"),
    ]


async def test_a_reviewer_sees_the_own_seats_and_sheets_and_nobody_elses(desk: Desk) -> None:
    """Title and items of the case, when the own sheet came in; no name, no points of others."""
    await assigned(desk)
    await desk.score("a01", "r01", 90)
    await desk.score("a01", "r02", 70)
    mine = await desk("r01", "GET", "/v1/reviewers/r01/assignments")
    assert [(a["application_id"], bool(a["scored_at"])) for a in mine.json()["assignments"]] == [
        ("a01", True),
        ("a02", False),
    ]
    assert set(mine.json()["assignments"][0]) == {
        "application_id",
        "call_id",
        "title",
        "items",
        "scored_at",
    }
    for secret in ("r02", "r03", "70", "society"):
        assert secret not in mine.text
    assert (await desk("r01", "GET", "/v1/reviewers/r02/assignments")).status_code == 403


async def test_a_declining_reviewer_learns_nothing_of_the_panel(desk: Desk) -> None:
    """Not even when nobody can take the seat."""
    await assigned(desk)
    body = {"reviewer_id": "r01", "reason": "没有时间"}
    answer = await desk("r01", "POST", "/v1/applications/a01/declines", body)
    assert answer.json() == {"application_id": "a01", "status": "declined"}
    assert (await desk.panels())["a01"] == ["r02", "r03"]
    left = (await desk("r01", "GET", "/v1/reviewers/r01/assignments")).json()["assignments"]
    assert [a["application_id"] for a in left] == ["a02"]
    progress = (await desk("officer", "GET", f"{PATH}/progress")).json()
    assert progress["vacant_seats"] == {"a01": 1}
    short = await desk("officer", "POST", f"{PATH}/assignment/filling")
    assert (short.status_code, short.json()["code"]) == (409, "assignment_infeasible")
    await desk.enrol("r04")
    filled = await desk("officer", "POST", f"{PATH}/assignment/filling")
    assert (filled.status_code, filled.json()["filled"]) == (201, ["a01"])
    assert (await desk.panels())["a01"] == ["r02", "r03", "r04"]
    runs = (await desk("officer", "GET", f"{PATH}/assignment")).json()["runs"]
    assert [run["kind"] for run in runs] == ["whole", "replacement"]
    assert all(level["value"] == level["bound"] for run in runs for level in run["certificate"])


async def test_a_tie_is_declared_for_oneself_or_by_an_officer(desk: Desk) -> None:
    """The seat is empty at once; another reviewer may not speak for one."""
    await assigned(desk)
    body = {"reviewer_id": "r01", "kind": "family"}
    path = "/v1/applications/a01/conflicts"
    assert (await desk("r02", "POST", path, body)).status_code == 403
    assert (await desk("r01", "POST", path, body)).status_code == 201
    assert (await desk("officer", "POST", path, {**body, "reviewer_id": "r02"})).status_code == 201
    assert (await desk.panels())["a01"] == ["r03"]
    assert (await desk.score("a01", "r01", 80)).status_code == 403
    assert await desk.rows(ScoreSheet) == []


async def test_lists_are_paged_by_id(desk: Desk) -> None:
    """Each page says where the next begins, the last that there is none."""
    await assigned(desk)
    first = (await desk("officer", "GET", f"{PATH}/reviewers?limit=2")).json()
    rest = (await desk("officer", "GET", f"{PATH}/reviewers?limit=2&after={first['next']}")).json()
    assert [r["reviewer_id"] for r in first["reviewers"] + rest["reviewers"]] == ids("r", 3)
    assert [r["seats"] for r in first["reviewers"]] == [2, 2]
    assert (first["next"], rest["next"]) == ("r02", None)
    path = "/v1/reviewers/r01/assignments?limit=1"
    page = (await desk("r01", "GET", path)).json()
    assert (page["next"], len(page["assignments"])) == ("a01", 1)
    page = (await desk("r01", "GET", f"{path}&after=a01")).json()
    assert [a["application_id"] for a in page["assignments"]] == ["a02"]
    await desk.hears(submitted("a03"), judged("a03", "barred"), checked("a03"))
    for reviewer in ids("r", 3):
        for application in ("a01", "a02"):
            await desk.score(application, reviewer, 80 if application == "a01" else 70)
    await desk("officer", "POST", f"{PATH}/ranking", {"accept_vacant_seats": True})
    page = (await desk("officer", "GET", f"{PATH}/awards?limit=1")).json()
    assert (page["next"], page["awards"][0]["state"]) == ("a01", "recommended")
    assert len((await desk("officer", "GET", f"{PATH}/awards?after=a01")).json()["awards"]) == 1
