"""Many simulated seasons on all processors, some of them twice: how many events, and whether all was well."""

import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from tests.faults.checker import check
from tests.faults.simulation.run import simulate

AGAIN_EVERY = 50
"""Every so many seeds one is simulated in a second process, to see the same bytes."""
CHUNK = 8
SAID_EVERY_SECONDS = 15
OFFENCES_MAX = 20

T = TypeVar("T")
R = TypeVar("R")


def simulated(seeds: range, say: Callable[[str], None]) -> dict[str, Any]:
    """Play every seed and check it; play some again elsewhere and compare their logs byte for byte."""
    began = time.monotonic()
    events, logs = 0, dict[int, str]()
    offences: list[str] = []
    for seed, one, found, log in _said(_spread(one_seed, seeds), len(seeds), say):
        events += one
        offences += found
        logs[seed] = log
    again = [seed for seed in seeds if seed % AGAIN_EVERY == seeds.start % AGAIN_EVERY]
    same = all(logs[seed] == log for seed, log in zip(again, _spread(log_of, again), strict=True))
    return {
        "seeds": len(logs), "events": events, "identical": same, "twice": len(again),
        "offences": offences[:OFFENCES_MAX], "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def _spread(work: Callable[[T], R], over: Iterable[T]) -> Iterator[R]:
    """Work on all processors, in processes that share nothing, not even how they hash a string."""
    apart = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), apart, initializer=_collect_between_seeds) as pool:
        yield from pool.map(work, over, chunksize=CHUNK)


def _said(results: Iterable[R], of: int, say: Callable[[str], None]) -> Iterator[R]:
    """Say now and then how far it is."""
    began = last = time.monotonic()
    for done, result in enumerate(results, start=1):
        yield result
        now = time.monotonic()
        if now - last > SAID_EVERY_SECONDS or done == of:
            last = now
            say(f"simulated {done} of {of} seeds, {done / (now - began):.1f} a second")


def _collect_between_seeds() -> None:
    """A season is over soon and what it held goes with it: looking for garbage meanwhile is a tenth of the time."""
    gc.freeze()
    gc.disable()


def one_seed(seed: int) -> tuple[int, int, list[str], str]:
    """The seed, its events, its offences and its log's hash."""
    if seed % CHUNK == 0:
        gc.collect()
    run = simulate(seed)
    found = [f"seed {seed}: {o}" for one in check(run.evidence()).values() for o in one]
    return seed, run.events, found, run.log_sha256


def log_of(seed: int) -> str:
    """The hash of a seed's log."""
    gc.collect()
    return simulate(seed).log_sha256
