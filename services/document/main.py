"""The document process: `uvicorn --factory services.document.main:create_app`."""

from fastapi import FastAPI

from contracts.document import DOCUMENT, DocumentsAssessed
from services.chassis.model import Service
from services.chassis.service import create_service
from services.document.api import router
from services.document.clients import Blobs
from services.document.commands import DECISIONS
from services.document.commands.assessing import rederive
from services.document.folds import FOLDS
from services.document.handlers import HANDLERS
from services.document.settings import Settings
from services.document.store import TABLES

SERVICE = Service(
    "document",
    DOCUMENT,
    TABLES,
    folds=FOLDS,
    reactions=HANDLERS,
    decisions=DECISIONS,
    rederive={DocumentsAssessed: rederive},
)


def create_app() -> FastAPI:
    """The application, from the environment."""
    settings = Settings()
    app = create_service(SERVICE, settings, router)
    app.state.blobs = Blobs(settings.blob_folder)
    return app
