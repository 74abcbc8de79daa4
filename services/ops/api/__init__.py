"""Ops over HTTP: the story of a case, how every service stands, dead letters, replays."""

from fastapi import APIRouter

from services.ops.api import cases, replays, standing

router = APIRouter()
for part in (cases, standing, replays):
    router.include_router(part.router)

__all__ = ["router"]
