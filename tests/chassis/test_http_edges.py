"""What HTTP says of time, versions of a draft, the service's own health, and its failures."""

from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from services.chassis.auth import Actor
from services.chassis.service import VERSION
from tests.chassis.harness_live import until
from tests.chassis.http_service import GOOD, NOWHERE, OPERATOR, SUBMISSION_URL, client, problem

NOT_INSTANTS = [
    "yesterday",
    "2021-07-12T18:00:00",
    "20210712T180000+0800",
    "2021-07-12 18:00:00+08:00",
    "2021-07-12T24:00:00+08:00",
    "2021-07-12T18:00:00+08:00 ",
    "",
]


@pytest.mark.parametrize("said", NOT_INSTANTS)
async def test_a_time_that_no_consumer_could_read_is_refused(
    http: httpx.AsyncClient, said: str
) -> None:
    """It would become the time of events, which has one form only."""
    answer = await http.post(SUBMISSION_URL, json=GOOD, headers={"mingjing-now": said})

    problem(answer, 400, "now_invalid")


async def test_the_time_of_a_request_is_the_one_it_names(http: httpx.AsyncClient) -> None:
    """Where the clock is told so; the counterpart of the refusals."""
    said = {"mingjing-now": "2021-07-12T18:00:00+08:00"}
    assert (await http.post(SUBMISSION_URL, json=GOOD, headers=said)).status_code == 201


async def test_an_etag_guards_a_draft(http: httpx.AsyncClient) -> None:
    """Who has read the newest version may change it; who has not is told so."""
    first = await http.put("/v1/drafts/d")
    second = await http.put("/v1/drafts/d", headers={"if-match": first.headers["etag"]})
    stale = await http.put("/v1/drafts/d", headers={"if-match": first.headers["etag"]})

    assert (first.headers["etag"], second.headers["etag"]) == ('"+"', '"++"')
    problem(stale, 412, "draft_changed")


async def test_a_bug_says_nothing_of_itself(http: httpx.AsyncClient) -> None:
    """In a decision or in a route: 500, our fault, and no detail of it."""
    for answer in (await http.post("/v1/bugs"), await http.get("/v1/bugs")):
        problem(answer, 500, "bug")
        assert "ZeroDivision" not in answer.text
        assert "secret detail" not in answer.text


async def test_with_the_database_away_one_is_told_to_come_back() -> None:
    """Commands and queries alike: 503 and when to try again, never an error of ours."""
    async with client(NOWHERE, ask_seconds_max=0.2) as http:
        for answer in (
            await http.post(SUBMISSION_URL, json=GOOD),
            await http.get("/v1/applications"),
        ):
            problem(answer, 503, "store_away")
            assert answer.headers["retry-after"] == "1"


async def test_a_query_whose_connection_dies_is_told_to_come_back(
    http: httpx.AsyncClient, administrator: Any
) -> None:
    """A server that shuts down or fails over ends connections in use; the next query finds out."""
    assert (await http.get("/v1/applications")).status_code == 200
    administrator.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
        "where application_name = 'source.query'"
    )
    assert (await http.get("/v1/applications")).status_code in (200, 503)
    assert (await http.get("/v1/applications")).status_code == 200


@pytest.mark.parametrize("path", ["/v1/applications", "/v1/operations/dead-letters"])
async def test_a_server_that_takes_no_connection_is_away_too(
    administrator: Any, store: Callable[[], str], path: str
) -> None:
    """It answers, but refuses: while it starts, stops or is full. That is its state, not a bug of ours."""
    url = store()
    async with client(url, Actor("both", frozenset({"applicant", "operator"}))) as http:
        assert (await http.get(path)).status_code == 200
        administrator.execute(f'alter database "{url.rpartition("/")[2]}" connection limit 0')
        administrator.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where application_name = 'source.query'"
        )
        problem(await http.get(path), 503, "store_away")


async def test_an_operator_hears_that_the_database_is_away() -> None:
    """The operator's routes are no exception."""
    async with client(NOWHERE, OPERATOR, ask_seconds_max=0.2) as http:
        problem(await http.get("/v1/operations/dead-letters"), 503, "store_away")
        body = {"topic": "t", "key": "k"}
        problem(await http.post("/v1/operations/redrives", json=body), 503, "store_away")


async def test_health_says_what_is_missing(store: Callable[[], str]) -> None:
    """Alive at once; ready when the database and the broker are there, and why not until then."""
    async with client(NOWHERE) as http:
        assert (await http.get("/healthz")).json() == {"status": "ok"}
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (503, False)
        assert set(ready.json()["reasons"]) == {"database", "relay"}
    async with client(store()) as http:
        await until("only the broker is missing", lambda: reasons_are(http, {"relay"}))


async def reasons_are(http: httpx.AsyncClient, expected: set[str]) -> bool:
    """Whether these are the reasons why the service is not ready."""
    return set((await http.get("/readyz")).json()["reasons"]) == expected


async def test_metrics_count_what_was_done(http: httpx.AsyncClient) -> None:
    """In the form that Prometheus reads, with the service's name on every line."""
    await http.post(SUBMISSION_URL, json=GOOD)
    lines = (await http.get("/metrics")).text.splitlines()

    assert 'mingjing_events_emitted_total{service="source"} 1.0' in lines
    assert 'mingjing_outbox_waiting{service="source"} 1.0' in lines


async def test_the_version_is_told(http: httpx.AsyncClient) -> None:
    """Which service, which release."""
    said = (await http.get("/version")).json()
    assert (said["service"], said["version"]) == ("source", VERSION)


async def test_only_an_operator_sees_dead_letters(http: httpx.AsyncClient) -> None:
    """They may hold what applicants wrote."""
    problem(await http.get("/v1/operations/dead-letters"), 403, "not_allowed")


async def test_a_redrive_needs_a_second_person(store: Callable[[], str]) -> None:
    """And something that waits."""
    async with client(store(), OPERATOR) as http:
        await until("only the broker is missing", lambda: reasons_are(http, {"relay"}))
        body: dict[str, object] = {"topic": "t", "key": "k"}
        answer = await http.post("/v1/operations/redrives", json=body | {"dry_run": False})
        problem(answer, 409, "proposal_needed")
        problem(await http.post("/v1/operations/redrives", json=body), 404, "nothing_parked")


async def test_what_no_row_can_hold_is_looked_for_in_vain(http: httpx.AsyncClient) -> None:
    """A NUL in a path is the asker's to mend, not an error of ours."""
    answer = await http.get("/v1/applications/a%00b")

    problem(answer, 422, "value_not_storable")
    assert (await http.get("/v1/applications/a1")).json() == {"title": ""}


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("said", "kept"), [(TRACE, TRACE), (TRACE + "0", ""), ("x" * 100_000, ""), ("", "")]
)
async def test_only_a_trace_travels_on(store: Callable[[], str], said: str, kept: str) -> None:
    """The header goes out with every event that follows: it must not be able to stop the outbox."""
    url = store()
    async with client(url, clock="header") as http:
        headers = {"traceparent": said}
        assert (await http.post(SUBMISSION_URL, json=GOOD, headers=headers)).status_code == 201
    connection = await asyncpg.connect(url)
    sent = dict(orjson.loads(await connection.fetchval("select headers from outbox")))
    await connection.close()

    assert sent["ce_traceparent"] == kept
