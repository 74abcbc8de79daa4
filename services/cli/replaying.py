"""`mingjing replay`: stores made again from the log, decisions derived again."""

import asyncio
from typing import Annotated, Any

import typer

from services.chassis.replay import SwapRefused, rederive
from services.chassis.replay import rebuild as rebuild_store
from services.cli.definitions import definition
from services.cli.life import STATE, Folder, Json, running
from services.cli.output import EXIT_REFUSED, console, fail, progress, say_json, table
from services.cli.stack import SERVICES, Stack
from services.ops.replays.verifying import verify as verify_log

app = typer.Typer(
    help="Replay the log: rebuild stores, verify decisions.", invoke_without_command=True
)
Which = Annotated[
    list[str] | None, typer.Option("--service", help="A service; may be repeated. All by default.")
]


@app.callback()
def default(
    context: typer.Context, service: Which = None, state: Folder = STATE, as_json: Json = False
) -> None:
    """Without a command: rebuild and compare, change nothing."""
    if context.invoked_subcommand is None:
        rebuild(service, False, "", state, as_json)


@app.command()
def rebuild(
    service: Which = None,
    swap: Annotated[
        bool, typer.Option("--swap", help="Replace the live tables by the rebuilt ones.")
    ] = False,
    mend: Annotated[
        str,
        typer.Option(
            "--mend", metavar="WHO", help="Replace them even where they differ: who answers for it."
        ),
    ] = "",
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Fold each store again from the log and compare it, table by table, with the live one."""
    stack = running(state)
    try:
        reports = asyncio.run(
            rebuild_all(stack, chosen(service), swap=swap, mend=mend, quiet=as_json)
        )
    except SwapRefused as busy:
        fail(str(busy), "查询繁忙，未作任何改动，请稍后重试。", EXIT_REFUSED)
    if as_json:
        say_json(reports)
    else:
        table(
            "Rebuilt from the log",
            ("service", "tables", "rows", "events", "equal", "swapped"),
            [
                (n, len(r["tables"]), r["rows"], r["events"], r["equal"], r["swapped"])
                for n, r in reports.items()
            ],
        )
    if not all(r["equal"] or r["swapped"] for r in reports.values()):
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def verify(service: Which = None, state: Folder = STATE, as_json: Json = False) -> None:
    """Derive every decision again from its own event, and find every input it names before it."""
    services = {name: definition(name) for name in chosen(service)}
    report = asyncio.run(verify_log(services, running(state).bootstrap))
    if as_json:
        say_json(report.to_json())
    else:
        table(
            "Derived again", ("decision", "events", "differing"),
            [(n, count, report.differing[n]) for n, count in sorted(report.decisions.items())],
        )  # fmt: skip
        table(
            "Inputs found in the log at or before their decision", ("input", "named"),
            sorted(report.inputs.items()),
        )  # fmt: skip
        for one in report.offenders:
            console.print(f"✗ {one['fault']}: {one}", style="red", markup=False)
    if not report.holds:
        raise typer.Exit(EXIT_REFUSED)


def chosen(names: list[str] | None) -> tuple[str, ...]:
    """The services asked for, or all six.

    Raises:
        typer.Exit: there is no such service.
    """
    if unknown := sorted(set(names or ()) - set(SERVICES)):
        fail(
            f"No service {', '.join(unknown)}; there are {', '.join(SERVICES)}.",
            f"没有服务 {'、'.join(unknown)}。",
        )
    return tuple(names or SERVICES)


async def rebuild_all(
    stack: Stack, names: tuple[str, ...], *, swap: bool, mend: str = "", quiet: bool = True
) -> dict[str, dict[str, Any]]:
    """Rebuild several stores, one after another."""
    reports = {}
    with progress(quiet) as bar:
        task = bar.add_task("rebuilding", total=len(names))
        for name in names:
            bar.update(task, description=f"rebuilding {name}")
            done = await rebuild_store(
                definition(name), stack.postgres.url(name), stack.bootstrap, swap=swap, mend=mend,
                where=f"services.{name}.main:SERVICE",
            )  # fmt: skip
            reports[name] = done.to_json()
            bar.advance(task)
    return reports


async def verify_all(
    stack: Stack, names: tuple[str, ...], *, quiet: bool = True
) -> dict[str, dict[str, Any]]:
    """Derive the decisions of several services again."""
    reports = {}
    with progress(quiet) as bar:
        task = bar.add_task("deriving", total=len(names))
        for name in names:
            bar.update(task, description=f"deriving {name}")
            reports[name] = await rederive(definition(name), stack.bootstrap)
            bar.advance(task)
    return reports
