"""`python -m tests.bench --json FILE`: run every part, print the table, write the file."""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.bench.cases import cases
from tests.bench.chassis import hops, latency, single
from tests.bench.flat import flat
from tests.bench.ground import kept_ground
from tests.bench.growth import growth
from tests.bench.idiomatic import idiomatic
from tests.bench.ops import ops
from tests.bench.report import show, to_json
from tests.bench.scale import scale
from tests.bench.sizes import FULL, QUICK, Sizes
from tests.bench.submits import submits

Part = Callable[[Path, Sizes, Path | None], dict[str, Any]]
PARTS: dict[str, Part] = {
    part.__name__: part
    for part in (hops, latency, single, cases, submits, scale, flat, growth, ops, idiomatic)
}


def main() -> None:
    """Run the bench."""
    asked = _arguments()
    sizes = (QUICK if asked.quick else FULL).longer(
        asked.flat_minutes, asked.growth_max, asked.ops_events
    )
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="mingjing-bench-") as folder,
        kept_ground(Path(folder)) if asked.quick else nullcontext(),
    ):
        parts = _run(asked.only or list(PARTS), sizes, asked.profile)
    report = to_json(parts, sizes, time.monotonic() - began)
    show(report)
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")


def _run(names: list[str], sizes: Sizes, profile: Path | None) -> dict[str, Any]:
    console, parts = Console(stderr=True), {}
    for name in names:
        with (
            console.status(f"{name} …"),
            tempfile.TemporaryDirectory(prefix="mingjing-bench-") as at,
        ):
            parts[name] = PARTS[name](Path(at), sizes, profile)
    return parts


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the report to this file")
    parser.add_argument("--quick", action="store_true", help="little of everything: does it run?")
    parser.add_argument(
        "--only", action="append", choices=list(PARTS), help="run this part; may be repeated"
    )
    parser.add_argument("--flat-minutes", type=float, help="how long `flat` lasts; 1 by default")
    parser.add_argument(
        "--growth-max", type=int, default=0, help="up to 1000000 for `growth`; 100000 by default"
    )
    parser.add_argument(
        "--ops-events", type=int, default=0, help="the log of `ops`; 200000 by default"
    )
    parser.add_argument(
        "--profile",
        type=Path,
        help="folder for a table per station of where its CPU went",
    )
    asked = parser.parse_args()
    if asked.profile:
        asked.profile.mkdir(parents=True, exist_ok=True)
    return asked


if __name__ == "__main__":
    main()
