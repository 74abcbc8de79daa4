"""The command line: what it says when all is well, and when something is missing or wrong."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.chassis.auth import actor_of
from services.cli.main import COMMANDS, app
from services.cli.screening import DATA
from services.cli.stack import Stack

runner = CliRunner()


def test_every_command_is_listed_with_what_it_does() -> None:
    """`--help` names each command."""
    said = runner.invoke(app, ["--help"]).stdout
    for command in COMMANDS:
        assert command.__name__ in said
    assert "new-service" in said
    assert "replay" in said


def test_screening_the_real_societies_names_who_is_barred_and_who_is_undetermined() -> None:
    """209 societies, one barred under R31, one left to a person under R32; no other is named."""
    result = runner.invoke(app, ["screen", "--json"])
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)["summary"]
    counts = {k: summary[k] for k in ("screened", "eligible", "barred", "undetermined")}
    assert counts == {"screened": 209, "eligible": 207, "barred": 1, "undetermined": 1}
    assert [(n["code"], n["verdict"]) for n in summary["named"]] == [
        ("A-34", "barred"),
        ("B-55", "undetermined"),
    ]


def test_a_bad_row_is_told_with_its_line_and_the_others_are_screened(tmp_path: Path) -> None:
    """One unreadable date neither hides the other rows nor ends in a traceback."""
    facts = (DATA / "registry-facts.csv").read_text(encoding="utf-8").splitlines()
    bad = facts[1].replace("2020-03-12", "2020-13-45")
    file = tmp_path / "facts.csv"
    file.write_text("\n".join([facts[0], bad, *facts[2:]]), encoding="utf-8")
    result = runner.invoke(app, ["screen", "--facts", str(file), "--json"])
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert said["problems"][0]["where"].startswith("facts.csv:2")
    assert said["problems"][0]["mend"]
    assert said["problems"][0]["mend_zh"]
    assert said["summary"]["undetermined"] == 1


@pytest.mark.parametrize("option", ["--facts", "--societies", "--call"])
def test_a_missing_file_is_said_plainly(option: str, tmp_path: Path) -> None:
    """No traceback, exit code 2."""
    result = runner.invoke(app, ["screen", option, str(tmp_path / "nowhere")])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert "cannot be read" in result.output


@pytest.mark.parametrize(
    "command", [["status"], ["trace", "x"], ["replay"], ["export", "--all", "--out", "x"]]
)
def test_asking_a_system_that_does_not_run_says_how_to_start_it(
    command: list[str], tmp_path: Path
) -> None:
    """The message names the command that mends it."""
    result = runner.invoke(app, [*command, "--state", str(tmp_path / "none")])
    assert result.exit_code != 0
    assert "mingjing up" in result.output


def test_stopping_what_never_ran_is_no_error(tmp_path: Path) -> None:
    """`down` may be said twice."""
    assert runner.invoke(app, ["down", "--state", str(tmp_path / "none")]).exit_code == 0


def test_an_unknown_topic_service_or_role_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    """A misspelt word gets the list to choose from."""
    topic = runner.invoke(app, ["export", "--topic", "nope", "--out", str(tmp_path / "x")])
    role = runner.invoke(app, ["token", "king", "--state", str(tmp_path)])
    assert (topic.exit_code, role.exit_code) == (2, 2)
    assert "submission.events" in topic.output
    assert "officer" in role.output


def test_a_token_is_sealed_with_the_installations_own_secret(tmp_path: Path) -> None:
    """The printed token is read back as the actor it was made for."""
    result = runner.invoke(
        app, ["token", "applicant", "--as", "li", "--for", "SOCIETY", "--state", str(tmp_path)]
    )
    actor = actor_of(Stack(tmp_path).secret("token"), f"Bearer {result.stdout.strip()}")
    assert (actor.id, actor.roles, actor.subject) == ("li", frozenset({"applicant"}), "SOCIETY")


def test_a_season_never_wipes_a_real_installation(tmp_path: Path) -> None:
    """A folder whose clock is the system's is not a season's."""
    (tmp_path / "clock").write_text("system")
    (tmp_path / "kept").write_text("data")
    result = runner.invoke(app, ["season", "--state", str(tmp_path)])
    assert result.exit_code == 2
    assert (tmp_path / "kept").read_text() == "data"


def test_doctor_says_what_is_there() -> None:
    """Python, Java, PostgreSQL and disk are looked at."""
    found = json.loads(runner.invoke(app, ["doctor", "--json"]).stdout)
    assert {"python", "java", "postgresql", "disk"} <= {c["check"] for c in found}
    assert all(c["ok"] for c in found if c["needed"])


def test_a_new_service_is_laid_out_and_passes_its_own_tests(tmp_path: Path, root: Path) -> None:
    """What `new-service` writes works once its contract is in the catalogue."""
    for part in ("contracts", "services"):
        shutil.copytree(root / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    made = runner.invoke(app, ["new-service", "appeals", "--root", str(tmp_path)])
    assert made.exit_code == 0, made.output
    again = runner.invoke(app, ["new-service", "appeals", "--root", str(tmp_path)])
    assert again.exit_code == 2
    catalog = tmp_path / "contracts" / "catalog.py"
    text = catalog.read_text(encoding="utf-8").replace("NOTIFICATION))", "NOTIFICATION, APPEALS))")
    catalog.write_text(f"from contracts.appeals import APPEALS\n{text}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "--rootdir", str(tmp_path), "-c", "/dev/null",
         "--import-mode=importlib", str(tmp_path / "tests" / "appeals")],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert re.search(r"4 passed", done.stdout), done.stdout + done.stderr


@pytest.mark.parametrize("name", ["Appeals", "a b", "../x", "submission", "ab"])
def test_a_bad_service_name_is_refused(name: str, tmp_path: Path) -> None:
    """Names are one lower-case word, and new."""
    (tmp_path / "services" / "submission").mkdir(parents=True)
    assert runner.invoke(app, ["new-service", name, "--root", str(tmp_path)]).exit_code == 2
