"""`mingjing replay as-of | what-if | diff`: any moment, any change, any two runs."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError

from services.cli.definitions import definitions
from services.cli.life import STATE, Folder, Json, running
from services.cli.output import EXIT_REFUSED, console, fail, say_json, table
from services.cli.replaying import chosen
from services.cli.stack import Stack
from services.eligibility.rules import Unreadable
from services.ops.replays.moment import Moment, MomentUnreadable, moment_of
from services.ops.replays.operating import Cases, CaseUnknown, case_by_search, service_as_of
from services.ops.replays.runs import RunUnreadable, compare
from services.ops.whatif.changes import Changes
from services.ops.whatif.history import history
from services.ops.whatif.report import what_if as run_what_if
from services.review.rules.problems import InvalidInput

SHOWN_MAX = 30
At = Annotated[
    str, typer.Option("--at", help="now, an instant with its offset, or topic/partition/offset.")
]
To = Annotated[str, typer.Option("--to", help="A second moment: show what changed until then.")]


def as_of(  # noqa: PLR0913, PLR0917 (options of a command)
    case: Annotated[str, typer.Argument(help="An application id; or name --service.")] = "",
    service: Annotated[str, typer.Option("--service", help="A whole service instead.")] = "",
    at: At = "now",
    to: To = "",
    rows: Annotated[bool, typer.Option("--rows", help="With --service: every row, too.")] = False,
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Show the state of a case in every service, or of a whole service, as of any moment."""
    if bool(case) == bool(service):
        fail("Name an application or --service, one of them.", "请指定申报编号或 --service 之一。")
    moments = [_moment(said) for said in (at, to) if said]
    stack = running(state)
    if service:
        (name,) = chosen([service])
        found = asyncio.run(service_as_of(name, stack.bootstrap, *moments, rows=rows))
    else:
        found = asyncio.run(_case(stack, case, moments))
    if as_json:
        say_json(found)
    else:
        _show_state(found)


async def _case(stack: Stack, case: str, moments: list[Moment]) -> dict[str, Any]:
    """By ops's index while ops follows the log; else by reading all of it."""
    try:
        if stack.process("ops").pid:
            async with Cases.connected(stack.postgres.url("ops"), stack.bootstrap) as cases:
                return await cases.as_of(case, *moments)
        return await case_by_search(stack.bootstrap, case, *moments)
    except CaseUnknown:
        fail(
            f"Nothing in the log concerns {case}.", f"日志中没有与 {case} 有关的记录。",
            EXIT_REFUSED,
        )  # fmt: skip


def _moment(said: str) -> Moment:
    try:
        return moment_of(said)
    except MomentUnreadable as bad:
        fail(bad.en, bad.zh)


def _show_state(found: dict[str, Any]) -> None:
    if "differences" in found:
        table(
            f"From {found['at']} to {found['and']}", ("where", "field", "before", "after"),
            [
                (f"{d.get('service')}.{d['table']} {d['key']}", d["field"] or "(row)",
                 _short(d["before"]), _short(d["after"]))
                for d in found["differences"]
            ],
        )  # fmt: skip
        return
    if "service" in found:
        table(f"{found['service']} as of {found['at']}", ("table", "rows"), found["rows"].items())
        return
    for service, tables in found["services"].items():
        for name, held in tables.items():
            for key, row in held.items():
                console.print(f"[cyan]{service}[/cyan].{name} [dim]{key}[/dim]")
                for field, value in row.items():
                    console.print(f"    {field}: {_short(value)}", markup=False, highlight=False)


def _short(value: Any) -> str:
    said = value if isinstance(value, str) else orjson.dumps(value).decode()
    return said if len(said) <= 120 else said[:117] + "…"  # noqa: PLR2004


