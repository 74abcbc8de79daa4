"""`mingjing new-service`: a seventh service laid out like the others, ready to be filled in."""

import re
from pathlib import Path
from typing import Annotated

import typer

from services.cli.output import console, fail

ROOT = Path(__file__).parents[2]
TEMPLATES = Path(__file__).parent / "scaffold_files"


def new_service(
    name: Annotated[str, typer.Argument(help="One word in lower case, e.g. appeals.")],
    root: Annotated[Path, typer.Option(help="Where to lay it out.")] = ROOT,
) -> None:
    """Lay out a new service: contract, tables, folds, reactions, decisions, routes, tests."""
    if not re.fullmatch(r"[a-z]{3,20}", name):
        fail(
            f"A service's name is one word of 3 to 20 lower-case letters, not {name!r}.",
            "服务名须为 3 至 20 个小写字母。",
        )
    if (root / "services" / name).exists():
        fail(f"services/{name} exists already.", f"services/{name} 已存在。")
    for template in sorted(TEMPLATES.rglob("*.txt")):
        inside = str(template.relative_to(TEMPLATES)).removesuffix(".txt").replace("NAME", name)
        target = root / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_filled(template.read_text(encoding="utf-8"), name), encoding="utf-8")
        console.print(f"  {inside}")
    console.print(
        f"Next: add {name.upper()} to contracts/catalog.py and {name!r} to pyproject.toml and services/cli/stack.py;"
    )
    console.print("services/README.md says how to go on.")


def _filled(text: str, name: str) -> str:
    return (
        text.replace("@NAME@", name)
        .replace("@TITLE@", name.capitalize())
        .replace("@UPPER@", name.upper())
    )
