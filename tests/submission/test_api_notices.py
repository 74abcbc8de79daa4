"""The public notice over HTTP: who posts, who reads, who may object, who sees whom."""

from contracts.review import AwardRecommended, RankingSealed
from tests.submission.desk import Desk
from tests.submission.office import CALL, CLOSES

SEAL = "a" * 64


async def test_a_result_is_posted_objected_to_and_answered(desk: Desk) -> None:
    """Anyone reads the notice and may object; only an officer sees who did, and answers."""
    application_id = await desk.sent()
    await desk("officer", "POST", f"/v1/calls/{CALL}/closing", now=CLOSES)
    assert (await desk("", "GET", f"/v1/calls/{CALL}/result-notice")).status_code == 404
    seal = RankingSealed(
        call_id=CALL, ranking={}, evidence={}, ranking_sha256=SEAL, sealed_by="o", sealed_at=CLOSES
    )
    award = AwardRecommended(
        application_id=application_id, call_id=CALL, applicant_id="a", applicant_name="虚构学会A",
        title="示例", rank=1, amount_fen=1, ranking_sha256=SEAL, recommended_by="o",
        recommended_at=CLOSES,
    )  # fmt: skip
    await desk.hears(seal)
    await desk.hears(award)
    posted = "2021-09-24T10:00:00+08:00"
    notice = await desk(
        "officer", "POST", f"/v1/calls/{CALL}/result-notice", {"awards_expected": 1}, now=posted
    )
    assert notice.status_code == 201
    shown = await desk("", "GET", f"/v1/calls/{CALL}/result-notice")
    assert shown.json() == notice.json()

    path = f"/v1/applications/{application_id}/objections"
    said = {"name": "李四", "contact": "a@b.cn", "statement": "有误", "evidence_sha256": "b" * 64}
    raised = await desk("", "POST", path, said, now=posted)
    assert raised.status_code == 201
    [seen] = (await desk("officer", "GET", path)).json()["objections"]
    assert (seen["raised_by"], seen["contact"]) == ("李四", "a@b.cn")
    one = f"{path}/{raised.json()['objection_id']}"
    answer = {"upheld": False, "reason": "已核实"}
    assert (
        await desk("officer", "POST", f"{one}/resolution", answer, now=posted)
    ).status_code == 200
    public = (await desk("", "GET", one)).json()
    assert public["status"] == "dismissed"
    assert "raised_by" not in public
    assert (await desk("", "GET", f"/v1/calls/{CALL}/tally")).json()["objections_open"] == 0