def what_if(  # noqa: PLR0913, PLR0917 (each is one thing to change)
    call: Annotated[str, typer.Option("--call", help="Only this call.")] = "",
    changes: Annotated[
        Path | None, typer.Option("--changes", help="All changes as a JSON file.")
    ] = None,
    rule_pack: Annotated[
        Path | None, typer.Option("--rule-pack", help="Another eligibility rule pack, JSON.")
    ] = None,
    deadline: Annotated[str, typer.Option(help="Every window closes before this instant.")] = "",
    channel: Annotated[
        list[str] | None,
        typer.Option(help="e.g. courier=receipt, or hand=2021-07-14T00:00:00+08:00."),
    ] = None,
    budget_fen: Annotated[int | None, typer.Option(help="Another budget.")] = None,
    awards_max: Annotated[int | None, typer.Option(help="Another number of awards.")] = None,
    selection: Annotated[
        list[str] | None, typer.Option(help="Any field of the selection policy, name=JSON.")
    ] = None,
    weight: Annotated[
        list[str] | None, typer.Option(help="criterion=weight, relative to the others.")
    ] = None,
    score: Annotated[
        list[str] | None, typer.Option(help="application/reviewer/criterion=points.")
    ] = None,
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Run the rules again over the recorded evidence, with something changed: who crosses the line?"""
    caps = {"budget_fen": budget_fen, "awards_max": awards_max}
    try:
        said = orjson.loads(changes.read_bytes()) if changes else {}
        said |= {"rule_pack": orjson.loads(rule_pack.read_bytes())} if rule_pack else {}
        said |= {"deadline": deadline} if deadline else {}
        _add(said, "selection", {k: v for k, v in caps.items() if v is not None})
        _add(said, "selection", {k: orjson.loads(v) for k, v in map(_pair, selection or ())})
        _add(said, "weights", {k: int(v) for k, v in map(_pair, weight or ())})
        _add(said, "channels", dict(map(_channel, channel or ())))
        said["scores"] = [*said.get("scores", ()), *map(_mark, score or ())]
        wanted = Changes(**said)
    except (OSError, ValueError, ValidationError) as bad:
        fail(f"The changes cannot be read: {bad}", "无法读取所作的改动，原因见上。")
    report = _run(running(state), call, wanted)
    if as_json:
        say_json(report)
    else:
        _show_what_if(report)


def _add(said: dict[str, Any], name: str, more: dict[str, Any]) -> None:
    said[name] = {**said.get(name, {}), **more}


def _run(stack: Stack, call: str, changes: Changes) -> dict[str, Any]:
    found = asyncio.run(history(stack.bootstrap, call))
    try:
        return run_what_if(found, changes)
    except (KeyError, InvalidInput, Unreadable) as bad:
        fail(f"The changes do not fit: {bad}", "所作的改动不适用，原因见上。", EXIT_REFUSED)


def _pair(said: str) -> tuple[str, str]:
    name, equals, value = said.partition("=")
    if not equals:
        raise ValueError(f"write {said!r} as name=value")
    return name, value


def _channel(said: str) -> tuple[str, dict[str, str]]:
    name, value = _pair(said)
    field = "basis" if value in ("receipt", "dispatch_day") else "closes_before"
    return name, {field: value}


def _mark(said: str) -> dict[str, Any]:
    where, points = _pair(said)
    application, reviewer, criterion = where.rsplit("/", 2)
    return {
        "application_id": application, "reviewer_id": reviewer, "criterion_id": criterion,
        "points": int(points),
    }  # fmt: skip


def _show_what_if(report: dict[str, Any]) -> None:
    summary = report["summary"]
    names = sorted({*summary["before"], *summary["after"]})
    table(
        "What if", ("", "before", "after"),
        [(n, summary["before"].get(n, 0), summary["after"].get(n, 0)) for n in names],
    )  # fmt: skip
    for row in report["crossing"][:SHOWN_MAX]:
        console.print(
            f"[bold]{row['crosses']}[/bold] {row['applicant']} [dim]{row['application_id']}[/dim]"
        )
        for reason in row["why"]:
            console.print(f"    {reason['zh']} {reason['en']}", markup=False, highlight=False)
    if (more := len(report["crossing"]) - SHOWN_MAX) > 0:
        console.print(f"… and {more} more; --json shows all.", style="dim")
    if not report["baseline_equals_recorded"]:
        console.print("✗ The unchanged ranking is not what was sealed.", style="red")


def diff(
    first: Annotated[Path, typer.Argument(help="A snapshot, an export or a report (JSON).")],
    second: Annotated[Path, typer.Argument(help="Another of the same kind.")],
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="A pattern of field names, e.g. '*_at'.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare two runs, application by application and field by field."""
    try:
        found = compare(definitions(), first, second, ignore or ())
    except RunUnreadable as bad:
        fail(str(bad), "无法读取该次运行的数据，原因见上。")
    if as_json:
        say_json(found)
    else:
        _show_diff(found)
    if not found["equal"]:
        raise typer.Exit(EXIT_REFUSED)


def _show_diff(found: dict[str, Any]) -> None:
    changes = [(case, d) for case, held in found.get("applications", {}).items() for d in held] + [
        ("", d) for d in (*found.get("others", ()), *found.get("differences", ()))
    ]
    table(
        "Equal" if found["equal"] else f"{len(changes)} differences",
        ("application", "where", "field", "first", "second"),
        [
            (case, f"{d.get('service', '')}.{d.get('table', '')} {d.get('key', '')}",
             d["field"] or "(row)", _short(d["before"]), _short(d["after"]))
            for case, d in changes[:SHOWN_MAX]
        ],
    )  # fmt: skip
