"""Document's HTTP routes: files, parcels, corrections, and what is missing."""

from fastapi import APIRouter

from services.document.api.cases import router as cases
from services.document.api.files import router as files
from services.document.api.parcels import router as parcels

router = APIRouter(tags=["documents"])
router.include_router(files)
router.include_router(parcels)
router.include_router(cases)
