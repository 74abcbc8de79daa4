"""State at a moment: rows folded from the records up to it, and what differs between two moments."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from contracts.event import ContractError, Envelope
from services.chassis.causes import Record
from services.chassis.errors import Refused
from services.chassis.log import read
from services.chassis.model import Service
from services.chassis.replay import Folder, folded, undisturbed
from services.chassis.replay.folding import type_of
from services.ops.replays.moment import Moment

Tables = dict[str, dict[str, dict[str, Any]]]
"""Per table and primary key (as text) the row."""
State = dict[str, Tables]
"""Per service its tables."""


def state_of_case(
    services: Mapping[str, Service], records: Iterable[Record], moment: Moment
) -> State:
    """The rows that these records of one case make, in every service, as of the moment.

    A fold touches only rows under its own event's key (law 1), so the records of a key are enough to
    make its rows; counters, which add up many keys, are left out.
    """
    folders = {name: Folder(service) for name, service in services.items()}
    seen: set[str] = set()
    for record in records:
        if not moment.includes_record(record) or _again(record, seen):
            continue
        for folder in folders.values():
            fold_leniently(folder, record)
    return {name: rows_of(folder, counters=False) for name, folder in folders.items()}


async def fold_places(
    service: Service, bootstrap: str, ends: Mapping[str, int], moments: list[Moment]
) -> list[Folder]:
    """The rows that some partitions make as of several moments, in one pass over them."""
    folders = [Folder(service) for _ in moments]
    both = list(zip(folders, moments, strict=True))
    known = Once()
    with undisturbed():
        async for batch in read(bootstrap, ends):
            for record in batch:
                if type_of(record) in service.fold_of and (envelope := known.first(record)):
                    place = record.topic, record.partition, record.offset
                    for folder, moment in both:
                        if moment.includes(envelope.time, record.logged_at, place):
                            fold_leniently(folder, record)
    return folders


class Once:
    """Each producer's sequences, so that what a relay sent again is folded once; some come early."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int], int] = {}
        self._early: dict[tuple[str, int], set[int]] = {}

    def first(self, record: Record) -> Envelope | None:
        """The envelope; None of a copy, and of what cannot be read."""
        try:
            envelope = record.read_envelope()
        except ContractError:
            return None
        place, sequence = (record.topic, record.partition), envelope.sequence
        return envelope if sequence < 0 or self._is_new(place, sequence) else None

    def _is_new(self, place: tuple[str, int], sequence: int) -> bool:
        last, early = self._last.get(place, -1), self._early.setdefault(place, set())
        if sequence <= last or sequence in early:
            return False
        early.add(sequence)
        while last + 1 in early:
            last += 1
            early.remove(last)
        self._last[place] = last
        return True


def fold_leniently(folder: Folder, record: Record) -> None:
    """Fold a record; what the service itself would have parked changes nothing here either."""
    try:
        folder.apply(record)
    except (ContractError, Refused):
        return
    except Exception:  # noqa: BLE001 (the same net as the intake's)
        return


def rows_of(
    folder: Folder, *, counters: bool = True, only: Collection[str] | None = None
) -> Tables:
    """A folder's rows as plain JSON; of all tables, or of those named."""
    tables: Tables = {}
    for spec in folded(folder.service):
        if (spec.kind == "counted" and not counters) or (
            only is not None and spec.name not in only
        ):
            continue
        rows = folder.rows(spec.name)
        if rows:
            tables[spec.name] = {
                "/".join(map(str, pk)): rows[pk].model_dump() for pk in sorted(rows)
            }
    return tables


def differences(before: State, after: State) -> list[dict[str, Any]]:
    """Field by field what changed: service, table, key, field, before, after."""
    found = []
    for service in sorted({*before, *after}):
        old, new = before.get(service, {}), after.get(service, {})
        for table in sorted({*old, *new}):
            for change in _table_differences(old.get(table, {}), new.get(table, {})):
                found.append({"service": service, "table": table, **change})
    return found


def _table_differences(
    old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]
) -> Iterable[dict[str, Any]]:
    for key in sorted({*old, *new}):
        was, is_now = old.get(key), new.get(key)
        if was is None or is_now is None:
            yield {"key": key, "field": None, "before": was, "after": is_now}
            continue
        for name in is_now:
            if was[name] != is_now[name]:
                yield {"key": key, "field": name, "before": was[name], "after": is_now[name]}


def _again(record: Record, seen: set[str]) -> bool:
    """Whether the event was seen before: the log may hold copies."""
    try:
        event_id = record.read_envelope().id
    except ContractError:
        return True
    if event_id in seen:
        return True
    seen.add(event_id)
    return False
