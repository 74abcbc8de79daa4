"""What is wrong with an input, said so that a person can mend it, in Chinese and in English."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One statement, once per language."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: a stable code, the place it sits, and what to do about it."""

    code: str
    where: str
    text: Text


class InvalidInput(ValueError):
    """An input that no rule can judge; carries every problem at once, never only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(f"{p.where}: {p.text.en}" for p in self.problems))


def refuse(problems: Iterable[Problem]) -> None:
    """Raise InvalidInput unless there is nothing to complain about."""
    if found := tuple(problems):
        raise InvalidInput(found)


def duplicates(where: str, ids: Iterable[str]) -> tuple[Problem, ...]:
    """Every id stands once; an id given twice would be counted twice."""
    seen: set[str] = set()
    twice = sorted({i for i in ids if i in seen or seen.add(i)})  # type: ignore[func-returns-value]
    return tuple(
        Problem(
            "duplicate_id",
            f"{where}[{i}]",
            Text(
                f"编号“{i}”出现了不止一次，请只保留一条。",
                f"The id {i!r} is given more than once; keep one.",
            ),
        )
        for i in twice
    )
