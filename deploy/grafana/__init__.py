"""Dashboards for Grafana: made by `python -m deploy.grafana.dashboards`, committed as JSON."""
