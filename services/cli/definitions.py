"""The six services as definitions: what a replay or a simulation folds with."""

from services.ops.definitions import definition, definitions

__all__ = ["definition", "definitions"]
