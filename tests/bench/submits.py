"""The part that measures submissions over HTTP: request to signed receipt."""

from pathlib import Path
from typing import Any

from services.cli.stack import Stack
from tests.bench.cases import MAKERS, NOW, REAL, applicant_id, application_id
from tests.bench.cost import Cost
from tests.bench.ground import Ground, ground
from tests.bench.line import Away, Worker
from tests.bench.sizes import Sizes
from tests.bench.summary import percentiles

CLIENTS = 2
CONNECTIONS = 16
NAME = "submission"


def submits(folder: Path, sizes: Sizes, profile: Path | None) -> dict[str, Any]:
    """POST submissions per second, and waiting at half that rate.

    One real submission process under uvicorn, its relay running; each application is submitted
    once, by its own applicant, with an Idempotency-Key; the answer is a signed receipt.
    """
    drafts = sizes.submits * 2
    with ground(folder, profile) as on:
        _write_drafts(on, drafts)
        stack = _started(on.folder)
        try:
            clients = _clients(on, stack, drafts)
            pids = [stack.process(NAME).pid or 0], [c.pid for c in clients]
            with Cost(on, *pids) as full:
                answers = _asked(clients, "closed", count=sizes.submits // CLIENTS)
            rate = sizes.submits / max(a["seconds"] for a in answers)
            many = min(int(rate / 2 * sizes.submit_seconds), sizes.submits)
            with Cost(on, *pids) as half:
                calm = _asked(clients, "arriving", rate=rate / 2 / CLIENTS, count=many // CLIENTS)
        finally:
            stack.process(NAME).stop()
    waits = percentiles([wait for a in calm for wait in a["waits"]])
    busy = percentiles([wait for a in answers for wait in a["waits"]])
    return {
        "full": full.report(sizes.submits, submits_per_s=round(rate), **busy),
        "half": half.report(many, rate_per_s=round(rate / 2), **waits),
    }


def _write_drafts(on: Ground, count: int) -> None:
    """Publish the call and write the drafts, by command: they are not what is measured."""
    station = on.station(REAL[0])
    station.ask("ready")
    station.ask("drive", maker=f"{MAKERS}:publish", name="2021", count=1)
    station.ask("drive", maker=f"{MAKERS}:begin", name="http", count=count)
    station.stop()


def _started(folder: Path) -> Stack:
    stack = Stack(folder)
    (folder / "clock").write_text("header")
    stack.start_service(NAME)
    stack.wait_until_ready([NAME])
    return stack


def _clients(on: Ground, stack: Stack, count: int) -> list[Worker]:
    clients = [on.worker("tests.bench.client") for _ in range(CLIENTS)]
    requests = [
        (
            f"/v1/applications/{application_id(number, 'http')}/submission",
            stack.token(f"person-{number}", ("applicant",), applicant_id(number)),
            f"key-{number}",
        )
        for number in range(count)
    ]
    for number, client in enumerate(clients):
        client.ask("prepare", url=stack.url(NAME), requests=requests[number::CLIENTS], now=NOW)
    return clients


def _asked(clients: list[Worker], do: str, **what: Any) -> list[dict[str, Any]]:
    """Let all clients work at once.

    Raises:
        Away: a submission was refused.
    """
    for client in clients:
        client.tell(do, connections=CONNECTIONS, **what)
    answers = [client.hear() for client in clients]
    if refused := [said for answer in answers for said in answer["refused"]]:
        raise Away(f"a submission was refused: {refused[0]}")
    return answers
