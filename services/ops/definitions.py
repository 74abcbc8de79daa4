"""The six services as definitions: what the observer folds and derives with, and never runs."""

from importlib import import_module

from services.chassis.model import Service

NAMES = ("submission", "eligibility", "document", "review", "finance", "notification")


def definition(name: str) -> Service:
    """One service's tables and functions, without its process."""
    return import_module(f"services.{name}.main").SERVICE  # type: ignore[no-any-return]


def definitions() -> dict[str, Service]:
    """All six, by name."""
    return {name: definition(name) for name in NAMES}
