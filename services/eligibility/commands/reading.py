"""A fact as a person types it, read whole or refused with everything that is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.chassis.errors import Invalid
from services.eligibility.rules import (
    Fact,
    Problem,
    Text,
    Unreadable,
    fact_from_json,
    fact_to_json,
)


def read_fact(applicant_id: str, said: Mapping[str, Any], now: str) -> Fact:
    """The fact, still without an id of its own.

    Raises:
        Invalid: it cannot be read, or says more than the rules understand.
    """
    try:
        fact = fact_from_json({**said, "id": "new", "subject": applicant_id, "recorded_at": now})
    except Unreadable as unreadable:
        raise _refusal(unreadable.problems) from None
    read = fact_to_json(fact)
    if problems := (*_unknown(said, read), *_unprintable(read)):
        raise _refusal(problems)
    return fact


def _refusal(problems: Iterable[Problem]) -> Invalid:
    return Invalid(
        "fact_unreadable",
        "The fact cannot be read; mend what problems lists and send it again.",
        "事实记录无法识别，请按 problems 逐项更正后重新提交。",
        problems=[_plain(problem) for problem in problems],
    )


def _unknown(said: Mapping[str, Any], read: Mapping[str, Any]) -> Iterator[Problem]:
    """Fields nobody reads: a slip of the pen could lose the very date that clears an applicant."""
    for part in ("detail", "dates", "source"):
        for name in sorted(set(said[part]).difference(read[part])):
            known = ", ".join(read[part])
            yield Problem(
                "field_unknown",
                f"/{part}/{name}",
                Text(f"没有字段 {name!r}", f"there is no field {name!r}"),
                Text(f"可用：{known}", f"Use one of: {known}"),
            )


def _unprintable(read: Mapping[str, Any]) -> Iterator[Problem]:
    """Texts with control characters, which no page and no letter can show."""
    for name, value in read["detail"].items():
        if isinstance(value, str) and any(c < " " or c == "\x7f" for c in value):
            yield Problem(
                "control_character",
                f"/detail/{name}",
                Text("含有控制字符", "it holds control characters"),
                Text("请去除控制字符", "Remove them"),
            )


def _plain(problem: Problem) -> dict[str, str]:
    return {
        "code": problem.code,
        "where": problem.where,
        "what": problem.what.en,
        "what_zh": problem.what.zh,
        "mend": problem.mend.en,
        "mend_zh": problem.mend.zh,
    }
