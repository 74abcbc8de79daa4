"""Replay: a store made again from the log, compared byte for byte, and decisions derived again.

Nothing leaves a replay: it has no outbox, runs no reactions and no jobs, and makes no producer.
"""

from services.chassis.replay.deriving import rederive
from services.chassis.replay.folding import Folder, undisturbed
from services.chassis.replay.rebuilding import Rebuilt, SwapRefused, rebuild
from services.chassis.replay.shadow import folded

__all__ = ["Folder", "Rebuilt", "SwapRefused", "folded", "rebuild", "rederive", "undisturbed"]
