"""Replays over the whole log, asked for and fetched later: verify, what-if, a service as of a moment."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from services.chassis.errors import Conflict, NotFound
from services.chassis.gate import Gate
from services.chassis.ids import fresh
from services.chassis.problems import json_response
from services.ops.api.cases import moment
from services.ops.definitions import NAMES, definition
from services.ops.whatif.changes import Changes

router = APIRouter(tags=["replays"])
KEPT_MAX = 20
Service = Literal["submission", "eligibility", "document", "review", "finance", "notification"]
Work = Callable[[str], Coroutine[Any, Any, dict[str, Any]]]


class VerifyBody(BaseModel):
    """Whose decisions to verify; all by default."""

    model_config = ConfigDict(extra="forbid")

    services: tuple[Service, ...] = NAMES  # type: ignore[assignment]


class AsOfBody(BaseModel):
    """Which service at which moment, perhaps compared with another."""

    model_config = ConfigDict(extra="forbid")

    service: Service
    at: str
    to: str = ""
    rows: bool = False


class WhatIfBody(BaseModel):
    """What is changed, and for which call; all calls by default."""

    model_config = ConfigDict(extra="forbid")

    call_id: str = ""
    changes: Changes


class Replays:
    """One replay at a time, in a thread of its own, so that ops goes on answering; the last few kept."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.kept: dict[str, dict[str, Any]] = {}
        self.running: asyncio.Task[None] | None = None

    def start(self, mode: str, asked: dict[str, Any], work: Work) -> dict[str, Any]:
        """Start a replay; its row says when it is done.

        Raises:
            Conflict: one is running.
        """
        if self.running is not None and not self.running.done():
            raise Conflict(
                "replay_running", "A replay is running; wait for it.", "有重放正在进行，请稍候。"
            )
        row: dict[str, Any] = {"id": fresh(), "mode": mode, "asked": asked, "state": "running"}
        self.kept[row["id"]] = row
        for oldest in list(self.kept)[:-KEPT_MAX]:
            del self.kept[oldest]
        self.running = asyncio.create_task(self._run(row, work))
        return row

    async def _run(self, row: dict[str, Any], work: Work) -> None:
        try:
            row["report"] = await asyncio.to_thread(lambda: asyncio.run(work(self.bootstrap)))
            row["state"] = "done"
        except Exception as failed:  # noqa: BLE001 (whoever asked hears of it)
            row["error"] = f"{type(failed).__name__}: {failed}"
            row["state"] = "failed"


@router.post("/v1/replays/verifications")
async def make_verification(body: VerifyBody, request: Request, gate: Gate) -> Response:
    """Derive every decision again, and find every input it names in the log before it."""
    gate.allow("operator")

    async def work(bootstrap: str) -> dict[str, Any]:
        from services.ops.replays.verifying import verify  # noqa: PLC0415 (loads all rules)

        services = {str(name): definition(name) for name in body.services}
        return (await verify(services, bootstrap)).to_json()

    return _started(request, gate, "verify", body, work)


@router.post("/v1/replays/states")
async def make_state(body: AsOfBody, request: Request, gate: Gate) -> Response:
    """Fold a whole service as of a moment."""
    gate.allow("operator")
    at, to = moment(body.at), moment(body.to) if body.to else None

    async def work(bootstrap: str) -> dict[str, Any]:
        from services.ops.replays.operating import service_as_of  # noqa: PLC0415 (as above)

        return await service_as_of(body.service, bootstrap, at, to, rows=body.rows)

    return _started(request, gate, "as-of", body, work)


@router.post("/v1/replays/what-ifs")
async def make_what_if(body: WhatIfBody, request: Request, gate: Gate) -> Response:
    """Run the rules again over the recorded evidence, with something changed."""
    gate.allow("operator", "officer")

    async def work(bootstrap: str) -> dict[str, Any]:
        from services.ops.whatif.history import history  # noqa: PLC0415 (as above)
        from services.ops.whatif.report import what_if  # noqa: PLC0415

        return what_if(await history(bootstrap, body.call_id), body.changes)

    return _started(request, gate, "what-if", body, work)


@router.get("/v1/replays/{replay_id}")
async def show_replay(replay_id: str, request: Request, gate: Gate) -> Response:
    """How far a replay is, and its report when it is done."""
    gate.allow("operator", "officer")
    row = _replays(request, gate).kept.get(replay_id)
    if row is None:
        raise NotFound("replay_unknown", f"No replay {replay_id}.", f"没有重放 {replay_id}。")
    return json_response(row, 200)


def _started(request: Request, gate: Any, mode: str, body: BaseModel, work: Work) -> Response:
    row = _replays(request, gate).start(mode, body.model_dump(mode="json"), work)
    return json_response(row, 202)


def _replays(request: Request, gate: Any) -> Replays:
    state = request.app.state
    if not hasattr(state, "replays"):
        state.replays = Replays(gate.runtime.settings.kafka_bootstrap_servers)
    found: Replays = state.replays
    return found
