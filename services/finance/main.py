"""The finance process: `uvicorn --factory services.finance.main:create_app`."""

from fastapi import FastAPI

from contracts.finance import FINANCE, BudgetReserved, ReconciliationSigned, ReservationRefused
from services.chassis.model import Service
from services.chassis.service import create_service
from services.finance.api import router
from services.finance.commands import (
    DECISIONS,
    rederived_refusal,
    rederived_report,
    rederived_reservation,
)
from services.finance.folds import FOLDS
from services.finance.handlers import HANDLERS
from services.finance.settings import Settings
from services.finance.store import TABLES

SERVICE = Service(
    "finance",
    FINANCE,
    TABLES,
    folds=FOLDS,
    reactions=HANDLERS,
    decisions=DECISIONS,
    rederive={
        BudgetReserved: rederived_reservation,
        ReservationRefused: rederived_refusal,
        ReconciliationSigned: rederived_report,
    },
)


def create_app() -> FastAPI:
    """The service as an ASGI application."""
    return create_service(SERVICE, Settings(), router)
