"""Submission over HTTP on a real database: routes, receipts, refusals, and nothing half-done."""

from typing import Any

from contracts.eligibility import EligibilityAssessed
from services.submission.rules.receipt import authentic, public_key_of
from services.submission.store import Application, Draft
from tests.submission.desk import KEY, Desk
from tests.submission.office import (
    CALL,
    CLOSES,
    DURING,
    applicant,
    call_document,
    content,
    next_version,
)

PUBLIC = public_key_of(KEY)


async def test_an_application_is_begun_saved_sent_and_read_back(desk: Desk) -> None:
    """The whole way of an applicant, each answer leading to the next request."""
    begun = await desk(
        "A", "POST", "/v1/applications", {"call_id": CALL, "applicant": applicant("A")}
    )
    assert (begun.status_code, begun.headers["etag"]) == (201, '"1"')
    path = f"/v1/applications/{begun.json()['application_id']}"
    saved = await desk("A", "PUT", path, content(), If_Match='"1"')
    assert (saved.status_code, saved.headers["etag"], saved.json()["problems"]) == (200, '"2"', [])
    draft = await desk("A", "GET", path)
    assert (draft.json()["status"], draft.headers["etag"]) == ("draft", '"2"')

    sent = await desk("A", "POST", f"{path}/submission", If_Match='"2"')
    assert sent.status_code == 201
    assert authentic(sent.json(), PUBLIC)
    read = (await desk("A", "GET", path)).json()
    assert (read["status"], read["content"], read["submitted_at"]) == (
        "submitted",
        content(),
        DURING,
    )
    assert read["eligibility"] is None


async def test_a_receipt_is_given_again_byte_for_byte_and_checked_for_anyone(desk: Desk) -> None:
    """The same at every asking; a changed word is not ours."""
    application_id = await desk.begin()
    path = f"/v1/applications/{application_id}"
    answers = [await desk("A", "POST", f"{path}/submission", now=n) for n in (DURING, CLOSES)]
    receipt = await desk("A", "GET", f"{path}/receipt")
    assert answers[0].content == answers[1].content == receipt.content

    for document, verdict in ((receipt.json(), True), ({**receipt.json(), "title": "别的"}, False)):
        answer = await desk("", "POST", "/v1/receipts/verification", document)
        assert answer.json() == {"authentic": verdict, "public_key": PUBLIC}
    assert (await desk("", "GET", "/v1/receipts/key")).json()["public_key"] == PUBLIC


async def test_two_saves_on_one_version_keep_one_and_show_both(desk: Desk) -> None:
    """428 without a version, 412 with a stale one, and the draft is what the first one saved."""
    path = f"/v1/applications/{await desk.begin()}"
    assert (await desk("A", "PUT", path, content(title="甲"), If_Match='"1"')).status_code == 200
    assert (await desk("A", "PUT", path, content(title="乙"))).status_code == 428
    stale = await desk("A", "PUT", path, content(title="乙"), If_Match='"1"')
    assert stale.status_code == 412
    assert (stale.json()["current"]["title"], stale.json()["yours"]["title"]) == ("甲", "乙")
    assert [row.content["title"] for row in await desk.rows(Draft)] == ["甲"]


async def test_a_second_application_is_refused_naming_the_first(desk: Desk) -> None:
    """A problem document, and the applicant sees on the draft what stood in its way."""
    first, second = await desk.sent(), await desk.begin(reference="2")
    refused = await desk("A", "POST", f"/v1/applications/{second}/submission")
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["standing_application_id"] == first
    assert (await desk("A", "GET", f"/v1/applications/{second}")).json()["duplicate_of"] == first
    tally = (await desk("", "GET", f"/v1/calls/{CALL}/tally")).json()
    assert (tally["received"], tally["duplicates"]) == (1, 1)


async def test_the_applicant_sees_what_other_services_said(desk: Desk) -> None:
    """From this service's own copy; nobody is called."""
    application_id = await desk.sent()
    await desk.hears(
        EligibilityAssessed(
            application_id=application_id,
            call_id=CALL,
            applicant_id=applicant()["id"],
            assessment_no=1,
            verdict="undetermined",
            failed_rules=(),
            open_rules=("penalised_within_lookback",),
            assessment={},
            evidence={},
            assessed_at=DURING,
        )
    )
    dispatch = {"carrier": "EMS", "waybill": "EA 1234", "dispatched_on": "2021-07-05"}
    path = f"/v1/applications/{application_id}"
    assert (await desk("A", "POST", f"{path}/dispatch", dispatch)).status_code == 201
    seen = (await desk("A", "GET", path)).json()
    assert seen["eligibility"]["open_rules"] == ["penalised_within_lookback"]
    assert seen["dispatches"][0]["waybill"] == "EA1234"
    assert seen["award"] is None
    assert (await desk("A", "POST", f"{path}/withdrawal", {"reason": "改期"})).status_code == 200
    assert (await desk("A", "GET", path)).json()["status"] == "withdrawn"


