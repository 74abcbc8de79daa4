"""HTTP routes of review."""

from fastapi import APIRouter

from services.review.api import awards, panels, reviewers

router = APIRouter()
for part in (reviewers, panels, awards):
    router.include_router(part.router)
