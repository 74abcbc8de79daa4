"""Whether a call may be published: nothing missing, each clause held, placeholders told."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.submission.rules.call.checks import content_problems
from services.submission.rules.call.lint import KNOWN_RULE_IDS, lint_clauses
from services.submission.rules.call.problems import CallProblem, Text, pointer
from services.submission.rules.call.schema import shape_problems


def publication_problems(document: object) -> list[CallProblem]:
    """Everything that refuses a publication, and what is worth a warning, all at once.

    Source: R37, R42, R43, R54 (A12: every channel needs an address, every annex a file). Boundary:
    a placeholder counts as present and is listed as a warning; see `blocking`.
    """
    found = [
        *shape_problems(document),
        *content_problems(document),
        *lint_clauses(document, KNOWN_RULE_IDS),
    ]
    if isinstance(document, Mapping):
        found.extend(_address_problems(document))
        found.extend(_annex_problems(document))
    return found


def _address_problems(document: Mapping[str, Any]) -> Iterator[CallProblem]:
    window = document.get("window")
    channels = window.get("channels") if isinstance(window, Mapping) else None
    for number, channel in enumerate(channels if isinstance(channels, list) else ()):
        if not isinstance(channel, Mapping):
            continue
        where = pointer("window", "channels", number, "address")
        name = channel.get("id")
        if not channel.get("address"):
            what = Text(f"渠道 {name} 没有地址", f"the channel {name} has no address")
            mend = Text("填写地址，或标明占位", "Give the address, or a marked placeholder")
            yield CallProblem("address_missing", where, what, mend)
        elif channel.get("placeholder"):
            yield _placeholder(where, Text(f"渠道 {name} 的地址", f"the address of {name}"))


def _annex_problems(document: Mapping[str, Any]) -> Iterator[CallProblem]:
    annexes = document.get("annexes")
    for number, annex in enumerate(annexes if isinstance(annexes, list) else ()):
        if not isinstance(annex, Mapping):
            continue
        where = pointer("annexes", number, "file")
        name = annex.get("id")
        if not annex.get("file"):
            what = Text(f"附件 {name} 没有文件", f"the annex {name} has no file")
            mend = Text("提供文件，或标明占位", "Give the file, or a marked placeholder")
            yield CallProblem("annex_missing", where, what, mend)
        elif annex.get("placeholder"):
            yield _placeholder(where, Text(f"附件 {name}", f"the annex {name}"))


def _placeholder(where: str, name: Text) -> CallProblem:
    return CallProblem(
        "placeholder",
        where,
        Text(f"{name.zh}是占位内容", f"{name.en} is a placeholder"),
        Text("正式发布前换成真实内容", "Put the real one in before the public sees it"),
        "warning",
    )
