"""Finance over HTTP: budgets, suppliers, agreements, payments, statements, reconciliation."""

from fastapi import APIRouter

from services.finance.api.bank import router as bank
from services.finance.api.grants import router as grants
from services.finance.api.views import router as views

router = APIRouter()
router.include_router(grants)
router.include_router(bank)
router.include_router(views)
