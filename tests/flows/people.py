"""What people do on the shared stack: publish a call of their own, begin, send, look."""

import asyncio
import copy
from typing import Any

import httpx

from contracts.event import ContractError, partition_of
from services.chassis.causes import Record
from services.chassis.ids import derived
from services.chassis.log import end_of, read
from services.cli.season.office import OFFICER, Office, Person
from services.cli.stack import Stack
from services.submission.calls import CAST_2021, load

OPERATOR = Person("operator-wu", ("operator",))
PUBLISHED = "2021-07-01T09:00:00+08:00"
DURING = "2021-07-05T10:00:00+08:00"
FORM = {
    "project_leader": "负责人", "basis": "虚构", "plan": "虚构", "expected_results": "虚构",
    "matching_funds_fen": 0,
}  # fmt: skip


def call_named(name: str) -> dict[str, Any]:
    """The call of 2021 under another id, so that no test meets another's applications."""
    call = copy.deepcopy(load(CAST_2021))
    call["id"] = name
    return call


def applicant(applicant_id: str) -> Person:
    """The secretariat of a fictional society."""
    return Person(f"secretariat-{applicant_id}", ("applicant",), applicant_id)


async def publish(office: Office, name: str) -> None:
    """Publish the call; publishing it again changes nothing."""
    await office.post(OFFICER, PUBLISHED, "submission", "/v1/calls", call_named(name))


async def begin(
    office: Office, call_id: str, applicant_id: str, expect: tuple[int, ...] = (200, 201)
) -> str:
    """Begin an application that is complete and could be sent; its id, empty where it was refused."""
    body = {
        "call_id": call_id,
        "applicant": {
            "id": applicant_id, "name": f"虚构{applicant_id}学会", "member_class": "regular",
            "contact_email": f"{applicant_id.lower()}@applicant.invalid",
        },
        "reference": "one",
        "content": {"title": "虚构开放合作示范", "items": ["1.1"], "requested_fen": 30_000_000, "form": FORM},
    }  # fmt: skip
    begun = await office.post(
        applicant(applicant_id), DURING, "submission", "/v1/applications", body, expect=expect
    )
    return str(begun.get("application_id", ""))


async def send(office: Office, application: str, applicant_id: str) -> dict[str, Any]:
    """Send it; the receipt."""
    path = f"/v1/applications/{application}/submission"
    return await office.post(applicant(applicant_id), DURING, "submission", path)


async def applicants_on(
    office: Office, call_id: str, partition: int, prefix: str, count: int
) -> dict[str, str]:
    """Applicants, each with an application begun, whose events share a partition."""
    found: dict[str, str] = {}
    number = 0
    while len(found) < count:
        number += 1
        who = f"{prefix}-{number:03d}"
        application = await begin(office, call_id, who)
        if partition_of(application) == partition:
            found[who] = application
    return found


async def events(stack: Stack, topic: str) -> list[Record]:
    """The readable records of a topic as the log stands now, partition by partition."""
    ends = await end_of(stack.bootstrap, [topic])
    found = [r async for batch in read(stack.bootstrap, ends) for r in batch]
    return [r for r in sorted(found, key=lambda r: (r.partition, r.offset)) if is_readable(r)]


def is_readable(record: Record) -> bool:
    """Whether it has an envelope at all."""
    try:
        record.read_envelope()
    except ContractError:
        return False
    return True


async def until(what: str, holds: Any, seconds: float = 60) -> Any:
    """Ask again and again until an async question has an answer that is true; the answer.

    Raises:
        AssertionError: it never was; the message says what was waited for.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        if answer := await holds():
            return answer
        assert asyncio.get_running_loop().time() < deadline, f"waited {seconds} s in vain: {what}"
        await asyncio.sleep(0.1)


def headers_of(stack: Stack, who: Person, key: str = "") -> dict[str, str]:
    """The headers of a request, with this idempotency key."""
    headers = {
        "Authorization": f"Bearer {stack.token(who.id, who.roles, who.subject)}",
        "Mingjing-Now": DURING,
    }
    return headers | ({"Idempotency-Key": key} if key else {})


async def letters(stack: Stack, service: str, state: str = "") -> list[dict[str, Any]]:
    """The dead letters an operator sees."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(
            f"{stack.url(service)}/v1/operations/dead-letters",
            params={"limit": 1000, "state": state}, headers=headers_of(stack, OPERATOR),
        )  # fmt: skip
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["dead_letters"]
    return found


def event_id(name: str) -> str:
    """An id for an event that a test makes up."""
    return derived("a test's own", name)
