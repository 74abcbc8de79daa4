"""What a store and its topic hold against what was sent: nothing lost, nothing doubled."""

from collections import Counter
from typing import Any

import asyncpg

from contracts.eligibility import ELIGIBILITY
from services.chassis.causes import sequence_of
from services.chassis.log import end_of, read

STORE = """
select (select count(*) from heard) as heard, (select coalesce(sum(times), 0) from heard) as folded,
(select count(*) from said) as said, (select coalesce(sum(heard), 0) from tally) as counted,
(select count(*) from outbox) as outbox, (select count(distinct event_key) from outbox) as keys,
(select count(*) from dead_letter) as letters
"""
GAPS = (
    "select count(*) from (select part from outbox group by part having max(seq) + 1 <> count(*)) g"
)


async def effects(url: str, bootstrap: str, sent: int) -> dict[str, int]:
    """Count rows, counters, outbox and topic of the second service of the chain.

    `lost`: what is missing anywhere of `sent` events' effects; `doubled`: effects too many;
    `gaps`: partitions whose sequences are not dense; `sent_again`: copies on the wire, which every
    consumer drops by sequence.
    """
    connection = await asyncpg.connect(url)
    try:
        (held,) = await connection.fetch(STORE)
        gaps = await connection.fetchval(GAPS)
    finally:
        await connection.close()
    copies = await _on_the_log(bootstrap)
    counts = [int(held[name]) for name in ("heard", "folded", "said", "counted", "outbox", "keys")]
    counts.append(len(copies))
    return {
        "sent": sent, "lost": sum(max(0, sent - count) for count in counts),
        "doubled": sum(max(0, count - sent) for count in counts), "gaps": gaps,
        "letters": held["letters"], "sent_again": copies.total() - len(copies),
    }  # fmt: skip


async def _on_the_log(bootstrap: str) -> Counter[tuple[int, int]]:
    """How often each sequence of each partition of the topic is there."""
    ends = await end_of(bootstrap, [ELIGIBILITY.topic])
    found: Counter[tuple[int, int]] = Counter()
    async for batch in read(bootstrap, ends):
        found.update((record.partition, sequence_of(record)) for record in batch)
    return found


def judged(found: dict[str, Any]) -> dict[str, Any]:
    """The counts, when they are what they must be.

    Raises:
        AssertionError: something was lost, doubled, skipped or refused; the counts say what.
    """
    if found["lost"] or found["doubled"] or found["gaps"] or found["letters"]:
        raise AssertionError(f"effects are not those of what was sent: {found}")
    return found
