"""HTTP routes of submission."""

from fastapi import APIRouter

from services.submission.api import applications, calls, notices, receipts

router = APIRouter()
for part in (calls, applications, receipts, notices):
    router.include_router(part.router)
