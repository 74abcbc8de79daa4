"""Records that nobody can read or apply: set aside with cause, while everybody else is served."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from contracts.event import Headers, partition_of
from contracts.submission import ApplicationWithdrawn, CallPublished
from services.cli.season.office import Office, Person
from services.cli.season.settle import settle
from services.cli.stack import Stack
from tests.flows.people import (
    DURING,
    OPERATOR,
    applicant,
    applicants_on,
    event_id,
    events,
    headers_of,
    letters,
    publish,
    send,
    until,
)

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(300)]

CALL = "flows-poison"
TOPIC = "submission.events"
PROPOSAL = {"act": "redrive", "topic": TOPIC, "reason": "the release is mended"}
SECOND_OPERATOR = Person("operator-zhao", ("operator",))
READERS = ("document", "eligibility", "finance", "notification", "review")


@pytest_asyncio.fixture
async def producer(live: Stack) -> AsyncIterator[AIOKafkaProducer]:
    """Anybody who can write to the broker."""
    async with AIOKafkaProducer(bootstrap_servers=live.bootstrap, acks="all") as it:
        yield it


@pytest_asyncio.fixture
async def office(live: Stack) -> AsyncIterator[Office]:
    """Where applicants go, with a call published."""
    async with Office(live, 0) as it:
        await publish(it, CALL)
        yield it


def withdrawn(key: str) -> bytes:
    """A withdrawal as submission would write it."""
    return ApplicationWithdrawn(
        application_id=key, call_id=CALL, reason="虚构", withdrawn_by="nobody", withdrawn_at=DURING
    ).to_json()


def headers(name: str, key: str, **other: bytes) -> Headers:
    """The headers submission would write, but for those that are said to be other."""
    good = {
        "ce_id": event_id(name).encode(), "ce_type": b"submission.application_withdrawn",
        "ce_source": b"a test", "ce_time": DURING.encode(), "ce_dataversion": b"1",
        "ce_correlationid": key.encode(), "ce_sequence": b"-1",
    }  # fmt: skip
    return list({**good, **other}.items())


POISON: dict[str, tuple[str, str]] = {
    "bytes without headers": ("dead", "headers_unreadable"),
    "a type nobody publishes": ("dead", "type_unknown"),
    "a version of the future": ("parked", "version_unknown"),
    "a body that is no JSON": ("parked", "body_unreadable"),
    "a body of another key": ("parked", "key_mismatch"),
    "a call no letter can be written from": ("parked", "call_unreadable"),
}
"""What is sent, and the state and code it must be kept with."""


def poison(name: str) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of one."""
    key = f"poison {name}"
    said: dict[str, tuple[bytes, Headers]] = {
        "bytes without headers": (b"\xff\x00\xfe poison", []),
        "a type nobody publishes": (
            b"{}",
            headers(name, key, ce_type=b"submission.nonsense_uttered"),
        ),
        "a version of the future": (withdrawn(key), headers(name, key, ce_dataversion=b"99")),
        "a body that is no JSON": (b"{\xff", headers(name, key)),
        "a body of another key": (withdrawn("somebody else"), headers(name, key)),
        "a call no letter can be written from": (
            CallPublished(
                call_id=key,
                call_version=1,
                call={},
                call_sha256="0" * 64,
                published_by="nobody",
                published_at=DURING,
            ).to_json(),
            headers(name, key, ce_type=b"submission.call_published"),
        ),
    }
    return (key.encode(), *said[name])


