"""Rows in memory: a cache that can say "not loaded", and undo whatever a failed step wrote."""

from collections.abc import Iterable
from typing import Any, cast

from services.chassis.tables import Key, Pk, Row, RowSet, Spec, Tables

ABSENT = object()
Index = dict[tuple[Any, ...], dict[Pk, Row]]
"""Per values of some columns the rows that have them."""


class Missing(Exception):
    """Rows that a function asked for and that memory does not know; load them and run it again."""

    def __init__(self, need: Key | RowSet) -> None:
        super().__init__(str(need))
        self.need = need


class Cache:
    """Rows of one service as of one version of its head.

    A row that is not there is *absent* when its table is complete or it was looked up before, and
    *missing* otherwise. Writes go straight in and are journalled, so a step or a batch can be undone.
    """

    def __init__(self, tables: Tables, complete: bool = False) -> None:
        self.tables = tables
        self.rows: dict[str, dict[Pk, Row | None]] = {s.name: {} for s in tables}
        self.indexes: dict[tuple[str, tuple[str, ...]], Index] = {}
        """Of every declared set; a cache that was complete from the start makes one when it is asked."""
        if not complete:
            self.indexes = {(s.name, columns): {} for s in tables for columns in s.sets}
        self.known_sets: set[RowSet] = set()
        self.complete = complete
        self.journal: list[tuple[Spec, Pk, Any]] = []
        self.size = 0
        """Rows, known absences and known sets: everything that fills memory."""

    def clear(self) -> None:
        """Forget everything: another owner wrote, or memory is full."""
        self.__init__(self.tables)  # type: ignore[misc]

    def get(self, name: str, pk: Pk) -> Row | None:
        """A row, or None when it is known to be absent.

        Raises:
            Missing: nobody looked yet.
        """
        found = self.rows[name].get(pk, ABSENT)
        if found is ABSENT:
            if self.complete:
                return None
            raise Missing(Key(name, pk))
        return found  # type: ignore[return-value]

    def every(self, wanted: RowSet) -> list[Row]:
        """The rows of a set, in primary key order.

        Raises:
            Missing: the set was never loaded.
        """
        if not self.complete and wanted not in self.known_sets:
            raise Missing(wanted)
        index = self.indexes.get((wanted.table, wanted.columns))
        if index is None:
            index = self._indexed(wanted.table, wanted.columns)
        held = index.get(wanted.values)
        return [held[pk] for pk in sorted(held)] if held else []

    def knows(self, need: Key | RowSet) -> bool:
        """Whether a need can be answered from memory."""
        if self.complete:
            return True
        if isinstance(need, Key):
            return need.pk in self.rows[need.table]
        return need in self.known_sets

    def put(self, spec: Spec, row: Row) -> Pk:
        """Write a row, remembering what it replaces; returns its primary key."""
        pk = spec.pk_of(row)
        before = self.rows[spec.name].get(pk, ABSENT)
        self.journal.append((spec, pk, before))
        self._set(spec, pk, before, row)
        return pk

    def load(self, spec: Spec, rows: Iterable[Row]) -> None:
        """Take rows read from the database; what memory already holds is newer and stays."""
        held = self.rows[spec.name]
        for row in rows:
            pk = spec.pk_of(row)
            if held.get(pk) is None:
                self._set(spec, pk, held.get(pk, ABSENT), row)

    def loaded(self, needs: Iterable[Key | RowSet]) -> None:
        """Mark needs as answered: what did not come back is absent."""
        for need in needs:
            if self.knows(need):
                continue
            self.size += 1
            if isinstance(need, Key):
                self.rows[need.table][need.pk] = None
            else:
                self.known_sets.add(need)

    def undo(self, mark: int) -> None:
        """Take back every write after a mark in the journal."""
        while len(self.journal) > mark:
            spec, pk, before = self.journal.pop()
            now = self.rows[spec.name].get(pk, ABSENT)
            self._set(spec, pk, now, before)

    def settle(self) -> None:
        """The writes are durable: forget how to undo them."""
        self.journal.clear()

    def _set(self, spec: Spec, pk: Pk, before: Any, after: Any) -> None:
        held = self.rows[spec.name]
        if after is ABSENT:
            del held[pk]
            self.size -= 1
        else:
            held[pk] = after
            self.size += before is ABSENT
        if spec.sets and self.indexes:
            self._index(spec, pk, before, after)

    def _indexed(self, table: str, columns: tuple[str, ...]) -> Index:
        """An index made from the rows there are; from now on it is kept."""
        index: Index = {}
        for pk, row in self.rows[table].items():
            if (values := _values(row, columns)) is not None:
                index.setdefault(values, {})[pk] = cast(Row, row)
        self.indexes[table, columns] = index
        return index

    def _index(self, spec: Spec, pk: Pk, before: Any, after: Any) -> None:
        for columns in spec.sets:
            index = self.indexes.get((spec.name, columns))
            if index is None:
                continue
            old = _values(before, columns)
            new = _values(after, columns)
            if old is not None and old != new:
                index[old].pop(pk, None)
            if new is not None:
                index.setdefault(new, {})[pk] = after


def _values(row: Any, columns: tuple[str, ...]) -> tuple[Any, ...] | None:
    if row is None or row is ABSENT:
        return None
    held = row.__dict__
    return tuple([held[c] for c in columns])
