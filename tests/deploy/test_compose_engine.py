"""The Docker engine as the command line asks it, with and without one."""

import subprocess
from pathlib import Path

import pytest

from deploy import docker_engine
from deploy.compose import compose_command, required_variables, written_environment
from deploy.docker_engine import EngineStatus, engine_status
from deploy.missing import Missing
from services.cli import container
from tests.containers import need_containers


@pytest.fixture
def no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where no engine answers."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_a_person_is_told_how_to_get_one() -> None:
    """In both languages, and no traceback of a library."""
    with pytest.raises(Missing) as missing:
        engine_status()

    assert missing.value.english.startswith("No Docker engine answers: ")
    assert "make images" in missing.value.english
    assert missing.value.chinese.startswith("Docker 引擎没有应答")


def test_without_compose_a_person_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine alone cannot read docker-compose.yml."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match="Docker Compose is missing"):
        compose_command()


def test_secrets_are_drawn_once_and_only_we_can_read_them(tmp_path: Path) -> None:
    """A second start must find the passwords that its database was made with."""
    path = written_environment(tmp_path / "state/compose.env")
    first = path.read_text()

    assert path.stat().st_mode & 0o777 == 0o600
    values = dict(line.split("=") for line in first.splitlines())
    assert list(values) == required_variables()
    assert len(set(values.values())) == len(values)
    assert written_environment(path).read_text() == first


def test_a_secret_that_a_later_release_asks_for_is_added_beside_the_old_ones(
    tmp_path: Path,
) -> None:
    """An eighth password comes; the seven stay."""
    path = tmp_path / "compose.env"
    path.write_text("MINGJING_TOKEN_SECRET=kept\n")

    lines = written_environment(path).read_text().splitlines()
    assert lines[0] == "MINGJING_TOKEN_SECRET=kept"
    assert sorted(line.partition("=")[0] for line in lines) == sorted(required_variables())


def test_the_state_of_the_engine_fits_a_line() -> None:
    """What `mingjing doctor --docker` prints."""
    status = EngineStatus("20.10", {"postgres:18": True, "mingjing:latest": False}, {})
    assert str(status) == (
        "engine 20.10; images: postgres:18 here, mingjing:latest MISSING; containers: none"
    )


@pytest.mark.parametrize("what", ["", "submision"])
def test_a_container_told_nothing_we_know_says_what_it_can_be(what: str) -> None:
    """A misspelt service in a compose file of one's own."""
    with pytest.raises(SystemExit, match=r"give one of: submission, .*migrate") as end:
        container.main(what)
    assert str(end.value).startswith(f"No {what or 'command'} here")


def test_a_container_with_wrong_settings_names_them_and_not_their_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line per variable instead of a traceback; what was typed may be half a secret."""
    monkeypatch.setenv("SUBMISSION_TOKEN_SECRET", "too short")
    with pytest.raises(SystemExit) as end:
        container.main("submission")

    said = str(end.value).splitlines()
    assert said[0] == "submission cannot start. submission 无法启动。"
    assert "SUBMISSION_DATABASE_URL: Field required" in said
    assert any(line.startswith("SUBMISSION_TOKEN_SECRET: ") for line in said)
    assert "too short" not in str(end.value)


def test_a_service_that_does_not_answer_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The health check ends with the reason, which Docker keeps."""
    monkeypatch.setattr(container, "PORT", 1)
    with pytest.raises(SystemExit, match="refused"):
        container.main("health")


@pytest.mark.docker
def test_compose_itself_accepts_the_file_and_refuses_it_without_secrets(tmp_path: Path) -> None:
    """What we check by reading, the program that runs it checks, too."""
    need_containers()
    empty = tmp_path / "empty.env"
    empty.touch()
    good = compose_command()
    bad = [str(empty) if part.endswith("compose.env") else part for part in good]

    assert subprocess.run([*good, "config", "--quiet"], check=False).returncode == 0
    refused = subprocess.run([*bad, "config"], capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "MINGJING_" in refused.stderr


@pytest.mark.docker
def test_the_engine_says_its_version_and_has_our_images() -> None:
    """The Docker SDK's answers, as `mingjing doctor --docker` shows them."""
    need_containers()
    status = docker_engine.engine_status()
    assert status.version[0].isdigit()
    assert all(status.images.values())
