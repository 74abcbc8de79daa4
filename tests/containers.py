"""Broker and database in containers for the tests, from the images docker-compose.yml names."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg
import pytest
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from deploy.apart import run_apart
from deploy.compose import images
from deploy.docker_engine import OWN_IMAGE, engine_status, has_image, is_current
from deploy.missing import Missing
from deploy.ports import free_port

READY_SECONDS_MAX = 90
CONTROLLER_PORT = 9093


def named(name: str) -> str:
    """The image of docker-compose.yml with this name, and its tag."""
    return next(image for image in images() if image.rpartition(":")[0] == name)


def lacking() -> str:
    """Why tests that need containers cannot run here; empty when they can."""
    try:
        status = engine_status()
    except Missing as missing:
        return missing.english
    absent = [name for name, is_here in status.images.items() if not is_here]
    return f"no image {', '.join(absent)}: `make images` builds them" if absent else ""


def need_containers() -> None:
    """Skip the test where there is no engine or no image, and say which."""
    if reason := lacking():
        pytest.skip(reason)


def need_current_image() -> None:
    """Skip the test also where our image was made from other sources than these."""
    need_containers()
    if not is_current():
        pytest.skip(f"{OWN_IMAGE} was made from other sources: `make images` makes it anew")


@contextmanager
def kafka_container() -> Iterator[str]:
    """The address of a broker in a container that goes when the block ends."""
    # The broker tells clients its own address, so it must know its port before it starts; with
    # the same number inside and outside the address holds for both.
    port = free_port()
    container = DockerContainer(named("apache/kafka")).with_bind_ports(port, port)
    container.with_envs(**broker_settings(port))
    with _started(container):
        # Docker accepts connections before the broker does, so its port says nothing.
        _wait(container, lambda: b"Kafka Server started" in container.get_logs()[0])
        yield f"127.0.0.1:{port}"


def broker_settings(port: int) -> dict[str, str]:
    """What the image must be given to be one node, broker and controller at once."""
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@localhost:{CONTROLLER_PORT}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:{CONTROLLER_PORT}",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }


@contextmanager
def postgres_container() -> Iterator[str]:
    """The superuser's address of a PostgreSQL in a container that goes when the block ends."""
    password = secrets.token_hex(16)
    port = free_port()
    container = DockerContainer(named("postgres")).with_env("POSTGRES_PASSWORD", password)
    url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    with _started(container.with_bind_ports(5432, port)):
        _wait(container, lambda: run_apart(_asked(url)))
        yield url


async def _asked(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    await connection.close()
    return True


@contextmanager
def _started(container: DockerContainer) -> Iterator[None]:
    # The reaper removes what a killed test run leaves; where its image is absent we do without.
    testcontainers_config.ryuk_disabled = not has_image(testcontainers_config.ryuk_image)
    container.start()
    try:
        yield
    finally:
        container.stop()
        container.get_docker_client().client.close()


def _wait(container: DockerContainer, is_ready: Callable[[], bool]) -> None:
    """Wait until it is ready, or say the end of its log."""
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not is_ready():
        container.reload()
        if time.monotonic() > deadline or container.status != "running":
            log = b"\n".join(container.get_logs()).decode(errors="replace")[-3000:]
            raise AssertionError(f"{container.image} did not start. The end of its log:\n{log}")
        time.sleep(0.1)
