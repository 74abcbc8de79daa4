"""The folder: records into rows in memory, the only thing a replay does to rows."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from contracts.event import ContractError
from services.chassis.causes import Record, sequence_of
from services.chassis.model import Service
from services.chassis.rows import Cache
from services.chassis.tables import Pk
from services.chassis.views import Changes, FoldRows


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the garbage collector from walking all rows again and again (half the time of a replay)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Folder:
    """Folds records into memory, each producer's sequence once."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.cache = Cache(service.tables, complete=True)
        self.last: dict[str, int] = {}
        self.early: dict[str, dict[int, Record]] = {}
        """Per place what came before its predecessors: the live store let it wait for them."""
        self.folded = 0
        self.touched: set[tuple[str, Pk]] | None = None
        """Where rows were written, as (table, primary key); None: nobody wants to know."""

    def fold(self, record: Record) -> None:
        """Fold one record unless it is a duplicate by sequence, or not for this service.

        One that came too early waits for its predecessors, as it did as a dead letter.
        """
        sequence, place = sequence_of(record), record.place
        last = self.last.get(place, -1)
        if sequence > last + 1:
            self.early.setdefault(place, {})[sequence] = record
        elif self._is_new(record.place, sequence):
            self.apply(record)
            self._follow(place)

    def flush(self) -> None:
        """Fold what still waits for predecessors: somebody let it go on without them."""
        for place, waiting in self.early.items():
            for sequence in sorted(waiting):
                self.last[place] = max(sequence, self.last.get(place, -1))
                self.apply(waiting[sequence])
        self.early.clear()

    def pass_over(self, record: Record) -> bool:
        """Count a record as seen without folding it; False when its sequence was seen before."""
        if not self._is_new(record.place, sequence_of(record)):
            return False
        self._follow(record.place)
        return True

    def _is_new(self, place: str, sequence: int) -> bool:
        last = self.last.get(place, -1)
        if sequence > last:
            self.last[place] = sequence
        return not 0 <= sequence <= last

    def apply(self, record: Record) -> None:
        """Fold a record whatever its sequence.

        Raises:
            whatever the fold raised; its writes are undone.
        """
        fold = self.service.fold_of.get(type_of(record))
        if fold is None:
            return
        try:
            envelope = record.read_envelope()
        except ContractError:
            return
        changes = Changes()
        try:
            fold.apply(record.read_event(), FoldRows(self.cache, fold, envelope, changes))
        except BaseException:
            self.cache.undo(0)
            raise
        self.cache.settle()
        self.folded += 1
        if self.touched is not None:
            self.touched.update(changes.rows, changes.counts)

    def _follow(self, place: str) -> None:
        """Fold what waited for the record that has just come."""
        waiting = self.early.get(place)
        while waiting and (record := waiting.pop(self.last[place] + 1, None)) is not None:
            self.last[place] += 1
            self.apply(record)

    def rows(self, table: str) -> dict[Pk, Any]:
        """The rows of a table, by primary key."""
        return {pk: row for pk, row in self.cache.rows[table].items() if row is not None}


def type_of(record: Record) -> str:
    """The event type in the headers, without reading the rest; empty when there is none."""
    for name, value in record.headers:
        if name == "ce_type":
            return (value or b"").decode("utf-8", "replace")
    return ""
