"""A small storm on the real stack, in every test run; the large one is `make audit`."""

import pytest

from tests.faults.broken import BUILDS
from tests.faults.machine import Machine
from tests.faults.power import tried
from tests.faults.storm import Storm

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(400)]

SEED = 20210701
KINDS = (
    "service killed", "broker killed", "database back end killed", "reply lost after commit",
    "old records sent again", "poison and oversized records", "mail connection cut", "service frozen",
)  # fmt: skip
CAUGHT_EACH_TIME = ("event ids drawn anew", "a clock of its own", "refusals dropped")
"""The quickest to be caught; the others need a kill or an outage each."""


async def test_a_small_storm_breaks_no_promise(machine: Machine) -> None:
    """Seasons over HTTP while services, broker, database and lines fail: nothing lost, doubled or out of balance."""
    await machine.start_afresh()
    weathered = await Storm(
        machine, SEED, 0.5, list(KINDS), at_once=1, applicants=20, pause_s=(0.1, 0.5)
    ).weather()

    assert {n: [str(o) for o in found] for n, found in weathered.offences.items() if found} == {}
    assert (weathered.stopped, weathered.failed_faults) == ([], [])
    assert len(weathered.faults) >= 4
    assert len(weathered.evidence.commands) > 200


@pytest.mark.parametrize("build", CAUGHT_EACH_TIME)
async def test_a_build_broken_on_purpose_is_caught(machine: Machine, build: str) -> None:
    """A suite that stays green on a broken build has failed; `make audit` tries all of them."""
    offences = await tried(machine, BUILDS[build])

    assert any(offences.values())
