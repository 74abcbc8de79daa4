"""What a container of the image runs: `python -m services.cli.container WHAT`.

WHAT is a service, `ops`, `mail`, or what is done once before them: `topics` and `migrate`.
"""

import asyncio
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Imports stand inside the functions: the health check runs every few seconds and needs none.
# ruff: noqa: PLC0415

PORT = 8000
MAIL_PORT = 2525
FOLDER = Path("/var/lib/mingjing")
SERVICES = ("submission", "eligibility", "document", "review", "finance", "notification", "ops")
ASK_SECONDS_MAX = 4
# A client that must reach the broker from its own container cannot do so before it is there.
BROKER_SECONDS_MAX = 60


def serve(service: str) -> None:
    """Run one service until it is told to stop."""
    import uvicorn

    # A container that starts again has the name it had; another replica has another.
    os.environ.setdefault(f"{service.upper()}_REPLICA", socket.gethostname())
    _check_settings(service)
    uvicorn.run(
        f"services.{service}.main:create_app", factory=True, host="0.0.0.0", port=PORT,  # noqa: S104
        log_level="warning", access_log=False, backlog=4096, timeout_graceful_shutdown=5,
    )  # fmt: skip


def _check_settings(service: str) -> None:
    """Say plainly which variables are wrong, and never what was in them."""
    from pydantic import ValidationError

    settings = import_module(f"services.{service}.settings").Settings
    try:
        settings()
    except ValidationError as wrong:
        prefix = settings.model_config["env_prefix"]
        lines = [f"{prefix}{str(e['loc'][0]).upper()}: {e['msg']}" for e in wrong.errors()]
        sys.exit("\n".join([f"{service} cannot start. {service} 无法启动。", *lines]))


def topics() -> None:
    """Make the topics that are not there yet."""
    from deploy.kafka.topics import create_topics, read_topics

    create_topics(_setting("MINGJING_KAFKA_BOOTSTRAP_SERVERS"), read_topics())


def migrate() -> None:
    """Make each service's role and database if need be, and bring its schema to the newest."""
    from deploy.postgres.databases import ensure_database
    from services.chassis.migrate import upgrade

    superuser = _setting("MINGJING_POSTGRES_URL")
    for service in SERVICES:
        url = _setting(f"{service.upper()}_DATABASE_URL")
        ensure_database(superuser, service, unquote(urlsplit(url).password or ""))
        asyncio.run(upgrade(service, url))


def mail() -> None:
    """Run the mail catcher, which keeps every letter and delivers none."""
    from deploy.mail import catcher

    everywhere = "0.0.0.0"  # noqa: S104 (the container's own network)
    catcher.main(["--host", everywhere, "--port", str(MAIL_PORT), "--folder", str(FOLDER)])


def health() -> None:
    """End well when the service in this container is ready; its reasons go to Docker's record."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=ASK_SECONDS_MAX):
            return
    except urllib.error.HTTPError as refused:
        sys.exit(refused.read().decode())
    except OSError as away:
        sys.exit(str(away))


def _setting(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        sys.exit(f"{name} is not set, see docker-compose.yml. 未设置 {name}。")


WORK: dict[str, Callable[[], None]] = {
    "topics": topics, "migrate": migrate, "mail": mail, "health": health,
}  # fmt: skip


def main(what: str = "") -> None:
    """Do what the container's command says."""
    if what in SERVICES:
        serve(what)
    elif what in WORK:
        WORK[what]()
    else:
        sys.exit(
            f"No {what or 'command'} here; give one of: {', '.join((*SERVICES, *WORK))}.\n"
            f"请给出其中之一: {', '.join((*SERVICES, *WORK))}。"
        )


if __name__ == "__main__":
    main(*sys.argv[1:2])
