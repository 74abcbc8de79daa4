"""The ops process: `uvicorn --factory services.ops.main:create_app`."""

from fastapi import FastAPI

from services.chassis.model import Service
from services.chassis.service import create_service
from services.ops.api import router
from services.ops.index import Index
from services.ops.replays.operating import WarmCases
from services.ops.settings import Settings
from services.ops.store import TABLES

SERVICE = Service("ops", None, TABLES)


def create_app() -> FastAPI:
    """The observer as an ASGI application."""
    settings = Settings()
    where = settings.database_url, settings.kafka_bootstrap_servers
    index, cases = Index(*where), WarmCases(*where)
    app = create_service(SERVICE, settings, router, tasks=[index.run, cases.run])
    app.state.cases = cases
    return app
