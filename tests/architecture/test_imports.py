"""The import rules hold, and each of them notices a planted violation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.guards import ROOT

PLANTED = {
    "Services stand on the chassis, and never on each other.": (
        "services/review/rules/planted.py", "import services.finance.rules"
    ),
    "The contracts know nobody.": ("contracts/planted.py", "import services.chassis.tables"),
    "Contracts depend on Pydantic and nothing else.": ("contracts/planted_too.py", "import httpx"),
    "Rules are pure: no I/O, no framework, no chassis, no store.": (
        "services/finance/rules/planted.py", "import sqlmodel"
    ),
    "Inside a service: main, then the edges, then shared steps, then the store, then the rules.": (
        "services/submission/helpers.py", "import services.submission.store"
    ),
    "Deployment knows no service and no contract.": ("deploy/planted.py", "import contracts.event"),
    "A service does not know how it is deployed; only the command line does.": (
        "services/chassis/planted.py", "import deploy.ports"
    ),
}  # fmt: skip


def lint(root: Path) -> str:
    """What import-linter says of a tree."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as l; l()",
         "--no-cache", str(root / "pyproject.toml")],
        cwd=root, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    return done.stdout + done.stderr


def verdicts(report: str) -> dict[str, str]:
    """KEPT or BROKEN, per rule."""
    ends = (" KEPT", " BROKEN")
    lines = [line.strip() for line in report.splitlines() if line.rstrip().endswith(ends)]
    return {line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in lines}


def test_every_import_rule_is_kept() -> None:
    """Seven rules; a new one must be planted below, too."""
    report = lint(ROOT)

    assert verdicts(report) == dict.fromkeys(PLANTED, "KEPT"), report


def test_every_import_rule_notices_a_violation(tmp_path: Path) -> None:
    """One line planted for each, in a copy of the project."""
    for folder in ("contracts", "services", "deploy"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, line in PLANTED.values():
        (tmp_path / path).write_text(f'"""Planted."""\n\n{line}\n')
    report = lint(tmp_path)

    assert verdicts(report) == dict.fromkeys(PLANTED, "BROKEN"), report


@pytest.fixture(autouse=True)
def longer(request: pytest.FixtureRequest) -> None:
    """Building the graph of all imports takes a while on a busy machine."""
    request.node.add_marker(pytest.mark.timeout(180))
