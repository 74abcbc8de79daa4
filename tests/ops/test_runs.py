"""Two runs compared: snapshots, exports and reports, application by application."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.chassis.causes import Record
from services.chassis.recovery import segments
from services.cli.inspect import plain
from services.ops.definitions import definitions
from services.ops.replays.runs import RunUnreadable, compare
from tests.ops.batches import edited, of_type

pytestmark = pytest.mark.slow


def exported(records: Iterable[Record], path: Path) -> Path:
    """The records as `mingjing export` writes them."""
    path.write_bytes(b"".join(orjson.dumps(plain(r)) + b"\n" for r in records))
    return path


def snapshot(records: Iterable[Record], folder: Path) -> Path:
    """The records as `mingjing replay snapshot` writes them."""
    places: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda r: (r.topic, r.partition, r.offset)):
        places.setdefault(record.place, []).append(record)
    folder.mkdir()
    held = {
        place: {"records": len(rows), "segments": [segments.write_segment(folder, rows)]}
        for place, rows in places.items()
    }
    segments.write_manifest(folder, held)
    return folder


def compared(first: Path, second: Path, *ignore: str) -> dict[str, Any]:
    return compare(definitions(), first, second, ignore)


def test_a_snapshot_and_an_export_of_one_log_are_equal(
    records: list[Record], tmp_path: Path
) -> None:
    """Whatever way the bytes took, the stores they make are the same."""
    found = compared(snapshot(records, tmp_path / "s"), exported(records, tmp_path / "e"))

    assert found == {
        "kind": "log", "equal": True, "applications": {}, "only_in_first": [], "only_in_second": [],
        "others": [],
    }  # fmt: skip


def test_a_changed_score_is_found_under_its_application(
    records: list[Record], tmp_path: Path
) -> None:
    """One point more on one sheet: the application, the table, the field, both values."""
    victim = of_type(records, "review.scores_submitted")[0]
    points = orjson.loads(victim.value)["points"]
    first = next(iter(points))
    other = edited(victim, points={**points, first: points[first] - 1})
    changed = [other if r is victim else r for r in records]
    found = compared(exported(records, tmp_path / "a"), exported(changed, tmp_path / "b"))

    assert list(found["applications"]) == [victim.read_envelope().key]
    ((change,),) = found["applications"].values()
    assert (change["service"], change["table"], change["field"]) == (
        "review",
        "score_sheet",
        "points",
    )
    assert change["before"][first] == change["after"][first] + 1
    assert compared(tmp_path / "a", tmp_path / "b", "poi*")["equal"]


def test_an_application_of_one_run_only_is_named(records: list[Record], tmp_path: Path) -> None:
    """Its rows are told as missing, and its id by itself."""
    gone = of_type(records, "submission.application_submitted")[0].read_envelope().key
    # Without a sequence, for what is taken out leaves no gap that way.
    bare = [replace(r, headers=[h for h in r.headers if h[0] != "ce_sequence"]) for r in records]
    rest = [r for r in bare if (r.key or b"").decode() != gone]
    found = compared(exported(bare, tmp_path / "a"), exported(rest, tmp_path / "b"))

    assert found["only_in_first"] == [gone]
    assert found["only_in_second"] == []
    assert gone in found["applications"]


def test_two_reports_are_compared_leaf_by_leaf(tmp_path: Path) -> None:
    """A season's report is JSON; seconds may be passed over."""
    one, two = tmp_path / "1.json", tmp_path / "2.json"
    one.write_bytes(orjson.dumps({"awards": {"awarded": 30}, "seconds": 1}))
    two.write_bytes(orjson.dumps({"awards": {"awarded": 29}, "seconds": 2}))

    found = compared(one, two, "seconds")
    assert found["differences"] == [{"field": "awards.awarded", "before": 30, "after": 29}]
    assert compared(one, one)["equal"]


def test_what_is_no_run_is_refused(records: list[Record], tmp_path: Path) -> None:
    """Nothing there, nothing readable, or a report against a log."""
    export = exported(records[:1], tmp_path / "e")
    report, noise = tmp_path / "r.json", tmp_path / "noise"
    report.write_text("{}")
    noise.write_text("no JSON\n")
    (tmp_path / "empty").mkdir()
    pairs = [
        (export, report),
        (noise, noise),
        (tmp_path / "empty", export),
        (tmp_path / "x", export),
    ]
    for first, second in pairs:
        with pytest.raises(RunUnreadable):
            compared(first, second)
