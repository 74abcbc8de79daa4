"""What functions see of the rows: a fold its own key, a reaction or decision what it named."""

from collections.abc import Iterable
from typing import Any, TypeVar, cast

from contracts.event import Envelope
from services.chassis.model import Fold, LawBroken, Need
from services.chassis.rows import Cache
from services.chassis.tables import Key, Pk, Row

R = TypeVar("R", bound=Row)


class FoldRows:
    """The rows under one event's key. Reading or writing anything else breaks law 1."""

    __slots__ = ("_cache", "_changes", "_fold", "_key", "cause")

    def __init__(self, cache: Cache, fold: Fold, cause: Envelope, changes: "Changes") -> None:
        self._cache = cache
        self._fold = fold
        self._key = cause.key
        self._changes = changes
        self.cause = cause

    def get(self, table: type[R], *pk: Any) -> R | None:
        """A row of a table this fold puts into, under the event's own key; None when absent."""
        spec = table.spec
        if spec.name not in self._fold.into:
            raise self._undeclared("into", table)
        row = self._cache.get(spec.name, pk)
        if row is not None and row.__dict__[spec.key] != self._key:
            raise self._foreign(row)
        return cast("R | None", row)

    def of(self, table: type[R], **values: Any) -> list[R]:
        """The rows of a declared set that lie under the event's own key."""
        if table.spec.name not in self._fold.into:
            raise self._undeclared("into", table)
        if values.get(table.spec.key) != self._key:
            raise LawBroken(
                f"a fold may list {table.spec.name} only by {table.spec.key}={self._key!r}"
            )
        return cast("list[R]", self._cache.every(table.of(**values)))

    def put(self, row: Row) -> None:
        """Write a row under the event's own key."""
        spec = row.spec
        if spec.name not in self._fold.into:
            raise self._undeclared("into", type(row))
        if row.__dict__[spec.key] != self._key:
            raise self._foreign(row)
        self._changes.rows[spec.name, self._cache.put(spec, row)] = row

    def add(self, table: type[Row], *pk: Any, **amounts: int) -> None:
        """Add to the integer counters of a counted row, of any key: additions commute."""
        spec = table.spec
        if spec.name not in self._fold.counts:
            raise self._undeclared("counts", table)
        self._changes.add((spec.name, pk), amounts)
        known = self._cache.rows[spec.name].get(pk)
        if known is None and spec.sets:  # a set in memory must not miss what is new to it
            known = self._cache.get(spec.name, pk)
        if known is None and self._cache.knows(Key(spec.name, pk)):
            known = table(**dict(zip(spec.primary, pk, strict=True)))
        if known is not None:
            held = dict(known.__dict__)
            for column, amount in amounts.items():
                held[column] += amount
            self._cache.put(spec, spec.decode(held))

    def _undeclared(self, what: str, table: type[Row]) -> LawBroken:
        return LawBroken(
            f"the fold of {self._fold.event.TYPE} does not declare {what}=[{table.__name__}]"
        )

    def _foreign(self, row: Row) -> LawBroken:
        return LawBroken(
            f"the fold of {self._fold.event.TYPE} reached for {row.spec.name} of another key: "
            f"{getattr(row, row.spec.key)!r} is not {self._key!r}"
        )


class NamedRows:
    """The rows a reaction or decision named in `needs` and `then`, read only."""

    __slots__ = ("_allowed", "_cache")

    def __init__(self, cache: Cache, needs: Iterable[Need]) -> None:
        self._cache = cache
        self._allowed = set(needs)

    def allow(self, needs: Iterable[Need]) -> None:
        """Let a second round of needs be read as well."""
        self._allowed.update(needs)

    def get(self, table: type[R], *pk: Any) -> R | None:
        """A named row, or None when there is none."""
        return self._named(table, pk)

    def of(self, table: type[R], **values: Any) -> list[R]:
        """A named set, in primary key order."""
        wanted = table.of(**values)
        if wanted not in self._allowed:
            raise LawBroken(f"{wanted} is read but not named in needs")
        return cast("list[R]", self._cache.every(wanted))

    def count(self, table: type[R], *pk: Any) -> R:
        """A named counter row; all zero when nothing was ever added."""
        found = self._named(table, pk)
        return found or table(**dict(zip(table.spec.primary, pk, strict=True)))

    def _named(self, table: type[R], pk: Pk) -> R | None:
        name = table.spec.name
        if (name, pk) not in self._allowed:  # a key is a tuple: it need not be made to be found
            raise LawBroken(f"{Key(name, pk)} is read but not named in needs")
        return cast("R | None", self._cache.get(name, pk))


class Changes:
    """What one step or batch writes: full rows, and amounts to add to counters."""

    __slots__ = ("counts", "rows")

    def __init__(self) -> None:
        self.rows: dict[tuple[str, Pk], Row] = {}
        self.counts: dict[tuple[str, Pk], dict[str, int]] = {}

    def merge(self, step: "Changes") -> None:
        """Take over the changes of a later step."""
        self.rows.update(step.rows)
        for where, amounts in step.counts.items():
            self.add(where, amounts)

    def add(self, where: tuple[str, Pk], amounts: dict[str, int]) -> None:
        """Amounts for the columns of one counter row."""
        deltas = self.counts.get(where)
        if deltas is None:
            self.counts[where] = dict(amounts)
            return
        for column, amount in amounts.items():
            deltas[column] = deltas.get(column, 0) + amount
