"""The system in containers: what the Docker engine has, and starting and stopping it there."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import docker
from docker.errors import APIError, DockerException, ImageNotFound

from deploy.compose import ROOT, compose_command, images, project
from deploy.missing import Missing
from deploy.sources import LABEL, source_digest

DEFAULT_HOST = "unix:///var/run/docker.sock"
OWN_IMAGE = "mingjing:latest"
ASK_SECONDS_MAX = 10
READY_SECONDS_MAX = 300

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


def has_image(image: str) -> bool:
    """Whether the engine has this image.

    Raises:
        Missing: no engine answers.
    """
    with _engine() as engine:
        return _is_here(engine, image)


def is_current(image: str = OWN_IMAGE) -> bool:
    """Whether our image was made from the sources as they stand.

    Raises:
        Missing: no engine answers.
    """
    with _engine() as engine:
        labels = engine.images.get(image).labels if _is_here(engine, image) else {}
        return labels.get(LABEL) == source_digest()


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
        all=True, filters={"label": f"com.docker.compose.project={project()}"}
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
    status = wait_until_healthy(say)
    say("every container is healthy")
    return status


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
        f"Not healthy in time: {names}. See why with `docker ps --all` and `docker logs`.",
        f"以下容器未能就绪: {names}。请用 `docker ps --all` 与 `docker logs` 查看原因。",
    )


def _get(engine: docker.DockerClient, image: str, command: list[str], say: Say) -> None:
    """Build our own image; pull another's."""
    if image == OWN_IMAGE:
        say(f"building {image}")
        _run([*command, "build", "topics"], MINGJING_SOURCES=source_digest())
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


def _run(command: list[str], **environment: str) -> None:
    given = {**os.environ, **environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=given)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise Missing(f"Docker Compose failed:\n{said}", "Docker Compose 执行失败, 原因见上。")
