"""The dashboards as code: one overview, one per group of services; run this to write the JSON again."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
GROUPS = {
    "applications": ("submission", "eligibility", "document"),
    "awards": ("review", "finance"),
    "letters": ("notification", "ops"),
}
OVERVIEW = (
    ("Behind the log", "s", "mingjing_lag_seconds"),
    ("Records not yet applied", "short", "mingjing_lag_records"),
    ("Outbox age", "s", "mingjing_outbox_age_seconds"),
    ("Events not yet sent", "short", "mingjing_outbox_waiting"),
    ("Keys that wait", "short", "mingjing_parked_keys"),
    ("Dead letters per minute", "short", "rate(mingjing_dead_letters_total[1m]) * 60"),
    ("Applied per second", "ops", "rate(mingjing_causes_applied_total[1m])"),
    ("Events per second", "ops", "rate(mingjing_events_relayed_total[1m])"),
    ("Commit, 99 of 100", "s", "histogram_quantile(0.99, rate(mingjing_commit_seconds_bucket[1m]))"),
    ("Relay, 99 of 100", "s", "histogram_quantile(0.99, rate(mingjing_relay_seconds_bucket[1m]))"),
    (
        "Requests, 99 of 100", "s",
        "histogram_quantile(0.99, sum by (service, le) (rate(mingjing_http_seconds_bucket[1m])))",
    ),
    ("Circuit breaker", "short", "mingjing_circuit_breaker_tripped"),
)  # fmt: skip
OF_A_GROUP = (
    ("Applied per second", "ops", "rate(mingjing_causes_applied_total{%s}[1m])"),
    (
        "Causes per transaction", "short",
        "rate(mingjing_batch_size_sum{%s}[1m]) / rate(mingjing_batch_size_count{%s}[1m])",
    ),
    ("Transactions per second", "ops", "rate(mingjing_transactions_total{%s}[1m])"),
    ("Commit, half", "s", "histogram_quantile(0.5, rate(mingjing_commit_seconds_bucket{%s}[1m]))"),
    ("Commit, 99 of 100", "s", "histogram_quantile(0.99, rate(mingjing_commit_seconds_bucket{%s}[1m]))"),
    ("Events put into the outbox", "ops", "rate(mingjing_events_emitted_total{%s}[1m])"),
    ("Events acknowledged", "ops", "rate(mingjing_events_relayed_total{%s}[1m])"),
    ("Outbox age", "s", "mingjing_outbox_age_seconds{%s}"),
    ("Behind the log", "s", "mingjing_lag_seconds{%s}"),
    ("Copies dropped by watermark", "ops", "rate(mingjing_records_duplicate_total{%s}[1m])"),
    ("Batches run again", "ops", "rate(mingjing_head_races_lost_total{%s}[1m])"),
    ("Producers thrown away", "ops", "rate(mingjing_relay_errors_total{%s}[1m])"),
    ("Keys that wait", "short", "mingjing_parked_keys{%s}"),
    (
        "Requests by status", "ops",
        "sum by (service, status) (rate(mingjing_http_seconds_count{%s}[1m]))",
    ),
    (
        "Requests, 99 of 100", "s",
        "histogram_quantile(0.99, sum by (service, le) (rate(mingjing_http_seconds_bucket{%s}[1m])))",
    ),
)  # fmt: skip
WIDTH, HEIGHT, COLUMNS = 8, 7, 3


def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboard by its file's name."""
    made = {"overview": _dashboard("overview", "Mingjing 明镜: overview", OVERVIEW)}
    for group, services in GROUPS.items():
        named = f'service=~"{"|".join(services)}"'
        panels = [(title, unit, said.replace("%s", named)) for title, unit, said in OF_A_GROUP]
        made[group] = _dashboard(group, f"Mingjing 明镜: {group}", panels)
    return made


def _dashboard(uid: str, title: str, panels: Any) -> dict[str, Any]:
    return {
        "uid": f"mingjing-{uid}", "title": title, "tags": ["mingjing"], "timezone": "browser",
        "schemaVersion": 39, "refresh": "5s", "time": {"from": "now-15m", "to": "now"},
        "templating": {"list": [
            {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
        ]},
        "panels": [_panel(number, *panel) for number, panel in enumerate(panels)],
    }  # fmt: skip


def _panel(number: int, title: str, unit: str, expression: str) -> dict[str, Any]:
    row, column = divmod(number, COLUMNS)
    legend = "{{service}} {{status}}" if "status" in expression else "{{service}}"
    source = {"type": "prometheus", "uid": "${source}"}
    return {
        "id": number + 1, "type": "timeseries", "title": title, "datasource": source,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": "A", "expr": expression, "legendFormat": legend, "datasource": source}
        ],
    }  # fmt: skip


def text(dashboard: dict[str, Any]) -> str:
    """The file's content."""
    return json.dumps(dashboard, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for name, made in dashboards().items():
        (FOLDER / f"{name}.json").write_text(text(made), encoding="utf-8")
