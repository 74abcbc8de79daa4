"""What a replay reads: foreign records from the log, own ones from the log and the outbox."""

from typing import Any

import asyncpg
import orjson

from services.chassis.causes import Record, letter_record
from services.chassis.log import end_of, read
from services.chassis.model import Service
from services.chassis.replay.cut import NOT_COUNTED, Cut, Place
from services.chassis.replay.folding import Folder

OWN = """
select o.part, o.seq, o.event_key, o.headers, o.body
from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as at(part, since, until)
join outbox o on o.part = at.part and o.seq >= at.since and o.seq < at.until order by o.part, o.seq
"""
REDRIVEN = """
select d.topic, d.partition, d.position, d.event_key, d.headers, d.body from dead_letter d
join unnest($1::text[], $2::bigint[], $3::bigint[]) as at(topic, partition, position)
using (topic, partition, position) order by d.topic, d.partition, d.position
"""


class Source:
    """Feeds a folder up to one cut after another; each time only what came in between."""

    def __init__(self, service: Service, bootstrap: str, folder: Folder) -> None:
        self.service = service
        self.bootstrap = bootstrap
        self.folder = folder
        self.own = service.publishes.topic if service.publishes else ""
        self.reached: Cut | None = None

    async def advance(self, cut: Cut, connection: asyncpg.Connection) -> int:
        """Fold up to the cut; returns how many records were looked at."""
        if self.reached is None:
            seen = await self._from_the_start(cut)
        else:
            await self._redriven(self.reached, cut, connection)
            seen = await self._foreign(cut, self.reached.until)
        seen += await self._from_outbox(cut, connection)
        self.folder.flush()
        self.reached = cut
        return seen

    async def _from_the_start(self, cut: Cut) -> int:
        ends = await end_of(self.bootstrap, [self.own]) if self.own else {}
        own = {p: end for p, end in ends.items() if int(p.rpartition("/")[2]) in cut.sequences}
        return await self._fold_log(cut, self._foreign_until(cut) | own, {})

    async def _foreign(self, cut: Cut, since: dict[str, int]) -> int:
        until = {p: end for p, end in self._foreign_until(cut).items() if end > since.get(p, 0)}
        return await self._fold_log(cut, until, since)

    def _foreign_until(self, cut: Cut) -> dict[str, int]:
        return {p: end for p, end in cut.until.items() if not p.startswith(f"{self.own}/")}

    async def _fold_log(self, cut: Cut, until: dict[str, int], since: dict[str, int]) -> int:
        seen = 0
        async for batch in read(self.bootstrap, until, since):
            seen += len(batch)
            for record in batch:
                self._take(record, cut)
        return seen

    def _take(self, record: Record, cut: Cut) -> None:
        if record.topic == self.own:
            if _sequence_below(record, cut):
                self.folder.fold(record)
            return
        code = cut.skipped.get((record.topic, record.partition, record.offset))
        if code is None:
            self.folder.fold(record)
        elif code not in NOT_COUNTED:
            self.folder.pass_over(record)

    async def _redriven(self, before: Cut, cut: Cut, connection: asyncpg.Connection) -> None:
        """What waited at the last cut and does not any more: it was applied in between."""
        gone: list[Place] = sorted(set(before.skipped) - set(cut.skipped))
        if gone:
            topics, partitions, positions = zip(*gone, strict=True)
            for row in await connection.fetch(REDRIVEN, topics, partitions, positions):
                self.folder.apply(letter_record(row))

    async def _from_outbox(self, cut: Cut, connection: asyncpg.Connection) -> int:
        """Own events that the log did not show yet."""
        if not self.own or not cut.sequences:
            return 0
        parts = list(cut.sequences)
        since = [self.folder.last.get(f"{self.own}/{part}", -1) + 1 for part in parts]
        rows = await connection.fetch(OWN, parts, since, list(cut.sequences.values()))
        for row in rows:
            self.folder.fold(outbox_record(self.own, row))
        return len(rows)


def outbox_record(topic: str, row: Any) -> Record:
    """An outbox row as the record it is sent as; its offset is not known."""
    headers = [(n, v.encode()) for n, v in orjson.loads(row["headers"])]
    return Record(
        topic, row["part"], -1, row["event_key"].encode(), headers, row["body"].encode()
    )  # fmt: skip


def _sequence_below(record: Record, cut: Cut) -> bool:
    """Whether an own record was committed at the cut; what no writer of ours made is not."""
    for name, value in record.headers:
        if name == "ce_sequence":
            return value.isdigit() and int(value) < cut.sequences.get(record.partition, 0)
    return False
