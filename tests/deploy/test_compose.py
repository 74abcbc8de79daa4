"""docker-compose.yml, held against the services' own settings; no engine is needed."""

import re
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from deploy.compose import images
from deploy.sources import source_digest
from services.cli import container
from services.cli.stack import SERVICES

ROOT = Path(__file__).parents[2]
OURS = (*SERVICES, "ops")
ONCE = ("topics", "migrate")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
RUNNING = [name for name in COMPOSE["services"] if name not in ONCE]
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def of(service: str) -> dict[str, Any]:
    """One container's entry."""
    found: dict[str, Any] = COMPOSE["services"][service]
    return found


def environment(service: str) -> dict[str, str]:
    """What a container is given, as written."""
    return {name: str(value) for name, value in of(service).get("environment", {}).items()}


def settings_of(service: str) -> type[BaseSettings]:
    """The class that reads them."""
    settings: type[BaseSettings] = import_module(f"services.{service}.settings").Settings
    return settings


def filled(text: str) -> str:
    """The text as Compose hands it over, with a secret wherever one is asked for."""
    secret = "0123456789abcdef" * 4
    return VARIABLE.sub(lambda found: secret if found[2] == "?" else found[3] or "", text)


def test_every_service_has_a_container_and_no_other_does() -> None:
    """Six services and ops, what they stand on, and the two jobs before them."""
    assert set(COMPOSE["services"]) == {*OURS, *ONCE, "kafka", "postgres", "mail"}
    assert set(container.SERVICES) == set(OURS)
    assert [of(name)["command"] for name in (*OURS, *ONCE, "mail")] == [
        [name] for name in (*OURS, *ONCE, "mail")
    ]


