"""The probes in memory: a World, driven by its seed."""

from collections.abc import Sequence
from typing import Any

from contracts.event import ContractError
from services.chassis.causes import Ask, Record
from services.chassis.errors import ServiceError
from services.chassis.model import Answer
from services.chassis.simulation import World
from services.chassis.tables import Row
from tests.chassis.harness import Letter, Logged, Runner, Wire, service_of
from tests.chassis.probes import PROBES


class Memory(Runner):
    """No database, no broker, no event loop needed."""

    def __init__(self, seed: int = 0) -> None:
        self.world = World(PROBES, seed)

    async def ask_all(self, service: str, asks: Sequence[Ask]) -> list[Answer | ServiceError]:
        batch = self.world.services[service].handle(list(asks))
        answers = {id(ask): answer for ask, answer in batch.answers}
        return [answers[id(ask)] for ask in asks]

    async def send(self, *records: Wire) -> None:
        for record in records:
            self.world.log.append_raw(
                record.topic, record.partition, record.key, record.headers, record.value
            )

    async def settle(self) -> None:
        self.world.settle()

    async def rows(self, table: type[Row]) -> list[Any]:
        return self.world.services[service_of(table)].rows(table)

    async def letters(self, service: str) -> list[Letter]:
        found = sorted(
            self.world.services[service].letters, key=lambda x: (x.topic, x.partition, x.offset)
        )
        return [Letter(x.key, x.state, x.code, x.event_type) for x in found]

    async def log(self, topic: str) -> list[Logged]:
        return [
            logged(record) for partition in self.world.log.topics[topic] for record in partition
        ]

    async def redrive(self, service: str, topic: str, key: str) -> None:
        self.world.services[service].redrive(topic, key)


def logged(record: Record) -> Logged:
    """What a test looks at in a record; nothing is known of one that cannot be read."""
    try:
        envelope = record.read_envelope()
    except ContractError:
        return Logged(record.partition, -1, "", "", record.value)
    return Logged(record.partition, envelope.sequence, envelope.key, envelope.id, record.value)
