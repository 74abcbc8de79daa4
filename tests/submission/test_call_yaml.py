"""Reading YAML: line and column for every mistake, no objects, no aliases, no tracebacks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.submission.calls import load, loads
from services.submission.rules.call import CallInvalid
from tests.submission.call_changes import refusal


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("id: [1, 2\nversion: 1", "yaml_broken", "call:2:8"),
        ("id: a\nid: b", "yaml_broken", "call:2:1"),
        ("a: &x {b: 1}\nc: *x", "yaml_broken", "call:2"),
        ("\tid: a", "yaml_broken", "call:1:1"),
        ("a: !!python/object/apply:os.system [ls]", "yaml_broken", "call:1:4"),
        ("- just\n- a list", "not_a_mapping", "call"),
        ("", "not_a_mapping", "call"),
        ("a: " + "[" * 5000, "yaml_unreadable", "call"),
        ("? [a, b]\n: c", "yaml_broken", "call:1:3"),
        ("a: b: c", "yaml_broken", "call:1:5"),
    ],
)
def test_broken_yaml_says_line_and_column(text: str, code: str, where: str) -> None:
    """Never a traceback, and nothing is executed."""
    with pytest.raises(CallInvalid) as refused:
        loads(text.encode())
    (problem,) = refused.value.problems
    assert problem.code == code
    assert problem.where.startswith(where)
    assert problem.mend.zh


def test_bytes_that_are_no_text_and_a_missing_file_are_problems(tmp_path: Path) -> None:
    """Wrong encoding, no such file, a folder, a huge file."""
    attempts: list[tuple[Callable[[Any], object], object]] = [
        (loads, b"a: \xff"),
        (loads, b"#" * 1_000_001),
        (load, tmp_path / "none.yaml"),
        (load, tmp_path),
    ]
    for read, given_this in attempts:
        refused = refusal(read, given_this)
        assert refused is not None
        assert refused.problems[0].what.zh


def test_dates_stay_the_texts_they_are() -> None:
    """Plain YAML would turn an unquoted day into an object and lose how it was written."""
    assert loads(b"a: 2021-07-12\nb: 2022-03")["a"] == "2021-07-12"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No file makes the reader fall over."""
    refused = refusal(loads, data)
    assert refused is None or refused.problems
