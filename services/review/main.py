"""The review process: `uvicorn --factory services.review.main:create_app`."""

from fastapi import FastAPI

from contracts.review import REVIEW
from services.chassis.model import Service
from services.chassis.service import create_service
from services.review.api import router
from services.review.commands import DECISIONS, REDERIVE
from services.review.folds import FOLDS
from services.review.handlers import HANDLERS
from services.review.settings import Settings
from services.review.store import TABLES

SERVICE = Service(
    "review",
    REVIEW,
    TABLES,
    folds=FOLDS,
    reactions=HANDLERS,
    decisions=DECISIONS,
    rederive=REDERIVE,
)


def create_app() -> FastAPI:
    """The service as an ASGI application."""
    return create_service(SERVICE, Settings(), router)
