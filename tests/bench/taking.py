"""One service that takes in a topic while it is being fed: what scale and flat share."""

import time
from collections.abc import Callable

import uvloop

from contracts.eligibility import ELIGIBILITY
from services.chassis.log import end_of
from tests.bench.chain import STAGE_2
from tests.bench.chassis import CHAIN
from tests.bench.feeder import stands_at
from tests.bench.ground import Ground
from tests.bench.line import LATE_SECONDS_MAX, Away, Worker

LOOK_SECONDS = 0.1


class Taking:
    """A fed service: its database, its feeder and its replicas.

    `ahead`: so many events wait on the log, enough for every replica, too few to fill a disk.
    """

    def __init__(self, on: Ground, ahead: int) -> None:
        self.on = on
        self.ahead = ahead
        self.url = on.database(STAGE_2.tables)
        self.feeder = on.worker("tests.bench.feeder", on.bootstrap)
        self.replicas: list[Worker] = []

    @property
    def pids(self) -> list[int]:
        """The replicas' process ids."""
        return [replica.pid for replica in self.replicas]

    def begin(self) -> None:
        """Let events flow."""
        self.feeder.ask("begin", url=self.url, ahead=self.ahead)

    def replicate(self, count: int) -> None:
        """Start or stop replicas until there are so many, and wait until all have their share."""
        while len(self.replicas) > count:
            self.replicas.pop().stop()
        while len(self.replicas) < count:
            self.replicas.append(self.on.restart(CHAIN[1], self.url))
        for replica in self.replicas:
            replica.ask("ready")

    def taken(self) -> int:
        """How many events the service has taken in: what its head says."""
        return uvloop.run(stands_at(self.url))

    def end(self) -> int:
        """Stop the flow, and wait until all is taken in and sent on; how many events there were."""
        sent = int(self.feeder.ask("end"))
        until(lambda: self.taken() >= sent)
        until(lambda: sum(self._ends().values()) >= sent)
        return sent

    def _ends(self) -> dict[str, int]:
        return uvloop.run(end_of(self.on.bootstrap, [ELIGIBILITY.topic]))


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds.

    Raises:
        Away: it did not come to hold.
    """
    late = time.monotonic() + LATE_SECONDS_MAX
    while not holds():
        if time.monotonic() > late:
            raise Away("what was waited for did not come")
        time.sleep(LOOK_SECONDS)
