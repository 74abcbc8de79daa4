"""The check of a whole catalogue against everything that was ever released."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.compatibility.gate import Violation, check
from contracts.compatibility.samples import sample
from contracts.compatibility.shapes import normal
from contracts.schema import Schema

Version = tuple[str, int]
"""An event type and its version."""


@dataclass(frozen=True, slots=True)
class Released:
    """One shape that went out. A version gets a further revision with each additive change."""

    type: str
    version: int
    revision: int
    schema: Schema


@dataclass(frozen=True, slots=True)
class Breach:
    """A released shape and what breaks its promise."""

    released: Released
    violation: Violation

    def __str__(self) -> str:
        shape = self.released
        return f"{shape.type} version {shape.version} revision {shape.revision}: {self.violation}"


def breaches(released: Iterable[Released], current: Mapping[Version, Schema]) -> list[Breach]:
    """Every promise of every release that the current schemas break."""
    found: list[Breach] = []
    for shape in released:
        now = current.get((shape.type, shape.version))
        violations = [_gone(shape)] if now is None else check(shape.schema, now)
        found.extend(Breach(shape, violation) for violation in violations)
    return found


def _gone(shape: Released) -> Violation:
    """Nobody reads the version any more, though its records lie in the log for ever."""
    return Violation("backward", "version_removed", "", sample(normal(shape.schema)))
