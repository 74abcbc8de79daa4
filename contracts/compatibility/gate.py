"""The check of one released schema against the one that takes its place."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from contracts.compatibility.differences import Difference, differences
from contracts.compatibility.samples import NothingFits
from contracts.compatibility.shapes import normal, opened
from contracts.compatibility.validity import accepts
from contracts.schema import Schema

Direction = Literal["backward", "forward"]

MEANINGS = {
    "required_added": "a field that need not be written is demanded",
    "property_removed": "a field that is written is no longer named",
    "additional_properties_closed": "names that may be written are refused",
    "type_narrowed": "a type that is written is not read",
    "null_refused": "null is written and not read",
    "enum_narrowed": "a value that is written is not in the list",
    "enum_added": "free values are written and only a list is read",
    "minimum_raised": "smaller numbers are written than are read",
    "maximum_lowered": "larger numbers are written than are read",
    "multiple_changed": "numbers are written that are no multiple of what is read",
    "length_tightened": "texts are written that are too short or too long to be read",
    "pattern_changed": "texts are written that the pattern does not match",
    "format_changed": "texts are written that are not in the format",
    "items_tightened": "lists are written that are too short or too long to be read",
    "items_made_unique": "lists with repeats are written and not read",
    "properties_tightened": "objects are written with too few or too many fields to be read",
    "version_removed": "records of this version are in the log and nothing reads them",
    "default_changed": "what was written without the field would now mean something else",
    "undecidable": "the two differ in a way that this gate cannot judge",
}
MEND = "publish it as a new version with an upcast, or make the change one that only adds"
READ_DIFFERENTLY = "default_changed"
"""The one kind whose example is valid under both: it is read, and read as something else."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A break of the contract, with a whole event that shows it where one could be built."""

    direction: Direction
    kind: str
    pointer: str
    counter_example: Any = None

    def __str__(self) -> str:
        where = self.pointer or "/"
        event = json.dumps(self.counter_example, ensure_ascii=False)
        shown = "none could be built" if self.counter_example is None else event
        return (
            f"{self.direction}: {where} {self.kind}: {MEANINGS[self.kind]}\n"
            f"    event: {shown}\n    mend: {MEND}"
        )


def check(old: Schema, new: Schema) -> list[Violation]:
    """Every way in which the new schema breaks the old one's promises; empty when it keeps them.

    Backward: all that `old` wrote is named and allowed by `new`; closed, because a field that is
    no longer named would be lost from the log's meaning. Forward: all that `new` writes is read by
    a reader of `old`; open, because readers ignore fields they do not know.
    """
    before, after = normal(old), normal(new)
    return [
        *_violations("backward", before, after),
        *_violations("forward", after, opened(before)),
    ]


def _violations(direction: Direction, written: Schema, read: Schema) -> list[Violation]:
    found: dict[tuple[str, str], Violation] = {}
    for one in _differences(written, read):
        if one.kind == READ_DIFFERENTLY and direction == "forward":
            continue  # a new writer always writes the field
        example = one.value if _proven(one, written, read) else None
        found.setdefault(
            (one.kind, one.pointer), Violation(direction, one.kind, one.pointer, example)
        )
    return list(found.values())


def _differences(written: Schema, read: Schema) -> list[Difference]:
    try:
        return list(differences(written, read))
    except NothingFits:
        # No value of some field could be made, so no event either, and nothing can be shown.
        return [Difference("undecidable", shown=False)]


def _proven(one: Difference, written: Schema, read: Schema) -> bool:
    """An example counts only when it holds: written under the one, refused under the other."""
    if not one.shown or not accepts(written, one.value):
        return False
    return accepts(read, one.value) == (one.kind == READ_DIFFERENTLY)
