"""The command line over replays: exit codes, JSON for machines, plain words for people."""

import json
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from services.cli.main import app

runner = CliRunner()
MARK = ["replay", "what-if", "--score", "a/r/c=x"]


def report(path: Path, awarded: int) -> str:
    path.write_bytes(orjson.dumps({"awards": {"awarded": awarded}}))
    return str(path)


def test_equal_runs_end_well_and_different_ones_do_not(tmp_path: Path) -> None:
    """0 when equal, 1 when not, 2 when one cannot be read."""
    one, two = report(tmp_path / "1.json", 30), report(tmp_path / "2.json", 29)

    assert runner.invoke(app, ["replay", "diff", one, one]).exit_code == 0
    found = runner.invoke(app, ["replay", "diff", one, two, "--json"])
    assert found.exit_code == 1
    assert json.loads(found.stdout)["differences"] == [
        {"field": "awards.awarded", "before": 30, "after": 29}
    ]
    assert runner.invoke(app, ["replay", "diff", one, two, "--ignore", "awarded"]).exit_code == 0
    lost = runner.invoke(app, ["replay", "diff", one, str(tmp_path / "nowhere")])
    assert lost.exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", "as-of"],
        ["replay", "as-of", "a", "--service", "review"],
        ["replay", "as-of", "a", "--at", "yesterday"],
        ["replay", "what-if", "--weight", "merit"],
        ["replay", "what-if", "--selection", "budget_fen=1.5"],
        ["replay", "what-if", "--deadline", "tomorrow"],
        ["replay", "what-if", "--changes", "nowhere.json"],
        MARK,
        ["replay", "snapshot", "--out", "x"],
        ["replay", "verify"],
        ["recover", "store", "nobody"],
        ["dead-letters", "list"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_said_plainly(arguments: list[str], tmp_path: Path) -> None:
    """Exit code 2, one sentence, no traceback; nothing is started."""
    done = runner.invoke(app, [*arguments, "--state", str(tmp_path / "nothing")])

    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert not (tmp_path / "nothing").exists()
