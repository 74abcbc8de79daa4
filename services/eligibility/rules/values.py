"""Three-valued truth, texts in two languages, and problems that say what, where and how to mend."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Truth(StrEnum):
    """Whether something holds. Unknown is a value: it opens a question, it never rejects."""

    YES = "yes"
    NO = "no"
    UNDETERMINED = "undetermined"


def any_of(truths: Iterable[Truth]) -> Truth:
    """Yes if one is yes; else undetermined if one is; else no (so no for none at all)."""
    seen = set(truths)
    if Truth.YES in seen:
        return Truth.YES
    return Truth.UNDETERMINED if Truth.UNDETERMINED in seen else Truth.NO


def all_of(truths: Iterable[Truth]) -> Truth:
    """No if one is no; else undetermined if one is; else yes (so yes for none at all)."""
    seen = set(truths)
    if Truth.NO in seen:
        return Truth.NO
    return Truth.UNDETERMINED if Truth.UNDETERMINED in seen else Truth.YES


def opposite(truth: Truth) -> Truth:
    """Swap yes and no; what is undetermined stays so."""
    if truth is Truth.UNDETERMINED:
        return truth
    return Truth.NO if truth is Truth.YES else Truth.YES


def agreed(truths: Iterable[Truth]) -> Truth:
    """The one answer every possible world gives; undetermined when they differ or there is none."""
    seen = set(truths)
    return seen.pop() if len(seen) == 1 else Truth.UNDETERMINED


def truth(holds: bool) -> Truth:
    """Lift what is certainly known."""
    return Truth.YES if holds else Truth.NO


@dataclass(frozen=True, slots=True)
class Text:
    """One text, once per language."""

    zh: str
    en: str


def joined(texts: Iterable[Text]) -> Text:
    """Put sentences one after another in each language."""
    kept = tuple(texts)
    return Text("".join(text.zh for text in kept), " ".join(text.en for text in kept))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where (a JSON pointer, or file line and column), and how to mend it."""

    code: str
    where: str
    what: Text
    mend: Text


class Unreadable(ValueError):
    """A document cannot be read; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.where or '/'}: {p.what.en}" for p in self.problems))
