"""Objects by name, so that one process can tell another what to run."""

from importlib import import_module
from typing import Any


def named(name: str) -> Any:
    """What `package.module:ATTRIBUTE` names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
