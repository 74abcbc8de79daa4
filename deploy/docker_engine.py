"""The system in containers: what the Docker engine has, and starting and stopping it there.

`python -m deploy.docker_engine` writes the secrets that docker-compose.yml must be given.
"""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import yaml
from docker.errors import APIError, DockerException, ImageNotFound

from deploy.missing import Missing

ROOT = Path(__file__).parents[1]
COMPOSE_FILE = ROOT / "docker-compose.yml"
ENVIRONMENT = Path(".mingjing/compose.env")
PROJECT = "mingjing"
DEFAULT_HOST = "unix:///var/run/docker.sock"
OWN_IMAGE = "mingjing:latest"
ASK_SECONDS_MAX = 10
READY_SECONDS_MAX = 300
_REQUIRED = re.compile(r"\$\{(\w+):\?")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the engine answers: its version, which images it has, how our containers are."""

    version: str
    images: dict[str, bool]
    containers: dict[str, str]
    """Compose service → `running`, `healthy`, `unhealthy`, `starting`, `exited (code)` …"""

    def __str__(self) -> str:
        """One line for a table."""
        images = ", ".join(
            f"{name} {'here' if is_here else 'MISSING'}" for name, is_here in self.images.items()
        )
        containers = ", ".join(f"{name} {state}" for name, state in self.containers.items())
        return f"engine {self.version}; images: {images}; containers: {containers or 'none'}"


# ---------------------------------------------------------------- looking


def engine_status() -> EngineStatus:
    """Ask the engine, changing nothing.

    Raises:
        Missing: no engine answers.
    """
    with _engine() as engine:
        return EngineStatus(
            version=engine.version()["Version"],
            images={name: _is_here(engine, name) for name in images()},
            containers=_containers(engine),
        )


def images() -> list[str]:
    """The images docker-compose.yml names, each once."""
    services = yaml.safe_load(COMPOSE_FILE.read_text())["services"].values()
    return list(dict.fromkeys(service["image"] for service in services))


def has_image(image: str) -> bool:
    """Whether the engine has this image.

    Raises:
        Missing: no engine answers.
    """
    with _engine() as engine:
        return _is_here(engine, image)


@contextmanager
def _engine() -> Iterator[docker.DockerClient]:
    try:
        _knock()
        client = docker.from_env(timeout=ASK_SECONDS_MAX)
    except (DockerException, OSError) as error:
        raise _no_engine(error) from error
    try:
        client.ping()
        yield client
    except (DockerException, OSError) as error:
        raise _no_engine(error) from error
    finally:
        client.close()


def _knock() -> None:
    """Refuse early where nobody listens: the SDK would leave its socket open."""
    scheme, _, path = os.environ.get("DOCKER_HOST", DEFAULT_HOST).partition("://")
    if scheme == "unix":
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(path)


def _no_engine(error: Exception) -> Missing:
    return Missing(
        f"No Docker engine answers: {error}. Install and start one (Debian and Ubuntu: apt install "
        "docker.io; `make images` does it as root), or leave out `--engine docker`.",
        f"Docker 引擎没有应答: {error}。请安装并启动 (Debian 和 Ubuntu: apt install docker.io; "
        "以 root 运行 `make images` 亦可), 或不使用 `--engine docker`。",
    )


def _is_here(engine: docker.DockerClient, image: str) -> bool:
    try:
        engine.images.get(image)
    except ImageNotFound:
        return False
    return True


def _containers(engine: docker.DockerClient) -> dict[str, str]:
    ours = engine.containers.list(
        all=True, filters={"label": f"com.docker.compose.project={PROJECT}"}
    )
    states = {c.labels["com.docker.compose.service"]: _state(c.attrs["State"]) for c in ours}
    return dict(sorted(states.items()))


def _state(state: dict[str, object]) -> str:
    health = state.get("Health")
    if state["Status"] == "running" and isinstance(health, dict):
        return str(health["Status"])
    if state["Status"] == "exited":
        return f"exited ({state['ExitCode']})"
    return str(state["Status"])


# ---------------------------------------------------------------- starting and stopping


def compose_up(say: Say = print) -> EngineStatus:
    """Start every container and wait until all are healthy.

    Raises:
        Missing: engine, compose or an image is missing, or a container did not become healthy.
    """
    command = compose_command()
    with _engine() as engine:
        for image in images():
            if not _is_here(engine, image):
                _get(engine, image, command, say)
    say("starting the containers")
    _run([*command, "up", "--detach"])
    return wait_until_healthy(say)


def compose_down(say: Say = print, *, with_data: bool = False) -> None:
    """Stop and remove the containers; the data stays unless `with_data`.

    Raises:
        Missing: engine or compose is missing.
    """
    command = compose_command()
    with _engine():
        say("stopping the containers")
        _run([*command, "down", *(["--volumes"] if with_data else [])])


def wait_until_healthy(say: Say = print, seconds: int = READY_SECONDS_MAX) -> EngineStatus:
    """Wait until every container is healthy, or has done its one job."""
    deadline = time.monotonic() + seconds
    told = ""
    while True:
        status = engine_status()
        waiting = [
            f"{name} {state}" for name, state in status.containers.items() if not _is_well(state)
        ]
        if status.containers and not waiting:
            return status
        if time.monotonic() > deadline:
            raise _not_healthy(waiting)
        if waiting and (line := f"waiting for {', '.join(waiting)}") != told:
            say(told := line)
        time.sleep(1)


def _is_well(state: str) -> bool:
    return state in ("healthy", "exited (0)")


def _not_healthy(waiting: list[str]) -> Missing:
    names = ", ".join(waiting) or "no container"
    return Missing(
        f"Not healthy in time: {names}. See why with `docker logs {PROJECT}-<service>-1`.",
        f"以下容器未能就绪: {names}。请用 `docker logs {PROJECT}-<服务>-1` 查看原因。",
    )


def _get(engine: docker.DockerClient, image: str, command: list[str], say: Say) -> None:
    """Build our own image; pull another's."""
    if image == OWN_IMAGE:
        say(f"building {image}")
        _run([*command, "build", "topics"])
        return
    say(f"pulling {image}")
    try:
        engine.images.pull(image)
    except APIError as error:
        raise Missing(
            f"The image {image} is not here and cannot be pulled: {error.explanation or error}. "
            "Build it here with `make images`.",
            f"本机没有镜像 {image}, 也无法拉取: {error.explanation or error}。"
            "请用 `make images` 在本机制作。",
        ) from error


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
        PROJECT,
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


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise Missing(f"Docker Compose failed:\n{said}", "Docker Compose 执行失败, 原因见上。")


# ---------------------------------------------------------------- secrets


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
