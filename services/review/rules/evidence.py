"""Exact, canonical JSON for every value of the rules, so that evidence has one hash."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints

from services.review.rules.exact import fraction_text, parse_fraction
from services.review.rules.problems import InvalidInput, Problem, Text

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None
T = TypeVar("T")


def to_json(value: object) -> Json:
    """Dataclasses become objects, tuples lists, fractions "num/den"; floats are refused."""
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Fraction):
        return fraction_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    raise TypeError(f"{type(value).__name__} has no exact JSON form; use int, str or Fraction.")


def canonical_bytes(value: object) -> bytes:
    """The one UTF-8 spelling of a value: keys sorted, no spaces, no escapes that could differ."""
    return json.dumps(
        to_json(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def sha256_of(value: object) -> str:
    """The hash of a value's canonical bytes: what `sha256sum` prints for the text as exported."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def from_json(shape: type[T], data: object, where: str = "") -> T:
    """Rebuild a value of the given shape, strictly: no float, no unknown key, no silent conversion.

    Raises:
        InvalidInput: the data has another shape; every problem names its place as a JSON pointer.
    """
    return cast(T, _read(shape, data, where))


def from_bytes(shape: type[T], data: bytes | str) -> T:
    """As from_json, from the serialised form."""
    try:
        return from_json(shape, json.loads(data))
    except ValueError as error:
        if isinstance(error, InvalidInput):
            raise
        raise _wrong("", "JSON", "text that is not JSON") from error


def _read(shape: Any, data: object, where: str) -> object:
    origin = get_origin(shape)
    if origin is UnionType:
        return _read_optional(shape, data, where)
    if origin is tuple:
        return _read_tuple(get_args(shape), data, where)
    if is_dataclass(shape):
        return _read_object(cast(type, shape), data, where)
    return _read_scalar(shape, data, where)


def _read_optional(shape: Any, data: object, where: str) -> object:
    if data is None and NoneType in get_args(shape):
        return None
    (inner,) = (a for a in get_args(shape) if a is not NoneType)
    return _read(inner, data, where)


def _read_tuple(items: tuple[Any, ...], data: object, where: str) -> object:
    if not isinstance(data, list):
        raise _wrong(where, "a list", data)
    return tuple(_read(items[0], item, f"{where}/{n}") for n, item in enumerate(data))


def _read_object(shape: type, data: object, where: str) -> object:
    if not isinstance(data, Mapping):
        raise _wrong(where, "an object", data)
    known = _fields(shape)
    if unknown := sorted(str(key) for key in set(data) - set(known)):
        raise _wrong(f"{where}/{unknown[0]}", f"one of {', '.join(known)}", unknown[0])
    required = [n for n, (_, f) in known.items() if f.default is MISSING]
    if missing := [name for name in required if name not in data]:
        raise _wrong(f"{where}/{missing[0]}", "a value", "nothing")
    return shape(**{n: _read(known[n][0], data[n], f"{where}/{n}") for n in known if n in data})


@cache
def _fields(shape: type) -> dict[str, tuple[Any, Field[Any]]]:
    hints = get_type_hints(shape)
    return {f.name: (hints[f.name], f) for f in fields(shape)}


def _read_scalar(shape: type, data: object, where: str) -> object:
    if shape in (str, int, bool):
        if type(data) is not shape:
            raise _wrong(where, shape.__name__, data)
        return data
    if not isinstance(data, str):
        raise _wrong(where, "a string", data)
    parse: Callable[[str], object] = PARSERS.get(shape, shape)
    try:
        return parse(data)
    except ValueError as error:
        raise _wrong(where, shape.__name__, data) from error


PARSERS: dict[type, Callable[[str], object]] = {
    Fraction: parse_fraction,
    date: date.fromisoformat,
}


def _wrong(where: str, wanted: str, found: object) -> InvalidInput:
    text = Text(f"此处应为 {wanted}，实际为 {found!r}。", f"Expected {wanted}, found {found!r}.")
    return InvalidInput([Problem("wrong_shape", where or "/", text)])
