"""What is wrong with a call file: a code, a JSON pointer, what and how to mend it, twice over."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Text:
    """One text, once per language."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CallProblem:
    """One finding about a call file. A warning is listed and stops nothing."""

    code: str
    where: str
    what: Text
    mend: Text
    severity: Severity = "error"

    def document(self) -> dict[str, object]:
        """The problem as JSON members."""
        return {
            "code": self.code,
            "where": self.where,
            "severity": self.severity,
            "what": {"zh": self.what.zh, "en": self.what.en},
            "mend": {"zh": self.mend.zh, "en": self.mend.en},
        }


class CallInvalid(ValueError):
    """A call file cannot be used; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: Iterable[CallProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.where or '/'}: {p.what.en}" for p in self.problems))


def blocking(problems: Iterable[CallProblem]) -> tuple[CallProblem, ...]:
    """The problems that refuse a publication; warnings do not."""
    return tuple(problem for problem in problems if problem.severity == "error")


def pointer(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901) to a place in the call file."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
