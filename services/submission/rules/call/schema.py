"""The shape check: every schema violation as a problem with pointer and mend, in both languages."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from services.submission.rules.call.problems import CallProblem, Text, pointer
from services.submission.rules.call.shape import SCHEMA

_SHOWN_MAX = 60
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date", raises=ValueError)
def _is_day(value: object) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


@FORMATS.checks("month", raises=ValueError)
def _is_month(value: object) -> bool:
    return not isinstance(value, str) or f"{date.fromisoformat(f'{value}-01'):%Y-%m}" == value


@FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(SCHEMA, format_checker=FORMATS)


def shape_problems(document: object) -> tuple[CallProblem, ...]:
    """Everything in which a call file differs from its schema, by place."""
    errors = sorted(_validator().iter_errors(document), key=lambda e: (e.json_path, e.message))
    return tuple(problem for error in errors for problem in _problems(error))


def _problems(error: ValidationError) -> Iterator[CallProblem]:
    where = pointer(*error.absolute_path)
    keyword = str(error.validator)
    if keyword == "required":
        name = error.message.split("'")[1]
        yield _problem(
            "missing", f"{where}{pointer(name)}", Text("缺少", "is missing"), _says(error)
        )
    elif keyword == "additionalProperties":
        yield from _unknown_keys(error, where)
    else:
        what, mend = _SAID.get(keyword, _otherwise)(error)
        yield _problem(_CODES.get(keyword, "not_as_described"), where, what, mend)


def _problem(code: str, where: str, what: Text, mend: Text) -> CallProblem:
    place = where or "/"
    return CallProblem(code, where, Text(f"{place} {what.zh}", f"{place} {what.en}"), mend)


def _schema(error: ValidationError) -> Mapping[str, Any]:
    """The piece of schema that was broken."""
    return error.schema if isinstance(error.schema, Mapping) else {}


def _limit(error: ValidationError) -> Any:
    """What the broken keyword asks for."""
    return error.validator_value


def _unknown_keys(error: ValidationError, where: str) -> Iterator[CallProblem]:
    known = ", ".join(sorted(_schema(error)["properties"]))
    keys: Any = error.instance
    for key in sorted(set(keys) - set(_schema(error)["properties"]), key=str):
        yield _problem(
            "unknown_key",
            f"{where}{pointer(key)}",
            Text("不是已知字段", "is no known key"),
            Text(f"删去，或改为：{known}", f"Remove it, or use one of: {known}"),
        )


def _says(error: ValidationError) -> Text:
    """The schema's own words about the place, for the person who has to fill it."""
    name = error.message.split("'")[1]
    properties = _schema(error).get("properties", {})
    described = properties.get(name, {}).get("description", "")
    return Text(f"请补上 {name}（{described}）", f"Add {name}. {described}")


def _shown(value: object) -> str:
    shown = re.sub(r"\s+", " ", repr(value))
    return shown if len(shown) <= _SHOWN_MAX else f"{shown[:_SHOWN_MAX]}…"


def _otherwise(error: ValidationError) -> tuple[Text, Text]:
    described = _schema(error).get("description", "")
    return (
        Text(f"的值 {_shown(error.instance)} 不合要求", f"does not fit: {_shown(error.instance)}"),
        Text(f"说明：{described}", f"It should be: {described}"),
    )


def _type(error: ValidationError) -> tuple[Text, Text]:
    wanted = _limit(error)
    names = wanted if isinstance(wanted, list) else [wanted]
    zh = "或".join(_TYPES_ZH.get(str(name), str(name)) for name in names)
    what = Text(
        f"应为{zh}，现为 {_shown(error.instance)}",
        f"should be of type {' or '.join(map(str, names))}, not {_shown(error.instance)}",
    )
    return what, _otherwise(error)[1]


def _enum(error: ValidationError) -> tuple[Text, Text]:
    allowed = ", ".join(map(str, _limit(error)))
    what = Text(f"没有取值 {_shown(error.instance)}", f"cannot be {_shown(error.instance)}")
    return what, Text(f"可用：{allowed}", f"Use one of: {allowed}")


def _bound(error: ValidationError) -> tuple[Text, Text]:
    low, high = _schema(error).get("minimum"), _schema(error).get("maximum")
    what = Text(f"的数值 {_shown(error.instance)} 超出范围", f"is out of range: {error.instance}")
    return what, Text(f"应在 {low} 至 {high} 之间", f"Use a whole number from {low} to {high}")


def _format(error: ValidationError) -> tuple[Text, Text]:
    example = _EXAMPLES.get(str(_limit(error)), "")
    what = Text(
        f"的日期 {_shown(error.instance)} 无法识别", f"holds no such date: {_shown(error.instance)}"
    )
    return what, Text(f"请写成 {example}", f"Write it like {example}")


def _too_few(error: ValidationError) -> tuple[Text, Text]:
    what = Text("项数不足", "has too few entries")
    least = _limit(error)
    return what, Text(f"至少 {least} 项", f"Give at least {least}")


_TYPES_ZH = {
    "string": "文本（加引号）",
    "integer": "整数",
    "boolean": "true 或 false",
    "object": "对象",
    "array": "列表",
    "null": "空",
}
_EXAMPLES = {
    "date": '"2021-07-12"',
    "month": '"2022-03"',
    "date-time": '"2021-07-13T00:00:00+08:00"',
}
_SAID: dict[str, Callable[[ValidationError], tuple[Text, Text]]] = {
    "type": _type,
    "enum": _enum,
    "const": _otherwise,
    "minimum": _bound,
    "maximum": _bound,
    "format": _format,
    "minItems": _too_few,
}
_CODES = {
    "type": "wrong_type",
    "enum": "unknown_choice",
    "minimum": "out_of_range",
    "maximum": "out_of_range",
    "format": "bad_date",
    "minItems": "too_few",
    "pattern": "not_as_described",
}
