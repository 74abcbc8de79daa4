"""Call files: YAML read with no surprises, checked, and refused with line and column."""

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from services.submission.rules.call.problems import CallInvalid, CallProblem, Text
from services.submission.rules.call.shape import SCHEMA

FOLDER = Path(__file__).parent
CAST_2021 = FOLDER / "cast-2021-open-cooperation.yaml"
SCHEMA_FILE = FOLDER / "call.schema.json"
_BYTES_MAX = 1_000_000
_NESTING_MAX = 50

Document = dict[str, Any]


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML where a date stays the text it is, no key stands twice, and nothing is aliased."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="aliases are not read (one text, one place)",
                problem_mark=self.get_mark(),
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value!r} stands twice or is no plain text",
                    problem_mark=key.start_mark,
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> Document:
    """Read a call file into plain data; `parse_call` and `publication_problems` judge what it says.

    Raises:
        CallInvalid: the file is missing, too large, not UTF-8, or no YAML; with line and column.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        what = Text(f"无法读取 {path.name}", f"{path.name} cannot be read: {error.strerror}")
        raise CallInvalid([_problem("file_unreadable", "", what)]) from error
    return loads(data, path.name)


def loads(data: bytes, name: str = "call") -> Document:
    """Read the bytes of a call file; `name` is only said in problems.

    Raises:
        CallInvalid: as for `load`.
    """
    if len(data) > _BYTES_MAX:
        what = Text("文件过大", f"{name} is larger than {_BYTES_MAX} bytes")
        raise CallInvalid([_problem("file_too_large", name, what)])
    try:
        document = yaml.load(data.decode("utf-8-sig"), Loader=_PlainLoader)  # noqa: S506
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        what = Text("不是 UTF-8 编码", f"byte {error.start} is not UTF-8")
        raise CallInvalid([_problem("not_utf8", f"{name}:{line}", what)]) from error
    except yaml.YAMLError as error:
        raise CallInvalid([_yaml_problem(error, name)]) from error
    except (RecursionError, ValueError) as error:
        what = Text(
            "嵌套过深或数值无法识别", f"nested too deeply, or a value cannot be read: {error}"
        )
        raise CallInvalid([_problem("yaml_unreadable", name, what)]) from error
    if not isinstance(document, dict):
        what = Text("文件顶层应为键值对", "the file should be a mapping of keys to values")
        raise CallInvalid([_problem("not_a_mapping", name, what)])
    return document


def _yaml_problem(error: yaml.YAMLError, name: str) -> CallProblem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    said = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context", None)
    full = f"{context}, {said}" if context else said
    return _problem(
        "yaml_broken", place, Text(f"YAML 语法错误（{full}）", f"the YAML is broken: {full}")
    )


def _problem(code: str, where: str, what: Text) -> CallProblem:
    mend = Text(
        "在所示行列改正；文本中含冒号或井号时加引号",
        "Correct it at that line and column; put texts that hold a colon or # in quotes",
    )
    return CallProblem(code, where, what, mend)


def schema_text() -> str:
    """The JSON Schema of a call file, as committed; a test compares the two."""
    return json.dumps(SCHEMA, ensure_ascii=False, indent=1) + "\n"


def write_schema() -> None:
    """Write `call.schema.json` anew after the shape changed."""
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
