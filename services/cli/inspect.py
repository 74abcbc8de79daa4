"""Looking into the log: export every record as it stands, trace one case through all services."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.tree import Tree

from contracts.catalog import CATALOG
from contracts.event import ContractError
from services.chassis.causes import Record
from services.chassis.log import end_of, read
from services.cli.life import STATE, Folder, Json, running
from services.cli.output import EXIT_REFUSED, console, fail, progress, say_json
from services.cli.stack import Stack
from services.ops.replays import cases
from services.ops.replays.operating import Cases


def export(
    out: Annotated[Path, typer.Option("--out", help="The JSON-lines file to write.")],
    topic: Annotated[
        list[str] | None, typer.Option("--topic", help="A topic; may be repeated.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every topic.")] = False,
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Write every record of the log as it stands: topic, partition, offset, key, headers, value."""
    topics = list(CATALOG.topics) if everything else list(topic or ())
    if not topics or (unknown := [t for t in topics if t not in CATALOG.topics]):
        known = ", ".join(CATALOG.topics)
        fail(
            f"Name --topic or --all; the topics are {known}.",
            f"请用 --topic 或 --all 指定主题：{known}。",
        )
    del unknown
    counts = asyncio.run(_export(running(state).bootstrap, topics, out, quiet=as_json))
    if as_json:
        say_json({"out": str(out), "records": counts})
    else:
        console.print(f"{sum(counts.values())} records in {out}")


async def _export(bootstrap: str, topics: list[str], out: Path, *, quiet: bool) -> dict[str, int]:
    ends = await end_of(bootstrap, topics)
    records: list[Record] = []
    with progress(quiet) as bar:
        task = bar.add_task("reading", total=sum(ends.values()))
        async for batch in read(bootstrap, ends):
            records += batch
            bar.advance(task, len(batch))
    records.sort(key=lambda r: (topics.index(r.topic), r.partition, r.offset))
    with out.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(plain(record), ensure_ascii=False) + "\n")
    return {t: sum(1 for r in records if r.topic == t) for t in topics}


def plain(record: Record) -> dict[str, Any]:
    """A record as JSON: values that are JSON as JSON, anything else as base64 under `value_base64`."""
    line: dict[str, Any] = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": _text(record.key or b""),
        "headers": {name: _text(value or b"") for name, value in record.headers},
    }
    try:
        line["value"] = orjson.loads(record.value)
    except orjson.JSONDecodeError:
        line["value_base64"] = b64encode(record.value).decode()
    return line


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def trace(
    case: Annotated[str, typer.Argument(help="An application id, or any correlation id.")],
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Print the causal story of a case across all services."""
    events = asyncio.run(_story(running(state), case))
    if not events:
        fail(
            f"Nothing in the log concerns {case}.",
            f"日志中没有与 {case} 有关的记录。",
            EXIT_REFUSED,
        )
    if as_json:
        say_json(events)
    else:
        console.print(_tree(case, events))


async def _story(stack: Stack, case: str) -> list[dict[str, Any]]:
    """Every event with this correlation id or key, in the order of their times and causes."""
    found: dict[str, dict[str, Any]] = {}
    async for batch in _batches(stack, case):
        for record in batch:
            if (told := _told(record, case)) is not None:
                found.setdefault(told["id"], told)
    return _in_causal_order(found)


async def _batches(stack: Stack, case: str) -> AsyncIterator[list[Record]]:
    """By ops's index and what it has not read yet, while ops runs; else the whole log."""
    if not stack.process("ops").pid:
        async for batch in read(stack.bootstrap, await end_of(stack.bootstrap, CATALOG.topics)):
            yield batch
        return
    async with Cases.connected(stack.postgres.url("ops"), stack.bootstrap) as them:
        yield await cases.records_of(them.connection, them.fetcher, case)
        yield await cases.unread(them.connection, stack.bootstrap)


def _told(record: Record, case: str) -> dict[str, Any] | None:
    try:
        envelope = record.read_envelope()
    except ContractError:
        return None
    if case not in (envelope.correlation_id, envelope.key):
        return None
    return {
        "time": envelope.time, "type": envelope.type, "version": envelope.version, "id": envelope.id,
        "causation_id": envelope.causation_id, "correlation_id": envelope.correlation_id,
        "source": envelope.source, "key": envelope.key, "topic": record.topic, "partition": record.partition,
        "offset": record.offset, "value": orjson.loads(record.value),
    }  # fmt: skip


def _in_causal_order(found: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """By time; at one time causes before effects."""
    depth: dict[str, int] = {}

    def deep(event_id: str) -> int:
        if event_id not in depth:
            depth[event_id] = 0
            cause = found[event_id]["causation_id"]
            depth[event_id] = deep(cause) + 1 if cause in found else 0
        return depth[event_id]

    for event_id, event in found.items():
        event["depth"] = deep(event_id)
    return sorted(found.values(), key=lambda e: (e["time"], e["depth"], e["topic"], e["offset"]))


def _tree(case: str, events: list[dict[str, Any]]) -> Tree:
    known = {e["id"] for e in events}
    root = Tree(f"[bold]{case}[/bold]")
    nodes: dict[str, Tree] = {}
    for event in events:
        parent = nodes.get(event["causation_id"], root) if event["causation_id"] in known else root
        service, _, fact = event["type"].partition(".")
        nodes[event["id"]] = parent.add(
            f"[dim]{event['time'][:19]}[/dim] [cyan]{service}[/cyan] {fact} {_gist(event)}"
        )
    return root


GIST = (
    "verdict",
    "timely",
    "decision",
    "amount_fen",
    "rank",
    "failed_rules",
    "open_rules",
    "template",
    "recipient",
    "reason",
)


def _gist(event: dict[str, Any]) -> str:
    said = [
        f"{name}={event['value'][name]}"
        for name in GIST
        if event["value"].get(name) not in (None, [], "")
    ]
    return f"[dim]{' '.join(said)}[/dim]"