async def test_poison_is_kept_with_its_cause_and_the_next_in_line_is_served(
    live: Stack, producer: AIOKafkaProducer, office: Office
) -> None:
    """Every kind, before every reader, in the very partition a good application goes through."""
    partition = partition_of("poison")
    served = await applicants_on(office, CALL, partition, "AFTER-POISON", 2)
    for name in POISON:
        key, value, carried = poison(name)
        await producer.send_and_wait(TOPIC, value, key, partition=partition, headers=carried)
    for who, application in served.items():
        await send(office, application, who)
    await settle(live)

    kept = {letter["event_key"]: letter for letter in await letters(live, "notification")}
    assert {
        n: (kept[f"poison {n}"]["state"], kept[f"poison {n}"]["code"]) for n in POISON
    } == POISON
    assert all(kept[f"poison {n}"]["reason"] for n in POISON)
    for reader in READERS:
        seen = {one["event_key"] for one in await letters(live, reader)}
        assert {"poison bytes without headers", "poison a type nobody publishes"} <= seen, reader
    for application in served.values():
        assert await queued(live, application) == ["receipt"]


async def test_what_a_bad_release_parked_a_good_one_takes_in_order(
    live: Stack, office: Office
) -> None:
    """Parked by a bug, with what came later behind it; redriven on the word of a second person."""
    ((unlucky, application),) = (await applicants_on(office, CALL, 3, "UNLUCKY", 1)).items()
    ((neighbour, beside),) = (await applicants_on(office, CALL, 3, "NEIGHBOUR", 1)).items()
    await release(live, "tests.flows.bad_release:create_app")
    await send(office, application, unlucky)
    path = f"/v1/applications/{application}/withdrawal"
    await office.post(applicant(unlucky), DURING, "submission", path, {"reason": "虚构"})
    await send(office, beside, neighbour)
    await settle(live)

    waiting = [x for x in await letters(live, "notification") if x["event_key"] == application]
    assert [(x["state"], x["code"]) for x in sorted(waiting, key=lambda x: int(x["position"]))] == [
        ("parked", "bug"), ("queued", "key_parked"),
    ]  # fmt: skip
    assert "ZeroDivisionError" in "".join(x["reason"] for x in waiting)
    assert await queued(live, beside) == ["receipt"]
    assert await queued(live, application) == []

    await release(live, "services.notification.main:create_app")
    proposed = await operations(live, OPERATOR, "proposals", PROPOSAL | {"key": application})
    assert [one["state"] for one in proposed["preview"][0]["records"]] == ["redriven", "redriven"]
    assert await queued(live, application) == []
    approval = f"proposals/{proposed['id']}/approval"
    assert (await operations(live, OPERATOR, approval))["code"] == "same_person"
    assert await queued(live, application) == []

    await operations(live, SECOND_OPERATOR, approval)
    await until("the redrive is done", lambda: is_done(live, proposed["id"]))
    assert await queued(live, application) == ["receipt", "withdrawn"]
    assert [
        x for x in await letters(live, "notification", "parked") if x["event_key"] == application
    ] == []


async def release(stack: Stack, application: str) -> None:
    """Stop notification and start this release of it in its place."""
    process = stack.process("notification")
    process.stop()
    stack.application = lambda name: application  # type: ignore[method-assign]
    try:
        stack.start_service("notification")
    finally:
        del stack.application

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"{stack.url('notification')}/readyz")
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    await until("notification is ready", ready)


async def operations(stack: Stack, who: Person, act: str, body: Any = None) -> dict[str, Any]:
    """What notification answers an operator."""
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(
            f"{stack.url('notification')}/v1/operations/{act}",
            json=body,
            headers=headers_of(stack, who),
        )
    found: dict[str, Any] = answer.json()
    return found


async def is_done(stack: Stack, proposal_id: str) -> bool:
    """Whether an approved proposal was carried out."""
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(
            f"{stack.url('notification')}/v1/operations/proposals",
            headers=headers_of(stack, OPERATOR),
        )
    return any(p["id"] == proposal_id and p["state"] == "done" for p in answer.json()["proposals"])


async def queued(stack: Stack, application: str) -> list[str]:
    """The letters queued about an application, in the order of the log."""
    await settle(stack)
    said: list[Any] = [
        r.read_event()
        for r in await events(stack, "notification.events")
        if r.read_envelope().type == "notification.message_queued"
    ]
    return [event.template for event in said if event.about == application]
