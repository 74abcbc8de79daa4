"""Tables: declared once with SQLModel; folded from one topic, counted, or kept as workspace."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from types import UnionType
from typing import Any, ClassVar, Literal, NamedTuple, Self, TypeVar, get_args, get_origin

import orjson
from pydantic import ConfigDict
from sqlalchemy import JSON, BigInteger, Index, MetaData
from sqlalchemy.orm import registry as orm_registry
from sqlmodel import Field, SQLModel

Kind = Literal["folded", "counted", "workspace"]
Pk = tuple[Any, ...]
R = TypeVar("R", bound="Row")
_new = object.__new__
_set = object.__setattr__

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Key(NamedTuple):
    """One row, named by its table and primary key."""

    table: str
    pk: Pk


class RowSet(NamedTuple):
    """All rows of a table that share the values of one declared index."""

    table: str
    columns: tuple[str, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Spec:
    """What the chassis knows of a table."""

    name: str
    row: type["Row"]
    kind: Kind
    topic: str
    key: str
    """The column that holds the key of the events that may write the row."""
    primary: tuple[str, ...]
    columns: tuple[str, ...]
    json: frozenset[str]
    sets: tuple[tuple[str, ...], ...]
    pk_of: Callable[[Any], Pk]
    fields_set: set[str]
    """All columns; shared by every row that was read, for rows never change."""

    @property
    def amounts(self) -> tuple[str, ...]:
        """The integer columns of a counted table."""
        return tuple(c for c in self.columns if c not in self.primary and c != self.key)

    def encode(self, row: "Row") -> tuple[Any, ...]:
        """The row as a tuple in column order, JSON columns as text."""
        held = row.__dict__
        if not self.json:
            return tuple([held[c] for c in self.columns])
        return tuple([_dump(held[c]) if c in self.json else held[c] for c in self.columns])

    def decode(self, values: dict[str, Any]) -> "Row":
        """A row from what the database returned, without validating it again."""
        row = _new(self.row)
        _set(row, "__dict__", values)
        _set(row, "__pydantic_fields_set__", self.fields_set)
        _set(row, "__pydantic_extra__", None)
        _set(row, "__pydantic_private__", None)
        return row


class Row(SQLModel):
    """Base of every row: validated when made, never changed, free of ORM state.

    `Case.Table` is the SQLModel table class of `Case`, for queries and migrations.
    """

    model_config = ConfigDict(frozen=True)  # type: ignore[assignment]
    spec: ClassVar[Spec]
    Table: ClassVar[type[Any]]

    def __new__(cls, **_: Any) -> Self:
        """Skip what SQLModel prepares for tables only: a row is made for every event."""
        return object.__new__(cls)

    def __init__(self, **values: Any) -> None:
        """Validate and keep the values, as pydantic does.

        Raises:
            ValidationError: a value is missing or of the wrong type.
        """
        self.__pydantic_validator__.validate_python(values, self_instance=self)

    @classmethod
    def key(cls, *pk: Any) -> Key:
        """Name one row by its primary key."""
        return Key(cls.spec.name, pk)

    @classmethod
    def of(cls, **values: Any) -> RowSet:
        """Name the set of rows that share these values; the index must be declared."""
        columns = tuple(values)
        if columns not in cls.spec.sets:
            raise LookupError(
                f"{cls.__name__} declares no set over {columns}; it has {cls.spec.sets}"
            )
        return RowSet(cls.spec.name, columns, tuple(values.values()))

    def but(self, **changes: Any) -> Self:
        """This row with some values changed, validated again."""
        return type(self)(**{**self.__dict__, **changes})


def _dump(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def json_field(**options: Any) -> Any:
    """A column that holds a JSON value: PostgreSQL json, which keeps the text as written (jsonb would not)."""
    return Field(sa_type=JSON(none_as_null=True), **options)


class Tables:
    """The tables of one service, in their own SQLAlchemy registry, so that services never collide."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.metadata = MetaData(naming_convention=NAMING)
        mapped = orm_registry(metadata=self.metadata)
        make: Any = type(SQLModel)
        self._base = make(
            f"{service.capitalize()}Base", (SQLModel,), {"__module__": __name__}, registry=mapped
        )
        self.specs: dict[str, Spec] = {}

    def folded(
        self, topic: str, key: str, sets: tuple[tuple[str, ...], ...] = ()
    ) -> Callable[[type[R]], type[R]]:
        """Declare a table that only folds of one topic write."""
        return lambda row: self._declare(row, "folded", topic, key, sets)

    def counted(
        self, topic: str, sets: tuple[tuple[str, ...], ...] = ()
    ) -> Callable[[type[R]], type[R]]:
        """Declare a table of integer counters that folds of one topic add to."""
        return lambda row: self._declare(row, "counted", topic, "", sets)

    def workspace(self, sets: tuple[tuple[str, ...], ...] = ()) -> Callable[[type[R]], type[R]]:
        """Declare a table that is not a fold: decisions save it, a rebuild leaves it alone."""
        return lambda row: self._declare(row, "workspace", "", "", sets)

    def __iter__(self) -> Iterator[Spec]:
        return iter(self.specs.values())

    def _declare(
        self, row: type[R], kind: Kind, topic: str, key: str, sets: tuple[tuple[str, ...], ...]
    ) -> type[R]:
        name = _snake(row.__name__)
        columns = tuple(row.model_fields)
        primary = tuple(
            c for c, f in row.model_fields.items() if getattr(f, "primary_key", False) is True
        )
        if not primary:
            raise TypeError(f"{row.__name__}: mark the primary key with Field(primary_key=True)")
        if key and key not in columns:
            raise TypeError(f"{row.__name__}: the key column {key} does not exist")
        row.Table = self._table_class(row, name, sets)
        row.spec = Spec(
            name=name,
            row=row,
            kind=kind,
            topic=topic,
            key=key,
            primary=primary,
            columns=columns,
            json=frozenset(c for c in columns if isinstance(row.Table.__table__.c[c].type, JSON)),
            sets=sets,
            pk_of=_getter(primary),
            fields_set=set(columns),
        )
        self.specs[name] = row.spec
        return row

    def _table_class(self, row: type[Row], name: str, sets: tuple[tuple[str, ...], ...]) -> Any:
        body: dict[str, Any] = {
            "__tablename__": name,
            "__module__": row.__module__,
            "__annotations__": {},
            "__new__": SQLModel.__new__,
            "__init__": SQLModel.__init__,
            "model_config": ConfigDict(frozen=False),
        }
        for column, field in row.model_fields.items():
            if _is_integer(field.annotation) and getattr(field, "sa_type", None) is not BigInteger:
                body["__annotations__"][column] = field.annotation
                body[column] = Field(
                    default=field.default,
                    primary_key=getattr(field, "primary_key", False) is True,
                    sa_type=BigInteger,
                )
        make: Any = type(SQLModel)
        table = make(f"{row.__name__}Table", (row, self._base), body, table=True)
        for columns in sets:
            Index(None, *(table.__table__.c[c] for c in columns))
        return table


def _is_integer(annotation: Any) -> bool:
    if get_origin(annotation) in (UnionType,) or type(None) in get_args(annotation):
        return any(_is_integer(a) for a in get_args(annotation))
    return annotation is int


def _getter(columns: tuple[str, ...]) -> Callable[[Any], Pk]:
    if len(columns) == 1:
        one = attrgetter(columns[0])
        return lambda row: (one(row),)
    return attrgetter(*columns)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))
