"""A whole season on the containers of docker-compose.yml, with stores, ports and secrets apart."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import pytest

from deploy.compose import written_environment
from deploy.docker_engine import compose_down, compose_up
from deploy.ports import free_port
from services.cli.replaying import rebuild_all, verify_all
from services.cli.season.ledger import read_ledger
from services.cli.season.play import Season
from services.cli.season.report import finance
from services.cli.stack import SERVICES, Stack
from services.submission.calls import CAST_2021, load
from tests.containers import need_current_image

SECRETS = {"token": "MINGJING_TOKEN_SECRET", "receipt": "MINGJING_RECEIPT_KEY"}


def silent(_: str) -> None:
    """No progress inside a test."""


class Containers(Stack):
    """The stack as the season sees it, though it runs in containers."""

    def __init__(self, folder: Path, ports: dict[str, int]) -> None:
        self.folder = folder
        self.ports = ports
        text = written_environment(folder / ".mingjing/compose.env").read_text()
        self.secrets = dict(line.split("=") for line in text.splitlines())
        self.kafka: Any = SimpleNamespace(bootstrap=f"127.0.0.1:{ports['kafka']}")
        self.postgres: Any = SimpleNamespace(url=self._store)

    def _store(self, service: str) -> str:
        """No port of the database is open; from this machine its container can be reached."""
        password = self.secrets[f"MINGJING_{service.upper()}_PASSWORD"]
        return f"postgresql://{service}:{password}@{self._address('postgres')}:5432/{service}"

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def secret(self, name: str) -> str:
        return self.secrets[SECRETS[name]]

    def _address(self, service: str) -> str:
        networks = self.container(service).attrs["NetworkSettings"]["Networks"]
        return str(next(iter(networks.values()))["IPAddress"])

    def container(self, service: str) -> Any:
        """The container of one service of this installation, and of no other."""
        project = os.environ["COMPOSE_PROJECT_NAME"]
        labels = [
            f"com.docker.compose.{k}={v}" for k, v in (("project", project), ("service", service))
        ]
        engine = docker.from_env()
        try:
            (found,) = engine.containers.list(filters={"label": labels})
            return found
        finally:
            engine.close()

    def letters(self) -> list[str]:
        """The names of the files the mail catcher keeps."""
        _, listed = self.container("mail").exec_run(["ls", "/var/lib/mingjing"])
        return [name for name in listed.decode().split() if name.endswith(".eml")]


@pytest.fixture
def containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Containers]:
    """The whole compose file, up and healthy, beside whatever else runs on this engine."""
    need_current_image()
    ports = {name: free_port() for name in (*SERVICES, "ops", "kafka")}
    for name, port in ports.items():
        monkeypatch.setenv(f"MINGJING_{name.upper()}_PORT", str(port))
    monkeypatch.setenv("MINGJING_CLOCK", "header")
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", f"mingjing-test-{os.getpid()}")
    monkeypatch.chdir(tmp_path)
    try:
        status = compose_up(silent)
        assert all(state in ("healthy", "exited (0)") for state in status.containers.values())
        yield Containers(tmp_path, ports)
    finally:
        compose_down(silent, with_data=True)


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_season_in_containers_ends_with_reconciled_books_and_equal_rebuilds(
    containers: Containers,
) -> None:
    """From publication to closed books over HTTP, then both proofs, all in containers."""
    call = load(CAST_2021)
    season = Season(containers, call, seed=1)
    await season.play()

    books = await finance(containers, await read_ledger(containers.bootstrap), season.call_id)
    assert books["reconciled"]
    assert books["trial_balance_fen"] == 0
    assert books["paid_fen"] - books["returned_fen"] <= books["budget_fen"]
    assert len(containers.letters()) > len(season.applications)
    assert not [name for name in containers.letters() if not name.endswith(".1.eml")]
    rebuilt = await rebuild_all(containers, SERVICES, swap=False)
    assert {name: one["equal"] for name, one in rebuilt.items()} == dict.fromkeys(SERVICES, True)
    derived = await verify_all(containers, SERVICES)
    assert all(one["equal"] for one in derived.values())
    assert sum(one["decisions"] for one in derived.values()) > 0
