"""The submission process: `uvicorn --factory services.submission.main:create_app`."""

from fastapi import FastAPI

from contracts.submission import SUBMISSION
from services.chassis.model import Service
from services.chassis.service import create_service
from services.submission.api import router
from services.submission.commands import DECISIONS
from services.submission.folds import FOLDS
from services.submission.handlers import HANDLERS
from services.submission.settings import Settings
from services.submission.store import TABLES

SERVICE = Service(
    "submission", SUBMISSION, TABLES, folds=FOLDS, reactions=HANDLERS, decisions=DECISIONS
)


def create_app() -> FastAPI:
    """The application, from the environment."""
    return create_service(SERVICE, Settings(), router)