@pytest.mark.parametrize("service", OURS)
def test_a_service_is_given_what_its_settings_require_and_nothing_unknown(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is misspelt would be ignored in silence, and a default taken."""
    settings = settings_of(service)
    prefix = settings.model_config["env_prefix"]
    known = {f"{prefix}{name.upper()}" for name in settings.model_fields}
    given = environment(service)

    assert set(given) <= known
    for name, value in given.items():
        monkeypatch.setenv(name, filled(value))
    read = settings()
    assert read.model_dump()["kafka_bootstrap_servers"] == "kafka:9092"
    assert read.model_dump()["database_url"].endswith(f"@postgres:5432/{service}")


@pytest.mark.parametrize("service", OURS)
def test_no_secret_has_a_default(service: str) -> None:
    """What seals or opens anything comes from outside, or nothing starts."""
    prefix = settings_of(service).model_config["env_prefix"]
    fields = settings_of(service).model_fields
    secret = {name for name, field in fields.items() if field.annotation is SecretStr}
    given = environment(service)

    assert "token_secret" in secret
    for name in {*secret, "database_url"} & {n.removeprefix(prefix).lower() for n in given}:
        value = given[f"{prefix}{name.upper()}"]
        assert [mode for _, mode, _ in VARIABLE.findall(value)] == ["?"], value


def test_no_password_is_written_down() -> None:
    """Also not for the database's superuser, nor in an address."""
    values = chain.from_iterable(environment(name).values() for name in COMPOSE["services"])
    addresses = [value for value in values if "postgresql://" in value]

    assert len(addresses) == 1 + 2 * len(OURS)
    assert all(re.search(r"://\w+:\$\{\w+:\?\}@postgres:5432/\w+$", a) for a in addresses)
    assert environment("postgres")["POSTGRES_PASSWORD"].startswith("${MINGJING_POSTGRES_PASSWORD:?")


def test_the_migration_makes_every_store_with_the_password_its_service_uses() -> None:
    """One address per store, the same in both places; no service is handed another's."""
    given = environment("migrate")
    for service in OURS:
        name = f"{service.upper()}_DATABASE_URL"
        assert given[name] == environment(service)[name]
        others = {f"MINGJING_{other.upper()}_PASSWORD" for other in OURS if other != service}
        assert not others & {found[0] for found in VARIABLE.findall(str(environment(service)))}


def test_a_service_waits_for_topics_and_stores() -> None:
    """A service that met a missing topic or table would start by failing."""
    for service in OURS:
        waits = {name: how["condition"] for name, how in of(service)["depends_on"].items()}
        assert waits["topics"] == waits["migrate"] == "service_completed_successfully"
        assert waits["kafka"] == waits["postgres"] == "service_healthy"
    assert of("notification")["depends_on"]["mail"]["condition"] == "service_healthy"


def test_whatever_keeps_running_says_whether_it_is_well() -> None:
    """Each has a health check, comes back after a crash, and is given time to stop."""
    for name in RUNNING:
        assert of(name)["healthcheck"]["test"][0] == "CMD", name
        assert of(name)["restart"] == "unless-stopped"
        assert of(name)["stop_grace_period"] in ("20s", "60s")
    for service in OURS:
        assert of(service)["healthcheck"]["test"][-2:] == ["services.cli.container", "health"]


def test_ports_are_open_to_this_machine_only_and_differ() -> None:
    """A token guards a service, and nothing guards the broker."""
    ports = [filled(port) for name in RUNNING for port in of(name).get("ports", [])]

    assert len(ports) == len(OURS) + 1
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len({port.split(":")[1] for port in ports}) == len(ports)
    assert not of("postgres").get("ports")


def test_our_containers_can_change_nothing_but_their_own_folder() -> None:
    """No root, no capability, no writing beside the volumes."""
    for name in (*OURS, *ONCE, "mail"):
        assert of(name)["read_only"] is True
        assert of(name)["cap_drop"] == ["ALL"]
        assert of(name)["security_opt"] == ["no-new-privileges:true"]
    users = re.findall(r"^USER (\S+)$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)
    assert users == ["10001:10001"]


def test_the_broker_keeps_everything_and_invents_no_topic() -> None:
    """The log is the truth: what Kafka forgets after a week by default stays."""
    broker = environment("kafka")
    assert broker["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert broker["KAFKA_LOG_RETENTION_MS"] == "-1"
    volumes = [volume.split(":")[0] for name in RUNNING for volume in of(name).get("volumes", [])]
    assert sorted(volumes) == sorted(COMPOSE["volumes"])


def test_every_image_is_named_with_its_version_and_nothing_names_a_registry() -> None:
    """Three images; what was tried is what runs elsewhere."""
    assert images() == ["apache/kafka:4.4.0", "postgres:18", "mingjing:latest"]
    files = [ROOT / "docker-compose.yml", ROOT / "deploy/Dockerfile", ROOT / "deploy/images.sh"]
    files += (ROOT / "deploy/images").rglob("*ockerfile")
    for file in files:
        assert not re.search(r"https?://(?!\w+:8000)|docker\.io/|index-url", file.read_text()), file


def test_no_secret_and_no_data_can_get_into_the_image() -> None:
    """What Docker is sent is listed, and all else is left out."""
    first, *allowed = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] in "*!"
    ]
    assert first == "*"
    assert [line for line in allowed if line.startswith("!")] == [
        "!contracts", "!services", "!deploy", "!requirements.lock", "!.mingjing/images/wheels",
    ]  # fmt: skip


def test_the_digest_of_the_sources_tells_every_change_apart(tmp_path: Path) -> None:
    """A name, a byte and a place each count; byte code, which comes and goes, does not."""
    (tmp_path / "services").mkdir()
    (tmp_path / "contracts").mkdir()
    file = tmp_path / "services/rules.py"
    file.write_text("a")
    digests = [source_digest(tmp_path)]
    file.write_text("b")
    digests.append(source_digest(tmp_path))
    file = file.rename(tmp_path / "services/other.py")
    digests.append(source_digest(tmp_path))
    file.rename(tmp_path / "contracts/other.py")
    digests.append(source_digest(tmp_path))
    assert len(set(digests)) == len(digests)

    (tmp_path / "services/__pycache__").mkdir()
    (tmp_path / "services/__pycache__/rules.pyc").touch()
    assert source_digest(tmp_path) == digests[-1]
