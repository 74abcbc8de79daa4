"""Messages over HTTP: found, paged, read as sent, and shown to nobody else."""

from pathlib import Path

import pytest

from tests.notification.conftest import Office, catching


async def test_officers_find_messages_and_read_them_as_sent(office: Office, tmp_path: Path) -> None:
    """Filters, pages in order, and the text in both languages; others see nothing."""
    client, officer = office.alone.client, office.alone.headers("officer")
    async with catching(tmp_path, office.port, refuse_first=1):
        await office.send()
    page = (await client.get("/v1/messages", params={"limit": "2"}, headers=officer)).json()
    rest = (
        await client.get("/v1/messages", params={"after": page["next"]}, headers=officer)
    ).json()
    assert len(page["messages"]) == 2
    assert len(rest["messages"]) == 1
    assert rest["next"] is None
    query = {"recipient": "box1@x.org", "about": "a1"}
    (one,) = (await client.get("/v1/messages", params=query, headers=officer)).json()["messages"]
    shown = (await client.get(f"/v1/messages/{one['message_id']}", headers=officer)).json()
    assert "申报已收到" in shown["preview"]["subject"]
    assert "Your application has been submitted" in shown["preview"]["text"]
    waiting = await client.get("/v1/messages", params={"state": "queued"}, headers=officer)
    assert [m["failures"] for m in waiting.json()["messages"]] == [1]


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("/v1/messages", "", 401),
        ("/v1/messages", "applicant", 403),
        ("/v1/messages/x", "reviewer", 403),
        ("/v1/messages/x", "officer", 404),
        ("/v1/messages?after=x", "officer", 422),
        ("/v1/messages?after=%C2%B2.x", "officer", 422),
        ("/v1/messages?state=lost", "officer", 422),
        ("/v1/messages?limit=201", "officer", 422),
    ],
)
async def test_a_bad_question_gets_a_problem(
    office: Office, path: str, role: str, status: int
) -> None:
    """Never a 500; what, where and how to mend it."""
    headers = office.alone.headers(role) if role else {}
    answer = await office.alone.client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
