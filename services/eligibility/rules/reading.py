"""Reading JSON objects field by field, remembering every problem instead of the first only."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from services.eligibility.rules.dates import DateUnreadable, PartialDate, read_partial_date
from services.eligibility.rules.values import Problem, Text, Unreadable

Choice = TypeVar("Choice", bound=StrEnum)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Reader:
    """One JSON object. A field that cannot be read yields a stand-in, and a problem is kept.

    Call `finish` before using anything that was read: it raises when there was any problem.
    """

    def __init__(
        self, document: object, where: str = "", problems: list[Problem] | None = None
    ) -> None:
        self.where = where
        self.problems = [] if problems is None else problems
        self.fields: Mapping[str, object] = {}
        if isinstance(document, Mapping):
            self.fields = document
        else:
            self.refuse("", "not_an_object", Text("应为对象", "an object was expected"))

    def finish(self) -> None:
        """Raise `Unreadable` with every problem found so far, if there is one."""
        if self.problems:
            raise Unreadable(self.problems)

    def refuse(self, name: str, code: str, what: Text, mend: Text | None = None) -> None:
        """Keep one problem about a field."""
        where = f"{self.where}/{name}" if name else self.where
        fix = mend or Text("请按规则包说明改正该字段", "Correct the field as the rule pack says")
        self.problems.append(Problem(code, where, what, fix))

    def _get(self, name: str) -> object:
        value = self.fields.get(name)
        if value is None:
            self.refuse(name, "missing", Text("缺少该字段", "the field is missing"))
        return value

    def text(self, name: str) -> str:
        value = self._get(name)
        if isinstance(value, str) and value.strip():
            return value
        if value is not None:
            self.refuse(name, "not_a_text", Text("应为非空文本", "a text was expected, not empty"))
        return ""

    def optional_text(self, name: str) -> str | None:
        return None if self.fields.get(name) is None else self.text(name)

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number between two bounds, both included."""
        value = self._get(name)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        if value is not None:
            self.refuse(
                name,
                "not_a_whole_number",
                Text(
                    f"应为 {low} 至 {high} 的整数", f"a whole number {low} to {high} was expected"
                ),
            )
        return low

    def flag(self, name: str) -> bool:
        value = self._get(name)
        if not isinstance(value, bool) and value is not None:
            self.refuse(name, "not_true_or_false", Text("应为 true 或 false", "true or false"))
        return value is True

    def choice(self, name: str, kind: type[Choice]) -> Choice:
        """One of an enumeration's values."""
        options = list(kind)
        text = self.text(name)
        for option in options:
            if text == option.value:
                return option
        if text:
            allowed = ", ".join(option.value for option in options)
            self.refuse(
                name,
                "unknown_choice",
                Text(f"未知取值 {text!r}", f"{text!r} is not known"),
                Text(f"可用：{allowed}", f"Use one of: {allowed}"),
            )
        return options[0]

    def items(self, name: str) -> tuple[object, ...]:
        value = self._get(name)
        if isinstance(value, list | tuple):
            return tuple(value)
        if value is not None:
            self.refuse(name, "not_a_list", Text("应为列表", "a list was expected"))
        return ()

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.items(name)
        if all(isinstance(value, str) for value in values):
            return tuple(str(value) for value in values)
        self.refuse(name, "not_texts", Text("列表应全为文本", "a list of texts was expected"))
        return ()

    def integers(self, name: str) -> tuple[int, ...]:
        values = self.items(name)
        numbers = tuple(v for v in values if isinstance(v, int) and not isinstance(v, bool))
        if len(numbers) != len(values):
            self.refuse(name, "not_whole_numbers", Text("应全为整数", "whole numbers expected"))
        return numbers

    def child(self, name: str) -> "Reader":
        value = self._get(name)
        shown = {} if value is None else value
        return Reader(shown, f"{self.where}/{name}", self.problems)

    def children(self, name: str) -> list["Reader"]:
        return [
            Reader(item, f"{self.where}/{name}/{number}", self.problems)
            for number, item in enumerate(self.items(name))
        ]

    def partial_date(self, name: str) -> PartialDate | None:
        """A date of any precision, or None where the field is absent or null."""
        text = self.optional_text(name)
        if not text:
            return None
        try:
            return read_partial_date(text)
        except DateUnreadable as error:
            self._bad_date(name, str(error), "2020-03-12, 2020-03, 2020, ../2020-03-12")
            return None

    def day(self, name: str) -> date:
        text = self.text(name)
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            if text:
                self._bad_date(name, str(error), "2021-07-12")
            return _EPOCH.date()

    def instant(self, name: str) -> datetime:
        """An instant with its offset."""
        text = self.text(name)
        try:
            read = datetime.fromisoformat(text)
        except ValueError as error:
            if text:
                self._bad_date(name, str(error), "2021-07-12T18:00:00+08:00")
            return _EPOCH
        if read.tzinfo is None:
            self._bad_date(name, f"{text} has no offset", "2021-07-12T18:00:00+08:00")
            return _EPOCH
        return read

    def optional_instant(self, name: str) -> datetime | None:
        return None if self.fields.get(name) is None else self.instant(name)

    def _bad_date(self, name: str, said: str, example: str) -> None:
        self.refuse(
            name,
            "bad_date",
            Text(f"日期无法识别（{said}）", f"the date cannot be read ({said})"),
            Text(f"请写成 {example}", f"Write it like {example}"),
        )
