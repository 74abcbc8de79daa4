"""Three brokers in every test run: what was acknowledged outlives any of them; the large storm is `make audit`."""

import asyncio
from collections.abc import Iterator
from random import Random

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contracts.catalog import CATALOG
from tests.faults.checker import check
from tests.faults.gather import gather
from tests.faults.journal import Journal, JournalOffice
from tests.faults.kinds.brokers import flows_again, is_taken
from tests.faults.kinds.copies import busy_place, leader_of, partitions
from tests.faults.load import caught_up
from tests.faults.machine import Machine
from tests.faults.power import ALWAYS, GOOD
from tests.faults.trial import CALL, Trial
from tests.flows.people import call_named, publish

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(400)]

SEED = 20210701


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine of three brokers and three services."""
    it = Machine(tmp_path_factory.mktemp("three"), brokers=3)
    it.services = ALWAYS
    try:
        it.start_servers(clock="header")
        for name in ALWAYS:
            it.start_service(name)
        it.wait_until_ready(ALWAYS)
        yield it
    finally:
        it.kafka.kill()  # nobody needs its goodbye
        it.down()
        it.postgres.remove()


async def test_each_record_is_kept_by_three_and_acknowledged_by_two(three: Machine) -> None:
    """Our topics and the brokers' own have three copies each; one that is behind never leads."""
    found = await partitions(three)
    assert {name for name, _ in found} >= {*CATALOG.topics, "__consumer_offsets"}
    assert all(sorted(p["replicas"]) == [1, 2, 3] for _, p in found)
    for topic in CATALOG.topics:
        settings = await _settings(three, topic)
        assert settings["min.insync.replicas"] == "2"
        assert settings["unclean.leader.election.enable"] == "false"


async def test_a_topic_without_a_word_about_time_takes_any(three: Machine) -> None:
    """One that was made before our topics were told so follows its broker."""
    settings = await _settings(three, "__consumer_offsets")
    assert int(settings["message.timestamp.after.max.ms"]) > 10**15


async def test_people_work_on_while_brokers_die(three: Machine) -> None:
    """A leader is lost, then a second broker: nothing is acknowledged in vain, lost or doubled."""
    journal = Journal(three.folder / "journal.jsonl")
    office = JournalOffice(three, 0, journal=journal)
    async with office:
        await publish(office, CALL)
        people = Trial(three, GOOD, office, ALWAYS[0]).people(range(24), every_s=0.4)
        working = asyncio.create_task(people)
        await _lose_two(three)
        await working
    for _ in range(3):
        await caught_up(three, ALWAYS)
    await asyncio.sleep(2.5)  # the postman's round
    await caught_up(three, ALWAYS)

    closes = {CALL: str(call_named(CALL)["window"]["closes_before"])}
    evidence = await gather(three, journal.commands(), ALWAYS, closes)
    assert {n: [str(o) for o in found] for n, found in check(evidence).items() if found} == {}
    assert len(evidence.commands) > 60


async def _lose_two(machine: Machine) -> None:
    """Without a leader events flow again; without two nothing is acknowledged; with all they flow again."""
    place = await busy_place(machine, Random(SEED))  # noqa: S311 (a seed is the point)
    leader = await leader_of(machine, *place)
    machine.nodes[leader - 1].kill()
    await flows_again(machine, *place)
    assert await leader_of(machine, *place) != leader

    machine.nodes[leader % 3].kill()
    assert not await is_taken(machine, *place)
    await asyncio.to_thread(machine.kafka.start, detached=True)
    await flows_again(machine, *place)


async def _settings(machine: Machine, topic: str) -> dict[str, str]:
    """What a topic is set to, whether by itself or by its broker."""
    admin = AIOKafkaAdminClient(bootstrap_servers=machine.bootstrap)
    await admin.start()
    try:
        asked = ConfigResource(ConfigResourceType.TOPIC, topic)
        (answer,) = await admin.describe_configs([asked])
    finally:
        await admin.close()
    return {entry[0]: entry[1] for entry in answer.resources[0][4]}