async def test_an_applicant_sees_its_own_and_an_officer_everybodys(desk: Desk) -> None:
    """Drafts are the applicant's alone; lists are paged by id."""
    ids = sorted([await desk.sent("A"), await desk.sent("B"), await desk.sent("C")])
    draft = await desk.begin("A", reference="draft")

    first = (await desk("officer", "GET", f"/v1/applications?limit=2&call_id={CALL}")).json()
    rest = (await desk("officer", "GET", f"/v1/applications?after={first['next']}")).json()
    assert [a["application_id"] for a in first["applications"] + rest["applications"]] == ids
    assert rest["next"] is None
    mine = (await desk("A", "GET", "/v1/applications")).json()["applications"]
    assert [a["applicant_id"] for a in mine] == [applicant("A")["id"]]
    drafts = (await desk("A", "GET", "/v1/applications?state=draft")).json()["applications"]
    assert [a["application_id"] for a in drafts] == [draft]
    others = (await desk("officer", "GET", "/v1/applications?state=draft")).json()["applications"]
    assert others == []
    assert (await desk("officer", "GET", f"/v1/applications/{draft}")).status_code == 404


async def test_who_may_not_is_forbidden(desk: Desk) -> None:
    """Neither another applicant nor another role; and nobody known is asked to sign in."""
    url = f"/v1/applications/{await desk.sent()}"
    for who, method, path, body in (
        ("B", "GET", "", None),
        ("B", "GET", "/receipt", None),
        ("B", "POST", "/submission", None),
        ("B", "POST", "/withdrawal", {"reason": "x"}),
        ("B", "PUT", "", content(title="乙")),
        ("reviewer", "GET", "", None),
        ("officer", "POST", "/withdrawal", {"reason": "x"}),
        ("A", "GET", "/objections", None),
    ):
        assert (await desk(who, method, url + path, body)).status_code == 403, (who, method, path)
        assert (await desk("", method, url + path, body)).status_code == 401, (method, path)
    assert (await desk.rows(Application))[0].withdrawn_at is None


async def test_nobody_begins_for_another_organisation(desk: Desk) -> None:
    """The token says whom the applicant acts for."""
    body = {"call_id": CALL, "applicant": applicant("B")}
    assert (await desk("A", "POST", "/v1/applications", body)).status_code == 403
    assert await desk.rows(Draft) == []


async def test_a_call_is_published_amended_closed_and_read_in_every_version(desk: Desk) -> None:
    """Anyone may read the call as it is in force, or as it was when a receipt was given."""
    longer = {"call": next_version(closes_before="2021-07-20T00:00:00+08:00"), "reason": "延期"}
    path = f"/v1/calls/{CALL}"
    assert (await desk("officer", "PUT", path, longer, If_Match='"1"')).headers["etag"] == '"2"'
    assert (
        await desk("officer", "POST", f"{path}/amendment", longer, If_Match='"1"')
    ).status_code == 200
    assert (await desk("officer", "POST", f"{path}/closing", now=CLOSES)).status_code == 409
    closed = await desk("officer", "POST", f"{path}/closing", now="2021-07-20T00:00:00+08:00")
    assert closed.json()["status"] == "closed"

    now, then = await desk("", "GET", path), await desk("", "GET", f"{path}?version=1")
    assert (now.json()["call_version"], now.json()["status"]) == (2, "closed")
    assert then.json()["call"] == call_document()
    assert [c["call_id"] for c in (await desk("", "GET", "/v1/calls")).json()["calls"]] == [CALL]
    assert (await desk("", "GET", f"{path}?version=3")).status_code == 404


async def test_an_incomplete_call_is_refused_over_http_with_all_its_faults(desk: Desk) -> None:
    """The officer gets the whole list in one answer."""
    refused = await desk("officer", "POST", "/v1/calls", {"id": "other"})
    assert refused.status_code == 422
    assert len(refused.json()["problems"]) > 10
    assert (await desk("A", "POST", "/v1/calls", call_document())).status_code == 403


