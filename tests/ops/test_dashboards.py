"""Dashboards and alerts ask only for metrics that there are, and no metric goes unseen."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deploy.grafana.dashboards import GROUPS, dashboards, text
from deploy.kafka.topics import read_topics
from services.chassis.metrics import Metrics
from services.ops.definitions import NAMES

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted((DEPLOY / "grafana").glob("*.json"))
NAME = re.compile(r"\b(mingjing_[a-z_]+)\b")
LABELS = re.compile(r"\b(service|status|method|le)\b")


def known() -> set[str]:
    """Every sample name a service exposes."""
    metrics = Metrics("x")
    metrics.requests.labels("x", "GET", "200").observe(0.1)
    families = text_string_to_metric_families(metrics.text().decode())
    return {sample.name for family in families for sample in family.samples}


def asked(dashboard: dict[str, Any]) -> set[str]:
    """The metrics that a dashboard asks for."""
    targets = [target for panel in dashboard["panels"] for target in panel["targets"]]
    return {name for target in targets for name in NAME.findall(target["expr"])}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dashboard_asks_only_for_metrics_there_are(path: Path) -> None:
    """A renamed metric would leave an empty panel that nobody notices."""
    assert asked(json.loads(path.read_text())) <= known()


def test_every_metric_is_on_a_dashboard() -> None:
    """What is measured is looked at; of a histogram any part will do."""
    seen = set().union(*(asked(json.loads(path.read_text())) for path in FILES))
    unseen = {
        name for name in known()
        if not name.endswith("_created")
        and re.sub("_(bucket|sum|count)$", "", name) not in {re.sub("_(bucket|sum|count)$", "", s) for s in seen}
    }  # fmt: skip
    assert unseen == set()


def test_the_files_are_what_the_code_makes() -> None:
    """`python -m deploy.grafana.dashboards` writes them again."""
    assert {path.stem: path.read_text() for path in FILES} == {
        name: text(made) for name, made in dashboards().items()
    }


def test_every_service_is_in_one_group() -> None:
    """A seventh service gets a dashboard, too."""
    grouped = [service for services in GROUPS.values() for service in services]
    assert sorted(grouped) == sorted([*NAMES, "ops"])
    assert {f"{name}.events" for name in NAMES} == {topic["name"] for topic in read_topics()}


def test_alerts_ask_only_for_metrics_there_are() -> None:
    """And each says in both languages what to do."""
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"][0]["rules"]
    for rule in rules:
        assert set(NAME.findall(rule["expr"])) <= known()
        assert re.search("[一-鿿]", rule["annotations"]["summary"])
    assert len(rules) >= 5


def test_prometheus_scrapes_every_service() -> None:
    """By the names they have in the compose file."""
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    (static,) = job["static_configs"]
    assert sorted(static["targets"]) == sorted(f"{name}:8000" for name in [*NAMES, "ops"])
