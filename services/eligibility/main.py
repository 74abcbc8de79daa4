"""The eligibility process: `uvicorn --factory services.eligibility.main:create_app`."""

from fastapi import FastAPI

from contracts.eligibility import ELIGIBILITY, EligibilityAssessed
from services.chassis.model import Service
from services.chassis.service import create_service
from services.eligibility.api import router
from services.eligibility.commands import DECISIONS, rederived
from services.eligibility.folds import FOLDS
from services.eligibility.handlers import HANDLERS
from services.eligibility.settings import Settings
from services.eligibility.store import TABLES

SERVICE = Service(
    "eligibility",
    ELIGIBILITY,
    TABLES,
    folds=FOLDS,
    reactions=HANDLERS,
    decisions=DECISIONS,
    rederive={EligibilityAssessed: rederived},
)


def create_app() -> FastAPI:
    """The service as an ASGI application."""
    return create_service(SERVICE, Settings(), router)
