"""How the command line speaks: tables for people, JSON for machines, plain errors for both."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

console = Console()
errors = Console(stderr=True)

EXIT_REFUSED = 1
"""The answer is no: a check failed, a proof does not hold, something is not ready."""
EXIT_USAGE = 2
"""The command, a file or the machine is not as it must be."""


def say_json(value: Any) -> None:
    """Print one JSON document on standard output, and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def fail(en: str, zh: str = "", code: int = EXIT_USAGE) -> NoReturn:
    """Say plainly what is wrong and how to mend it, and end."""
    errors.print(en, style="red", markup=False, highlight=False, soft_wrap=True)
    if zh:
        errors.print(zh, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Print a table."""
    drawn = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*[str(cell) for cell in row])
    console.print(drawn)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """A progress bar on standard error, silent for machines."""
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=errors, disable=quiet, transient=False,
    ) as bar:  # fmt: skip
        yield bar
