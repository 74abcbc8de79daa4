"""The 2021 call with one thing done to it, and what is then found wrong."""

import copy
from collections.abc import Callable
from typing import Any

from services.submission.calls import CAST_2021, load
from services.submission.rules.call import CallInvalid, blocking, publication_problems

DOCUMENT = load(CAST_2021)


def changed(change: Callable[[Any], object]) -> dict[str, Any]:
    """A copy of the call with one thing done to it."""
    document = copy.deepcopy(DOCUMENT)
    change(document)
    return document


def put(value: object, *path: str | int) -> dict[str, Any]:
    """A copy of the call with another value at one place."""

    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return changed(change)


def refusal(read: Callable[[Any], object], given: object) -> CallInvalid | None:
    """The refusal something meets, if it meets one; any other exception is a failure."""
    try:
        read(given)
    except CallInvalid as refused:
        return refused
    return None


def found(document: object) -> set[tuple[str, str]]:
    """Code and place of everything wrong with a document, warnings aside."""
    return {(p.code, p.where) for p in blocking(publication_problems(document))}
