"""`mingjing replay snapshot` and `mingjing recover`: the log to files, and what was lost, back."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from contracts.catalog import CATALOG
from deploy.kafka.topics import create_topics, read_topics
from services.chassis.migrate import upgrade
from services.chassis.recovery import snapshot as snapshots
from services.chassis.recovery.repair import repair
from services.chassis.recovery.restore import restore
from services.chassis.recovery.segments import SnapshotRefused
from services.chassis.recovery.stores import StoreBusy
from services.cli.definitions import definition, definitions
from services.cli.life import STATE, Folder, Json, running, stack_at
from services.cli.output import EXIT_REFUSED, console, fail, say_json
from services.cli.replaying import chosen
from services.cli.stack import SERVICES, Stack

app = typer.Typer(
    help="Bring back a lost broker or a lost store; the services must be down.",
    no_args_is_help=True,
)


def snapshot(
    out: Annotated[Path, typer.Option("--out", help="An empty folder to write into.")],
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Write the whole log into files with hashes; `mingjing recover broker` puts it back."""
    stack = running(state)
    done = _told(lambda: asyncio.run(snapshots.take(stack.bootstrap, CATALOG.topics, out)))
    said = {"out": str(out), "records": done["records"], "places": len(done["places"])}
    _say(said, f"{said['records']} records in {out}", as_json)


@app.command("broker")
def broker(
    source: Annotated[Path, typer.Option("--from", help="A snapshot's folder.")],
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Put a snapshot on an empty broker, then what came after it from the services' outboxes."""
    stack = _grounds(state)
    done = _told(lambda: asyncio.run(snapshots.restore(stack.bootstrap, source)))
    done |= _told(lambda: asyncio.run(_repair(stack, dry_run=False)))
    _say(
        done, f"{done['records']} records restored, {done['published']} published again", as_json
    )  # fmt: skip


@app.command("outboxes")
def outboxes(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is missing.")] = False,
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Publish again what the log lacks and an outbox holds, and set all positions anew."""
    stack = _grounds(state)
    done = _told(lambda: asyncio.run(_repair(stack, dry_run=dry_run)))
    _say(done, f"missing: {done['missing']}; published: {done['published']}", as_json)


@app.command("store")
def store(
    service: Annotated[str, typer.Argument(help="The service whose database was lost.")],
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Make a service's database again and fill it from the log."""
    (name,) = chosen([service])
    stack = _grounds(state)
    url = stack.postgres.url(name)

    async def again() -> dict[str, Any]:
        stack.postgres.ensure(name)
        await upgrade(name, url)
        return (await restore(definition(name), url, stack.bootstrap)).to_json()

    done = _told(lambda: asyncio.run(again()))
    _say(
        done,
        f"{name}: {done['rows']} rows from {done['events']} events; {done['left_to_read']} records are "
        f"left to read; parked {done['parked']}; doubtful {len(done['doubtful'])}; "
        f"not restored: {', '.join(done['not_restored']) or 'nothing'}",
        as_json,
    )


async def _repair(stack: Stack, *, dry_run: bool) -> dict[str, Any]:
    urls = {name: stack.postgres.url(name) for name in SERVICES}
    done = await repair(definitions(), urls, stack.bootstrap, dry_run=dry_run)
    if not dry_run:
        await _forget_index(stack.postgres.url("ops"))
    return done


async def _forget_index(url: str) -> None:
    """Offsets have moved: ops reads the log again when it starts."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("truncate seen, place, kind")
    finally:
        await connection.close()


def _grounds(state: Path) -> Stack:
    """Database and broker started, topics made, and no service running."""
    stack = stack_at(state)
    if busy := [name for name in (*SERVICES, "ops") if stack.process(name).pid]:
        fail(
            f"{', '.join(busy)} run; stop them first: `mingjing down`.",
            "服务仍在运行，请先执行 mingjing down。",
        )
    stack.folder.mkdir(parents=True, exist_ok=True)
    stack.postgres.start(detached=True)
    create_topics(stack.kafka.start(detached=True), read_topics())
    return stack


def _told(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What was done, or why not, plainly."""
    try:
        return work()
    except (SnapshotRefused, StoreBusy) as refused:
        fail(str(refused), "未作任何改动，原因见上。", EXIT_REFUSED)


def _say(done: dict[str, Any], sentence: str, as_json: bool) -> None:
    if as_json:
        say_json(done)
    else:
        console.print(sentence)
