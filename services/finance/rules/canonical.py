"""One JSON form of any finance value, and the hash that names it."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


def to_json(value: object) -> Json:
    """Plain JSON: dates as ISO text, fractions as `n/d`, sets and mappings in a fixed order."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [to_json(item) for item in items]
    raise TypeError(f"no JSON form for {type(value).__name__}")


def content_hash(value: object) -> str:
    """SHA-256 over the canonical JSON: equal values have equal hashes, on any machine."""
    text = json.dumps(to_json(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
