"""docker-compose.yml: the images it names, the secrets it asks for, the program that reads it.

`python -m deploy.compose` writes the secrets.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from deploy.missing import Missing

ROOT = Path(__file__).parents[1]
COMPOSE_FILE = ROOT / "docker-compose.yml"
ENVIRONMENT = Path(".mingjing/compose.env")
PROJECT = "mingjing"
"""COMPOSE_PROJECT_NAME, which is Compose's own variable, gives a second installation another."""
_REQUIRED = re.compile(r"\$\{(\w+):\?")


def project() -> str:
    """The name that our containers and volumes begin with."""
    return os.environ.get("COMPOSE_PROJECT_NAME", PROJECT)


def images() -> list[str]:
    """The images docker-compose.yml names, each once."""
    services = yaml.safe_load(COMPOSE_FILE.read_text())["services"].values()
    return list(dict.fromkeys(service["image"] for service in services))


def compose_command() -> list[str]:
    """`docker compose` or `docker-compose`, whichever is there, with our file and secrets.

    Raises:
        Missing: neither is there.
    """
    found = ["docker", "compose"] if _has_plugin() else [shutil.which("docker-compose") or ""]
    if not found[0]:
        raise Missing(
            "Docker Compose is missing. Install it (Debian: apt install docker-compose; "
            "Docker's own packages: docker-compose-plugin).",
            "缺少 Docker Compose, 请安装 (Debian: apt install docker-compose; "
            "Docker 官方软件包: docker-compose-plugin)。",
        )
    environment = written_environment()
    return [
        *found,
        "--project-name",
        project(),
        "--env-file",
        str(environment),
        "--file",
        str(COMPOSE_FILE),
    ]


def _has_plugin() -> bool:
    if not shutil.which("docker"):
        return False
    asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return asked.returncode == 0


def required_variables() -> list[str]:
    """What docker-compose.yml refuses to start without."""
    return list(dict.fromkeys(_REQUIRED.findall(COMPOSE_FILE.read_text())))


def written_environment(path: Path = ENVIRONMENT) -> Path:
    """The environment file of this installation; a secret it lacks is drawn and added, once."""
    path = path.absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text() if path.exists() else ""
    names = {line.partition("=")[0] for line in held.splitlines()}
    lacking = [name for name in required_variables() if name not in names]
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={secrets.token_hex(32)}\n" for name in lacking)
    return path


if __name__ == "__main__":
    sys.stdout.write(f"{written_environment()}\n")
