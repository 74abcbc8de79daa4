"""What an amendment may change: everything but what applicants already rely on."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from services.submission.rules.problem import Problem


def amendment_problems(held: Mapping[str, Any], later: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Everything that keeps a complete document from following the version in force."""
    return (*same_call(held, later), *next_version(held, later), *window_not_shortened(held, later))


def same_call(held: Mapping[str, Any], later: Mapping[str, Any]) -> Iterator[Problem]:
    """An amendment is of the same call.

    Source: A17. Unit: none; the ids are equal or not.
    """
    if later["id"] != held["id"]:
        yield Problem(
            "/id", "call_id_changed",
            f"The document is of call {later['id']}, not {held['id']}; "
            "amend that one, or correct the id.",
            f"文件为申报通知 {later['id']}，而非 {held['id']}；请更正编号。",
        )  # fmt: skip


def next_version(held: Mapping[str, Any], later: Mapping[str, Any]) -> Iterator[Problem]:
    """An amendment bears the next version number.

    Source: A17 (versioned call). Unit: versions. One more than the version in force; not two.
    """
    wanted = held["version"] + 1
    if later["version"] != wanted:
        yield Problem(
            "/version", "version_not_next",
            f"The document says version {later['version']}; "
            f"version {held['version']} is in force, write {wanted}.",
            f"文件版本为 {later['version']}，现行版本为 {held['version']}，请填写 {wanted}。",
        )  # fmt: skip


def window_not_shortened(held: Mapping[str, Any], later: Mapping[str, Any]) -> Iterator[Problem]:
    """Who relied on the published end is not cut off: the window may grow, never shrink.

    Source: A17 (only extensions were ever seen). Unit: instants. The same end is allowed, a
    microsecond earlier is not.
    """
    ends, was = later["window"]["closes_before"], held["window"]["closes_before"]
    if datetime.fromisoformat(ends) < datetime.fromisoformat(was):
        yield Problem(
            "/window/closes_before", "window_shortened",
            f"The window would end at {ends}, before {was} as published; "
            "keep it or make it longer.",
            f"受理截止由已公布的 {was} 提前至 {ends}；受理期只可延长，不可缩短。",
        )  # fmt: skip
