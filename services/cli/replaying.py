"""`mingjing replay`: stores made again from the log, decisions derived again."""

import asyncio
from typing import Annotated, Any

import typer

from services.chassis.replay import rebuild as rebuild_store
from services.chassis.replay import rederive
from services.cli.definitions import definition
from services.cli.life import STATE, Folder, Json, running
from services.cli.output import EXIT_REFUSED, fail, progress, say_json, table
from services.cli.stack import SERVICES, Stack

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
        rebuild(service, False, state, as_json)


@app.command()
def rebuild(
    service: Which = None,
    swap: Annotated[
        bool, typer.Option("--swap", help="Replace the live tables by the rebuilt ones.")
    ] = False,
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Fold each store again from the log and compare it, table by table, with the live one."""
    reports = asyncio.run(rebuild_all(running(state), chosen(service), swap=swap, quiet=as_json))
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
    if not all(r["equal"] for r in reports.values()):
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def verify(service: Which = None, state: Folder = STATE, as_json: Json = False) -> None:
    """Derive every decision again from the evidence in its own event."""
    reports = asyncio.run(verify_all(running(state), chosen(service), quiet=as_json))
    if as_json:
        say_json(reports)
    else:
        table(
            "Derived again", ("service", "decisions", "equal"),
            [(n, r["decisions"], r["equal"]) for n, r in reports.items()],
        )  # fmt: skip
    if not all(r["equal"] for r in reports.values()):
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
    stack: Stack, names: tuple[str, ...], *, swap: bool, quiet: bool = True
) -> dict[str, dict[str, Any]]:
    """Rebuild several stores, one after another."""
    reports = {}
    with progress(quiet) as bar:
        task = bar.add_task("rebuilding", total=len(names))
        for name in names:
            bar.update(task, description=f"rebuilding {name}")
            done = await rebuild_store(
                definition(name), stack.postgres.url(name), stack.bootstrap, swap=swap
            )
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
