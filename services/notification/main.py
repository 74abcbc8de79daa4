"""The notification process: `uvicorn --factory services.notification.main:create_app`."""

from fastapi import FastAPI

from contracts.notification import NOTIFICATION
from services.chassis.model import Service
from services.chassis.service import create_service
from services.notification.api import router
from services.notification.commands import DECISIONS
from services.notification.folds import FOLDS
from services.notification.handlers import HANDLERS
from services.notification.jobs import JOBS
from services.notification.settings import Settings
from services.notification.store import TABLES

SERVICE = Service(
    "notification",
    NOTIFICATION,
    TABLES,
    folds=FOLDS,
    reactions=HANDLERS,
    decisions=DECISIONS,
)


def create_app() -> FastAPI:
    """The application, from the environment."""
    return create_service(SERVICE, Settings(), router, JOBS)
