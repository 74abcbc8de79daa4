"""`mingjing doctor`: what this machine has, what is missing, and how to get it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.kafka.java import find_java
from deploy.missing import Missing
from deploy.postgres.binaries import find_binaries
from services.cli.life import STATE, Folder, Json, stack_at
from services.cli.output import EXIT_REFUSED, say_json, table

FREE_GIB_MIN = 2


def doctor(
    state: Folder = STATE,
    as_json: Json = False,
    docker: Annotated[bool, typer.Option("--docker", help="Ask the Docker engine, too.")] = False,
) -> None:
    """Check Python, Java, PostgreSQL, disk and what runs; say how to mend what is wrong."""
    found = list(_checks(state, docker))
    if as_json:
        say_json(found)
    else:
        table(
            "Doctor",
            ("check", "state", "detail"),
            [(c["check"], "ok" if c["ok"] else "MISSING", c["detail"]) for c in found],
        )
    if not all(c["ok"] for c in found if c["needed"]):
        raise typer.Exit(EXIT_REFUSED)


def _checks(state: Path, docker: bool) -> Iterator[dict[str, Any]]:
    yield _found("python", True, lambda: sys.version.split()[0])
    yield _found("java", True, lambda: str(find_java().program))
    yield _found("postgresql", True, lambda: str(find_binaries().folder))
    yield _found("disk", True, _disk)
    if docker:
        from deploy.docker_engine import engine_status  # noqa: PLC0415 (needs an engine)

        yield _found("docker", False, lambda: str(engine_status()))
    if state.exists():
        for name, one in stack_at(state).status().items():
            ready = one.get("ready", bool(one["pid"]))
            yield {
                "check": name, "ok": bool(one["pid"]) and bool(ready), "needed": False,
                "detail": f"pid {one['pid']}" if one["pid"] else "not running: mingjing up",
            }  # fmt: skip


def _found(name: str, needed: bool, look: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"check": name, "ok": True, "needed": needed, "detail": look()}
    except Missing as missing:
        return {"check": name, "ok": False, "needed": needed, "detail": str(missing)}


def _disk() -> str:
    free = shutil.disk_usage(".").free // 2**30
    if free < FREE_GIB_MIN:
        raise Missing(
            f"Only {free} GiB free here; make room for {FREE_GIB_MIN} GiB.",
            f"磁盘仅剩 {free} GiB，请至少留出 {FREE_GIB_MIN} GiB。",
        )
    return f"{free} GiB free"
