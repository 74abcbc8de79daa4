"""Every service takes in every example of every version it listens to, old ones as well."""

import pytest

from contracts.catalog import CATALOG
from contracts.event import partition_of
from contracts.generate import shapes
from services.chassis.simulation import World
from tests.contracts.generate import services
from tests.contracts.test_examples import example, record

SERVICES = services()


def story() -> list[tuple[str, bytes, list[tuple[str, bytes]], bytes]]:
    """All examples in the order they happened: topic, key, headers, value."""
    found = []
    for contract, event in shapes():
        headers, key, value = record(example(event))
        found.append((dict(headers)["ce_time"], contract.topic, key, headers, value))
    return [tuple(rest) for _, *rest in sorted(found, key=lambda one: one[0])]  # type: ignore[misc]


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("seed", range(3))
def test_a_service_takes_in_every_example_it_listens_to(name: str, seed: int) -> None:
    """Folds and reactions run on real bytes, in any interleaving of topics and partitions."""
    world = World([SERVICES[name]], seed=seed)
    for topic, key, headers, value in story():
        world.log.append_raw(topic, partition_of(key.decode()), key, headers, value)

    world.settle()

    letters = world.services[name].letters
    assert [(one.event_type, one.code, one.reason) for one in letters] == []


def test_somebody_listens_to_every_topic_but_that_of_notification() -> None:
    """A topic that no service reads is a mistake; that mail went out matters to the observer."""
    heard = {topic for service in SERVICES.values() for topic in service.consumes}

    assert heard == set(CATALOG.topics) - {"notification.events"}
