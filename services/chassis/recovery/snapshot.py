"""A snapshot of the log: every record of every topic in files with hashes, and back again."""

from collections.abc import AsyncIterator, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.chassis.causes import Record
from services.chassis.log import end_of, read
from services.chassis.recovery.publishing import Publisher
from services.chassis.recovery.segments import (
    SnapshotRefused,
    check,
    prepare,
    sealed,
    segment_lines,
    segment_text,
    write_manifest,
    write_segment,
)

SEGMENT_RECORDS_MAX = 10_000


async def take(bootstrap: str, topics: Iterable[str], folder: Path) -> dict[str, Any]:
    """Write the log as it stands into an empty folder; returns the manifest.

    Raises:
        SnapshotRefused: the folder holds something already.
    """
    prepare(folder)
    ends = await end_of(bootstrap, topics)
    places: dict[str, Any] = {p: {"records": end, "segments": []} for p, end in ends.items()}
    async for place, held in _segments(bootstrap, ends):
        places[place]["segments"].append(write_segment(folder, held))
    return write_manifest(folder, places)


async def restore(bootstrap: str, folder: Path) -> dict[str, Any]:
    """Put a snapshot on an empty broker, every record at its old offset, and read it back.

    Raises:
        SnapshotRefused: a segment is damaged, or the broker's topics are not there or not empty.
    """
    manifest = check(folder)
    places: dict[str, Any] = manifest["places"]
    ends = await end_of(bootstrap, sorted({_topic(place) for place in places}))
    if set(ends) != set(places):
        missing = ", ".join(sorted(set(ends) ^ set(places)))
        raise SnapshotRefused(f"The broker's partitions are not the snapshot's: {missing}.")
    if used := sorted(place for place, end in ends.items() if end):
        raise SnapshotRefused(f"The broker is not empty: {', '.join(used)}.")
    async with Publisher(bootstrap) as publisher:
        for place, held in places.items():
            topic, _, part = place.rpartition("/")
            for segment in held["segments"]:
                lines = segment_lines(folder, segment)
                await publisher.send(topic, int(part), (sealed(line) for line in lines))
    wanted = {p: [s["sha256"] for s in held["segments"]] for p, held in places.items()}
    found = await _digests(bootstrap, {p: held["records"] for p, held in places.items()})
    if different := sorted(place for place in wanted if wanted[place] != found.get(place, [])):
        raise SnapshotRefused(f"Read back differently: {', '.join(different)}.")
    return {"records": manifest["records"], "places": len(places), "equal": True}


async def _digests(bootstrap: str, ends: dict[str, int]) -> dict[str, list[str]]:
    """The hashes of the segments as the broker has them now."""
    found: dict[str, list[str]] = {}
    async for place, held in _segments(bootstrap, ends):
        found.setdefault(place, []).append(sha256(segment_text(held)).hexdigest())
    return found


async def _segments(
    bootstrap: str, ends: dict[str, int]
) -> AsyncIterator[tuple[str, list[Record]]]:
    waiting: dict[str, list[Record]] = {}
    async for batch in read(bootstrap, ends):
        for record in batch:
            held = waiting.setdefault(record.place, [])
            held.append(record)
            if len(held) >= SEGMENT_RECORDS_MAX:
                yield record.place, waiting.pop(record.place)
    for place, held in waiting.items():
        yield place, held


def _topic(place: str) -> str:
    return place.rpartition("/")[0]
