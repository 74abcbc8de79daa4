"""The probes going on with stores that are there already, on a broker that may be another."""

import asyncio
from typing import Any, Self

import asyncpg

from tests.chassis.harness_live import PLACES, Live


class Continued(Live):
    """As Live, but every store keeps the positions it has."""

    def __init__(self, bootstrap: str, urls: dict[str, str], **settings: Any) -> None:
        super().__init__(bootstrap, str, **settings)
        self.urls = dict(urls)

    async def __aenter__(self) -> Self:
        self.reader.assign(PLACES)
        self.reader.pause(*PLACES)
        await asyncio.gather(self.producer.start(), self.reader.start())
        self.starts = dict.fromkeys(PLACES, 0)
        for name, url in self.urls.items():
            self.connections[name] = await asyncpg.connect(url)
        await asyncio.gather(*(self.add(name) for name in self.services))
        return self
