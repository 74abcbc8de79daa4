"""Notification as a bad release would be: one fold trips over applicants of one name."""

from dataclasses import replace
from typing import Any

from fastapi import FastAPI

from services.notification import folds, main

TRIPPED_BY = "虚构UNLUCKY"


def create_app() -> FastAPI:
    """The real service but for the fold of submitted applications."""
    good = folds.application_submitted

    def trips(event: Any, rows: Any) -> None:
        if event.applicant.name.startswith(TRIPPED_BY):
            raise ZeroDivisionError("a bug of this release only")
        good.apply(event, rows)

    fold_of = main.SERVICE.fold_of
    fold_of[good.event.TYPE] = replace(good, apply=trips)
    return main.create_app()