BAD: list[tuple[str, str, Any, int]] = [
    ("POST", "/v1/applications", b"{", 400),
    ("POST", "/v1/applications", b'{"call_id": "\\ud800"}', 422),
    ("POST", "/v1/applications", {"call_id": CALL}, 422),
    ("POST", "/v1/applications", {"call_id": "unknown", "applicant": applicant()}, 404),
    ("POST", "/v1/applications", {"call_id": "a\x00", "applicant": applicant()}, 422),
    ("PUT", "/v1/applications/ID", content(requested_fen=1.5), 422),
    ("PUT", "/v1/applications/ID", content(requested_fen="1"), 422),
    ("PUT", "/v1/applications/ID", content(requested_fen=2**53), 422),
    ("PUT", "/v1/applications/ID", content(title="a\x00"), 422),
    ("PUT", "/v1/applications/ID", content(form={"a": 0.1}), 422),
    ("PUT", "/v1/applications/ID", content(form={"a": "\x00"}), 422),
    ("PUT", "/v1/applications/ID", b'{"form": {"a": "\\ud800"}}', 422),
    ("PUT", "/v1/applications/ID", b'{"form": {"a": NaN}}', 422),
    ("PUT", "/v1/applications/ID", b'{"form": {"a": 1' + b"0" * 400 + b"}}", 422),
    ("PUT", "/v1/applications/ID", b'{"form": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}", 422),
    ("PUT", "/v1/applications/ID", b"x" * 200_001, 413),
    ("PUT", "/v1/applications/unknown", content(), 404),
    ("POST", "/v1/applications/unknown/submission", None, 404),
    ("GET", "/v1/applications/unknown", None, 404),
    ("GET", "/v1/applications/a%00b", None, 422),
    ("GET", "/v1/applications?limit=0", None, 422),
    ("GET", "/v1/applications?after=%00", None, 422),
    ("GET", "/v1/applications/unknown/receipt", None, 404),
    ("GET", "/v1/calls/unknown", None, 404),
    ("GET", "/v1/calls/unknown/tally", None, 404),
    ("POST", "/v1/receipts/verification", b"[]", 422),
    ("POST", "/v1/receipts/verification", b'{"signature": ' + b"[" * 900 + b"]" * 900 + b"}", 200),
    (
        "POST",
        "/v1/applications/ID/dispatch",
        {"carrier": "EMS", "waybill": "?", "dispatched_on": "x"},
        422,
    ),
    (
        "POST",
        "/v1/applications/ID/dispatch",
        {"carrier": "EMS", "waybill": "EA1234", "dispatched_on": "2021-07-32"},
        422,
    ),
]
"""Bad input to submission, and the status it is answered with; ID is a draft that exists."""


async def test_bad_input_is_answered_with_what_where_and_how_to_mend(desk: Desk) -> None:
    """Never a 500, never a trace of it in the store."""
    draft_id = await desk.begin()
    before = await desk.rows(Draft)
    for method, path, body, status in BAD:
        answer = await desk("A", method, path.replace("ID", draft_id), body, If_Match='"1"')
        said = f"{method} {path} {str(body)[:60]} was answered {answer.text[:300]}"
        assert answer.status_code == status, said
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json", said
            assert {"code", "detail", "detail_zh"} <= set(answer.json()), said
    assert await desk.rows(Draft) == before


async def test_a_call_document_of_any_shape_never_breaks_the_service(desk: Desk) -> None:
    """Whatever an officer uploads, the answer is a list of faults."""
    shapes: list[bytes] = [
        b"{}",
        b'{"id": 1, "version": 1e999}',
        b'{"id": "a", "window": [], "strands": {"a": 1}}',
        b'{"strands": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"version": 99999999999999999999}',
    ]
    for shape in shapes:
        answer = await desk("officer", "POST", "/v1/calls", shape)
        assert answer.status_code == 422, answer.text
        assert answer.json()["problems"]


async def test_an_idempotency_key_gives_the_first_answer_signed_alike(desk: Desk) -> None:
    """Signing happens after the stored answer, and is the same every time."""
    path = f"/v1/applications/{await desk.begin()}/submission"
    answers = [await desk("A", "POST", path, Idempotency_Key="k-1") for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert authentic(answers[0].json(), PUBLIC)
