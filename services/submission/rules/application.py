"""What makes an application fit to be sent: every problem at once, each with how to mend it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.submission.rules.problem import Problem

TITLE_CHARACTERS_MAX = 200
"""Ours, where a call sets no limit of its own."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the call's form. A kind not listed in KINDS takes any value."""

    id: str
    zh: str
    en: str
    kind: str
    required: bool
    characters_max: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a call asks of the content of an application. No `fields` means: any form is taken."""

    items: frozenset[str]
    fields: tuple[FormField, ...] = ()
    requested_fen_min: int = 1
    requested_fen_max: int | None = None
    title_characters_max: int = TITLE_CHARACTERS_MAX
    items_min: int = 1
    items_max: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What an applicant says: title, content items, the amount asked for, and the form."""

    title: str
    items: tuple[str, ...]
    requested_fen: int
    form: Mapping[str, Any]


def problems(content: Content, terms: Terms) -> tuple[Problem, ...]:
    """Everything that keeps an application from being sent, in reading order; none means fit."""
    return (
        *title_fits(content.title, terms),
        *items_are_the_calls(content.items, terms),
        *amount_is_within(content.requested_fen, terms),
        *form_is_filled(content.form, terms),
    )


def title_fits(title: str, terms: Terms) -> Iterator[Problem]:
    """The title is written and not too long.

    Source: R37 (the form). Unit: characters (code points; a Han character is one). A title of
    exactly the limit fits.
    """
    limit = terms.title_characters_max
    if not title.strip():
        yield Problem("title", "title_missing", "Write the project title.", "请填写项目名称。")
    elif len(title) > limit:
        yield Problem(
            "title", "title_too_long",
            f"The title has {len(title)} characters; write at most {limit}.",
            f"项目名称{len(title)}字，不得超过{limit}字。",
        )  # fmt: skip


def items_are_the_calls(items: tuple[str, ...], terms: Terms) -> Iterator[Problem]:
    """As many content items are chosen as the call allows, each is one of the call's, none twice.

    Source: R36 (一项或多项工作). Unit: content items. Exactly the least or the most is allowed.
    """
    chosen = set(items)
    most = len(terms.items) if terms.items_max is None else terms.items_max
    if not terms.items_min <= len(chosen) <= most:
        yield Problem(
            "items", "items_count",
            f"{len(chosen)} content items chosen; choose {terms.items_min} to {most}.",
            f"已选 {len(chosen)} 项申报内容，应选 {terms.items_min} 至 {most} 项。",
        )  # fmt: skip
    for item in sorted(one for one in chosen if items.count(one) > 1):
        yield Problem(
            "items", "item_twice", f"Item {item} is chosen twice.", f"申报内容 {item} 重复选择。"
        )
    for item in sorted(chosen - terms.items):
        known = ", ".join(sorted(terms.items))
        yield Problem(
            "items", "item_unknown",
            f"The call has no content item {item}; it has {known}.",
            f"申报通知中没有内容项 {item}；可选：{known}。",
        )  # fmt: skip


def amount_is_within(requested_fen: int, terms: Terms) -> Iterator[Problem]:
    """The amount asked for lies between the call's limits.

    Source: R24, A7 (the officer's tolerance on 左右). Unit: fen. Exactly a limit is within.
    """
    low, high = terms.requested_fen_min, terms.requested_fen_max
    if requested_fen < low:
        yield Problem(
            "requested_fen", "amount_too_small",
            f"{requested_fen} fen asked for; ask for at least {low} fen.",
            f"申请经费 {requested_fen} 分，不得低于 {low} 分。",
        )  # fmt: skip
    elif high is not None and requested_fen > high:
        yield Problem(
            "requested_fen", "amount_too_large",
            f"{requested_fen} fen asked for; ask for at most {high} fen.",
            f"申请经费 {requested_fen} 分，不得高于 {high} 分。",
        )  # fmt: skip


def form_is_filled(form: Mapping[str, Any], terms: Terms) -> Iterator[Problem]:
    """Every required field is filled, each value is of its kind and length, nothing else is there.

    Source: R37 (按要求填写《项目申报书》). Unit: characters. A text of exactly the limit fits.
    """
    if not terms.fields:
        return
    for field in terms.fields:
        yield from _field(field, form.get(field.id))
    known = {field.id for field in terms.fields}
    for name in sorted(set(form) - known):
        yield Problem(
            f"form.{name}", "field_unknown",
            f"The form has no field {name}; remove it.",
            f"申报书没有字段 {name}，请删除。",
        )  # fmt: skip


def _field(field: FormField, value: Any) -> Iterator[Problem]:
    where = f"form.{field.id}"
    if _blank(value):
        if field.required:
            yield Problem(where, "field_missing", f"Fill in “{field.en}”.", f"请填写“{field.zh}”。")
        return
    expected = KINDS.get(field.kind)
    if expected is not None and not expected.holds(value):
        yield Problem(
            where, "field_of_another_kind",
            f"“{field.en}” takes {expected.en}.",
            f"“{field.zh}”应填写{expected.zh}。",
        )  # fmt: skip
        return
    characters, limit = _characters(value), field.characters_max
    if limit is not None and characters > limit:
        yield Problem(
            where, "field_too_long",
            f"“{field.en}” has {characters} characters; write at most {limit}.",
            f"“{field.zh}”共{characters}字，不得超过{limit}字。",
        )  # fmt: skip


def _blank(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _characters(value: Any) -> int:
    """The characters of all text in a value: a table counts with all its cells."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_characters, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_characters, value))
    return 0


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of field takes, in words and as a test."""

    en: str
    zh: str
    test: Any

    def holds(self, value: Any) -> bool:
        """Whether a value is of this kind."""
        return bool(self.test(value))


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _listed(of: type) -> Any:
    return lambda value: (
        isinstance(value, list | tuple) and all(isinstance(one, of) for one in value)
    )


KINDS: dict[str, Kind] = {
    "text": Kind("text", "文字", lambda v: isinstance(v, str)),
    "amount_fen": Kind(
        "an amount in whole fen, 0 or more",
        "以分为单位的非负整数金额",
        lambda v: _whole(v) and v >= 0,
    ),
    "integer": Kind("a whole number", "整数", _whole),
    "yes_no": Kind("true or false", "是或否", lambda v: isinstance(v, bool)),
    "date": Kind("a day as YYYY-MM-DD", "日期（YYYY-MM-DD）", _day),
    "items": Kind("a list of content item ids", "申报内容编号列表", _listed(str)),
    "table": Kind("a list of rows", "由行组成的表格", _listed(dict)),
}
"""The kinds of field a call's form may use."""
