"""The `mingjing` command line: every command, one line each."""

from collections.abc import Callable
from typing import Any

import typer

from deploy.missing import Missing
from services.cli import (
    doctor,
    inspect,
    life,
    replay_letters,
    replay_looking,
    replay_recovering,
    replaying,
    scaffold,
    screening,
    seasons,
)
from services.cli.output import EXIT_USAGE, fail
from services.cli.stack import NotReady

app = typer.Typer(
    name="mingjing",
    help="明镜 Mingjing: calls for proposals, provably fair.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)

COMMANDS: tuple[Callable[..., Any], ...] = (
    life.up,
    life.down,
    life.status,
    life.token,
    doctor.doctor,
    seasons.season,
    screening.screen,
    inspect.export,
    inspect.trace,
)
for command in COMMANDS:
    app.command()(command)
app.command("new-service")(scaffold.new_service)
REPLAYS: dict[str, Callable[..., Any]] = {
    "as-of": replay_looking.as_of,
    "what-if": replay_looking.what_if,
    "diff": replay_looking.diff,
    "snapshot": replay_recovering.snapshot,
}
for name, command in REPLAYS.items():
    replaying.app.command(name)(command)
app.add_typer(replaying.app, name="replay")
app.add_typer(replay_recovering.app, name="recover")
app.add_typer(replay_letters.app, name="dead-letters")


def main() -> None:
    """Run a command; what the machine lacks or a process failed to do is said plainly, without a traceback."""
    try:
        app()
    except Missing as missing:
        fail_plainly(missing.english, missing.chinese)
    except NotReady as late:
        fail_plainly(str(late))
    except KeyboardInterrupt:
        fail_plainly("Stopped.", "已中止。")


def fail_plainly(en: str, zh: str = "") -> None:
    """Print the message and end with the usage code."""
    try:
        fail(en, zh)
    except typer.Exit:
        raise SystemExit(EXIT_USAGE) from None
