"""Starting, stopping and looking at the running system."""

from pathlib import Path
from typing import Annotated

import typer

from services.chassis.auth import Role
from services.cli.output import EXIT_REFUSED, console, errors, fail, say_json, table
from services.cli.stack import Stack

STATE = Path(".mingjing")
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Folder = Annotated[Path, typer.Option("--state", help="Where data, logs and ports are kept.")]
ROLES = (
    "applicant",
    "clerk",
    "screener",
    "officer",
    "reviewer",
    "finance",
    "treasurer",
    "operator",
)


def stack_at(folder: Path) -> Stack:
    """The system kept in a folder."""
    return Stack(folder.absolute())


def running(folder: Path) -> Stack:
    """The system kept in a folder, which must be up.

    Raises:
        typer.Exit: nothing runs there; the message says how to start it.
    """
    stack = stack_at(folder)
    if not (folder / "kafka").exists() or not stack.kafka.pid or not stack.postgres.pid:
        fail(
            f"Nothing runs in {folder}. Start it with `mingjing up` (or `make run`).",
            f"{folder} 中没有运行的系统；请先执行 mingjing up（或 make run）。",
        )
    return stack


def up(
    state: Folder = STATE,
    clock: Annotated[str, typer.Option(help="system, or header for seasons and tests.")] = "system",
    engine: Annotated[str, typer.Option(help="local processes, or docker.")] = "local",
    as_json: Json = False,
) -> None:
    """Start broker, database, mail catcher, six services and ops."""
    if engine == "docker":
        from deploy.docker_engine import compose_up  # noqa: PLC0415 (needs an engine)

        compose_up()
        return
    if clock not in ("system", "header"):
        fail(f"--clock is system or header, not {clock}.", "--clock 只能是 system 或 header。")
    stack = stack_at(state)
    with errors.status("starting") as spinner:
        stack.up(clock=clock, say=lambda what: spinner.update(f"starting {what}"))
    show(stack, as_json)


def down(
    state: Folder = STATE,
    engine: Annotated[str, typer.Option(help="local processes, or docker.")] = "local",
    as_json: Json = False,
) -> None:
    """Stop everything that `up` started; the data stays."""
    if engine == "docker":
        from deploy.docker_engine import compose_down  # noqa: PLC0415 (needs an engine)

        compose_down()
        return
    started = state.exists()
    if started:
        with errors.status("stopping") as spinner:
            stack_at(state).down(say=lambda what: spinner.update(f"stopping {what}"))
    if as_json:
        say_json({"stopped": started})
    else:
        console.print(
            "Stopped. 已停止。" if started else "Nothing was started here. 这里没有启动过系统。"
        )


def status(state: Folder = STATE, as_json: Json = False) -> None:
    """Show what runs, where, and whether it is ready."""
    if not state.exists():
        fail(
            "Nothing was started here; start it with `mingjing up`.",
            "尚未启动，请执行 mingjing up。",
            EXIT_REFUSED,
        )
    if not show(stack_at(state), as_json):
        raise typer.Exit(EXIT_REFUSED)


def show(stack: Stack, as_json: bool) -> bool:
    """Print the state of every process; whether all are there and ready."""
    found = stack.status()
    if as_json:
        say_json(found)
    else:
        table(
            "Mingjing",
            ("process", "pid", "address", "ready"),
            [
                (name, s["pid"] or "-", s.get("address") or "", _readiness(s))
                for name, s in found.items()
            ],
        )
    return all(s["pid"] and s.get("ready", True) for s in found.values())


def _readiness(state: dict[str, object]) -> str:
    if "ready" not in state:
        return "up" if state["pid"] else "down"
    if state["ready"]:
        return "ready"
    return f"not ready: {state['reasons']}" if state["pid"] else "down"


def token(
    role: Annotated[list[str], typer.Argument(help=f"One or more of {', '.join(ROLES)}.")],
    actor: Annotated[str, typer.Option("--as", help="Who acts: any id.")] = "somebody",
    subject: Annotated[
        str, typer.Option("--for", help="Whom they act for: an applicant's or reviewer's id.")
    ] = "",
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Print a bearer token for trying the API by hand."""
    roles: list[Role] = [r for r in ROLES if r in role]  # type: ignore[misc]
    if unknown := sorted(set(role) - set(ROLES)):
        fail(
            f"No role {', '.join(unknown)}; choose from {', '.join(ROLES)}.",
            f"没有角色 {'、'.join(unknown)}。",
        )
    made = stack_at(state).token(actor, roles, subject)
    if as_json:
        say_json({"token": made, "id": actor, "roles": roles, "subject": subject})
    else:
        typer.echo(made)
