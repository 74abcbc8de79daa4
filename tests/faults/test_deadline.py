"""The deadline, while clocks disagree: one clock judges, and only that one."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from services.chassis.causes import Record
from services.cli.season.office import Office
from tests.faults.kinds.releases import faketime, shifted
from tests.faults.load import caught_up
from tests.faults.machine import Machine
from tests.faults.power import ALWAYS
from tests.flows.people import applicant, begin, call_named, events, publish

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not faketime(), reason="libfaketime is not installed"),
]

CALL = "clocks"
MINUTES_BEFORE = "@2021-07-12 15:54:00 x40"
"""In UTC; forty seconds pass in one, so that midnight in Shanghai comes soon."""
APPLICANTS = 60
LATE_ENOUGH = 5


async def test_one_clock_judges_whoever_sends_around_the_deadline(machine: Machine) -> None:
    """Taken is exactly what came before the deadline by submission's clock, though two others are hours off."""
    await machine.start_afresh(ALWAYS)
    async with Office(machine, 0) as office:
        await publish(office, CALL)
        beginning = (begin(office, CALL, f"CLOCK-{n:03d}") for n in range(APPLICANTS))
        cases = await asyncio.gather(*beginning)
        await caught_up(machine, ALWAYS)
        await _shift(machine)

        answers = await _sent_in_turn(office, cases)
        again = await _send(office, cases, 0)
        await caught_up(machine, ALWAYS)

    taken = [a for a in answers if "code" not in a]
    late = [a for a in answers if a.get("code") == "too_late"]
    assert taken
    assert answers == taken + late, "somebody was taken after somebody had been too late"
    assert all(datetime.fromisoformat(a["submitted_at"]) < _closes() for a in taken)
    assert again == taken[0], "a receipt is given again after the deadline"
    await _assert_told_by_that_clock(machine, {a["application_id"]: a for a in taken})


async def _shift(machine: Machine) -> None:
    """Submission judges by its own clock, close to the deadline; the others' are hours off."""
    own_clock = shifted(MINUTES_BEFORE) | {"SUBMISSION_CLOCK": "system"}
    clocks = {
        "eligibility": shifted("+2h"),
        "notification": shifted("-90m"),
        "submission": own_clock,
    }
    for name, told in clocks.items():
        machine.process(name).kill()
        machine.extra[name] = told
        machine.start_service(name)
    await machine.ready(ALWAYS)


async def _sent_in_turn(office: Office, cases: list[str]) -> list[dict[str, Any]]:
    """Everybody sends, one after another, until some in a row were too late."""
    answers: list[dict[str, Any]] = []
    for number in range(len(cases)):
        answers.append(await _send(office, cases, number))
        if all("code" in answer for answer in answers[-LATE_ENOUGH:]):
            return answers
        await asyncio.sleep(0.15)
    raise AssertionError("midnight never came")


async def _send(office: Office, cases: list[str], number: int) -> dict[str, Any]:
    path = f"/v1/applications/{cases[number]}/submission"
    who = applicant(f"CLOCK-{number:03d}")
    return await office.post(who, "", "submission", path, expect=(201, 409))


def _closes() -> datetime:
    return datetime.fromisoformat(call_named(CALL)["window"]["closes_before"])


async def _assert_told_by_that_clock(machine: Machine, taken: dict[str, dict[str, Any]]) -> None:
    """What follows bears the instant of its cause, whatever time it is where it was decided."""
    said = await _of_these(machine, "submission.events", taken)
    assert {r.read_envelope().key for r in said} == set(taken)
    for record in await _of_these(machine, "eligibility.events", taken):
        envelope = record.read_envelope()
        told = datetime.fromisoformat(taken[envelope.key]["submitted_at"])
        assert datetime.fromisoformat(envelope.time) == told


async def _of_these(machine: Machine, topic: str, taken: dict[str, Any]) -> list[Record]:
    return [r for r in await events(machine, topic) if r.read_envelope().key in taken]
