"""CSV bytes to numbered rows; whatever is wrong is said with file, line and column."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Protocol

from services.eligibility.rules.values import Text


class CsvReader(Protocol):
    """What `csv.reader` gives: rows, and the number of the line read last."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...


_BYTES_MAX = 20_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row by column name, trimmed; `line` is where it begins in the file (the header is 1)."""

    line: int
    values: Mapping[str, str]

    def get(self, column: str) -> str:
        return self.values.get(column, "")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in a file, where, and how to mend it. Line 0 means the file as a whole."""

    file: str
    line: int
    column: str
    code: str
    what: Text
    mend: Text


def rows_from_csv(
    data: bytes, file: str, columns: Iterable[str]
) -> tuple[tuple[Row, ...], tuple[RowProblem, ...]]:
    """Read a UTF-8 CSV with a header that has at least `columns`.

    A row that cannot be read becomes a problem and is left out; the others are still read.
    """
    text, problem = _decoded(data, file)
    if problem:
        return (), (problem,)
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    problems: list[RowProblem] = []
    header: list[str] | None = None
    for line, cells in _lines(reader, file, problems):
        if header is None:
            header = [cell.strip() for cell in cells]
            problems.extend(_header_problems(header, file, tuple(columns)))
        elif any(cell.strip() for cell in cells):
            _keep(Row(line, {}), (header, cells), file, rows, problems)
    if header is None and not problems:
        problems.append(_empty(file))
    return tuple(rows), tuple(problems)


def _decoded(data: bytes, file: str) -> tuple[str, RowProblem | None]:
    mend = Text("另存为 CSV UTF-8 后重试", "Save the file as CSV UTF-8 and try again")
    if len(data) > _BYTES_MAX:
        what = Text("文件过大", f"the file is larger than {_BYTES_MAX} bytes")
        split = Text("请拆分文件", "Split the file")
        return "", RowProblem(file, 0, "", "file_too_large", what, split)
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        what = Text("文件不是 UTF-8 编码", f"byte {error.start} is not UTF-8")
        return "", RowProblem(file, line, "", "not_utf8", what, mend)


def _lines(
    reader: "CsvReader", file: str, problems: list[RowProblem]
) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line each begins on; the reader cannot go on after a broken quote."""
    begins = 1
    try:
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        what = Text(f"CSV 语法错误（{error}）", f"the CSV is broken ({error})")
        mend = Text("检查引号是否成对", "Check that quotes come in pairs")
        problems.append(RowProblem(file, begins, "", "csv_broken", what, mend))


def _header_problems(
    header: list[str], file: str, columns: tuple[str, ...]
) -> Iterator[RowProblem]:
    for column in columns:
        if column not in header:
            what = Text(f"缺少列 {column}", f"the column {column} is missing")
            mend = Text("首行须含：", "The first line needs: ")
            listed = ", ".join(columns)
            yield RowProblem(
                file, 1, column, "column_missing", what, Text(mend.zh + listed, mend.en + listed)
            )
    for column in sorted({name for name in header if name and header.count(name) > 1}):
        what = Text(f"列 {column} 重复", f"the column {column} stands twice")
        mend = Text("只保留一列", "Keep one of them")
        yield RowProblem(file, 1, column, "column_repeated", what, mend)


def _keep(
    row: Row,
    named: tuple[list[str], list[str]],
    file: str,
    rows: list[Row],
    problems: list[RowProblem],
) -> None:
    header, cells = named
    if len(cells) != len(header):
        what = Text(
            f"本行 {len(cells)} 格，表头 {len(header)} 列",
            f"the row has {len(cells)} cells, the header {len(header)} columns",
        )
        mend = Text("含逗号的内容请加双引号", "Put texts that hold a comma in double quotes")
        problems.append(RowProblem(file, row.line, "", "cells_miscounted", what, mend))
        return
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    rows.append(Row(row.line, values))


def _empty(file: str) -> RowProblem:
    what = Text("文件为空", "the file is empty")
    return RowProblem(file, 0, "", "file_empty", what, Text("请提供表头和数据", "Add a header"))
