"""Nothing leaves a replay: not a byte to the broker, no mail, no job, no reaction."""

import ast
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from contracts.catalog import CATALOG
from services.chassis import jobs
from services.chassis.log import end_of
from services.chassis.model import Reaction
from services.chassis.recovery import snapshot
from services.chassis.replay import rebuild, rederive
from services.ops.definitions import definitions
from services.ops.replays.moment import Moment
from services.ops.replays.operating import case_by_search, service_as_of
from services.ops.replays.runs import compare
from services.ops.replays.verifying import verify
from services.ops.whatif.changes import Changes
from services.ops.whatif.history import history
from services.ops.whatif.report import what_if
from tests.chassis.commands import Submit
from tests.chassis.harness_live import Live
from tests.chassis.probes import PROBES

pytestmark = pytest.mark.kafka
ROOT = Path(__file__).parents[2] / "services"
READERS = ("chassis/replay", "ops/replays", "ops/whatif")


@pytest_asyncio.fixture
async def quiet_log(live: Any) -> AsyncIterator[Live]:
    """A log with a few events on it, and stores that have read them all."""
    it: Live = await live()
    await it.ask("source", Submit(id="quiet", applicant_id="o-quiet"))
    await it.settle()
    yield it


async def test_no_mode_of_replay_lets_anything_out(
    quiet_log: Live, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every mode runs with no producer to be had; the log's ends stay where they are."""
    made: list[str] = []
    services = definitions()  # declared before the traps are laid

    def forbid(owner: Any, name: str) -> None:
        def refuse(*_: Any, **__: Any) -> None:
            made.append(name)
            raise AssertionError(f"a replay reached for {name}")

        monkeypatch.setattr(owner, name, refuse)

    forbid(AIOKafkaProducer, "__init__")
    forbid(aiosmtplib.SMTP, "__init__")
    forbid(jobs, "run_job")
    monkeypatch.setattr(
        Reaction, "react", property(lambda _: made.append("reaction")), raising=False
    )
    bootstrap = quiet_log.bootstrap
    before = await end_of(bootstrap, CATALOG.topics)

    for service in PROBES:
        for how in ({}, {"swap": True}, {"mend": "operator"}):
            await rebuild(service, quiet_log.urls[service.name], bootstrap, **how)
        await rederive(service, bootstrap)
    await verify(services, bootstrap)
    await service_as_of("eligibility", bootstrap, Moment(), Moment(), rows=True)
    await case_by_search(bootstrap, "quiet", Moment(), Moment())
    what_if(await history(bootstrap), Changes())
    for run in ("one", "two"):
        await snapshot.take(bootstrap, CATALOG.topics, tmp_path / run)
    compare(services, tmp_path / "one", tmp_path / "two")

    assert await end_of(bootstrap, CATALOG.topics) == before
    assert made == []


def test_no_module_of_a_replay_imports_what_could_send() -> None:
    """Producers, relays, outboxes, jobs, runtimes and mail are not within reach of replay code."""
    forbidden = {"AIOKafkaProducer", "Relay", "Runtime", "run_job", "Publisher", "Writer"}
    modules = [path for part in READERS for path in (ROOT / part).glob("*.py")]
    assert len(modules) > 15
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                names = {alias.name for alias in node.names}
                assert not names & forbidden, f"{path.name} imports {names & forbidden}"
                assert node.module not in ("smtplib", "aiosmtplib", "services.chassis.relay")
