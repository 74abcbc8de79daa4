"""Garbage collection in a process that holds a store's rows."""

import gc

THRESHOLDS = (100_000, 50, 100)
"""Rows live long: the default thresholds walk them all the time (a third of the CPU, measured)."""


def collect_rarely() -> None:
    """Look for garbage cycles seldom; whatever is no part of one is freed at once as ever."""
    gc.set_threshold(*THRESHOLDS)
