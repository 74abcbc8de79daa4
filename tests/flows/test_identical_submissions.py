"""A thousand identical submissions at once, over HTTP: one application, one receipt, one answer."""

import asyncio
from collections import Counter
from collections.abc import Callable

import httpx
import pytest

from services.cli.season.office import Office
from services.cli.season.settle import settle
from services.cli.stack import Stack
from tests.flows.people import applicant, begin, events, headers_of, publish

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(300)]

TIMES = 1_000
CALL = "flows-identical"


@pytest.mark.parametrize(
    ("applicant_id", "key_of"),
    [
        pytest.param("IDENTICAL-SAME", lambda number: "the one key", id="with the same key"),
        pytest.param(
            "IDENTICAL-OWN", lambda number: f"key {number}", id="each with a key of its own"
        ),
    ],
)
async def test_a_thousand_identical_submissions_at_once_are_one_application(
    live: Stack, applicant_id: str, key_of: Callable[[int], str]
) -> None:
    """One event in the topic, one letter, and the same receipt for each who asked."""
    async with Office(live, 0) as office:
        await publish(office, CALL)
        application = await begin(office, CALL, applicant_id)

    answers = await ask_at_once(live, application, applicant_id, key_of)

    assert Counter(status for status, _ in answers) == {201: TIMES}
    assert len({body for _, body in answers}) == 1
    sent = ("submission.events", "submission.application_submitted")
    told = ("notification.events", "notification.message_queued")
    assert await said(live, *sent, application) == 1
    assert await said(live, *told, application) == 1


async def ask_at_once(
    stack: Stack, application: str, applicant_id: str, key_of: Callable[[int], str]
) -> list[tuple[int, bytes]]:
    """Status and body of each answer."""
    url = f"{stack.url('submission')}/v1/applications/{application}/submission"
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    who = applicant(applicant_id)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        answers = await asyncio.gather(
            *(client.post(url, headers=headers_of(stack, who, key_of(n))) for n in range(TIMES))
        )
    return [(answer.status_code, answer.content) for answer in answers]


async def said(stack: Stack, topic: str, event_type: str, application: str) -> int:
    """How many events of a type are about it, now that everybody has caught up."""
    await settle(stack)
    found = [r.read_envelope() for r in await events(stack, topic)]
    return sum(e.correlation_id == application and e.type == event_type for e in found)
