"""The bench runs, and says what it promises to say."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.bench.plot import Line, Panel, drawn
from tests.bench.report import summary
from tests.bench.sizes import FULL
from tests.bench.targets import FIGURES, Figure

KEYS = {
    "hops_per_s", "cases_per_s", "idiomatic_hops_per_s", "ratio", "service_msgs_per_s",
    "relay_per_s", "rebuild_per_s", "submits_per_s", "submit_p50_ms", "submit_p99_ms", "e2e_100",
    "e2e_1000", "case_as_of_p99_ms", "causal_tree_p99_ms", "service_as_of_s_per_million",
    "what_if_s", "targets", "cpu_us", "seconds", "machine", "versions", "parts",
}  # fmt: skip


def quick(root: Path, report: Path, *parts: str) -> dict[str, Any]:
    """A quick run of some parts; its report."""
    only = [word for part in parts for word in ("--only", part)]
    command = [sys.executable, "-m", "tests.bench", "--quick", *only, "--json", str(report)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(report.read_text())
    return found


@pytest.mark.kafka
@pytest.mark.timeout(240)  # a broker, a database and six services start
def test_a_quick_run_sends_every_case_through_six_services(root: Path, tmp_path: Path) -> None:
    """Six processes on a real broker: all keys are in the report, and nothing became a letter."""
    found = quick(root, tmp_path / "bench.json", "hops")

    assert found.keys() >= KEYS
    assert found["cpu_us"].keys() == {"python", "broker", "postgres"}
    assert found["hops_per_s"] > 0
    assert found["parts"]["hops"]["letters"] == 0
    assert found["parts"]["hops"]["messages"] == 6 * found["sizes"]["hops"]


@pytest.mark.kafka
@pytest.mark.timeout(240)  # as above, a little of four parts
def test_scale_endurance_growth_and_looking_back_run(root: Path, tmp_path: Path) -> None:
    """Replicas join under load and nothing is lost or doubled; the others say what they measured."""
    parts = quick(root, tmp_path / "bench.json", "scale", "flat", "growth", "ops")["parts"]

    for name in ("scale", "flat"):
        held = parts[name]
        assert {held[n] for n in ("lost", "doubled", "gaps", "letters")} == {0}
        assert held["sent"] > 0
    assert {"with_1", "with_2"} <= parts["scale"].keys()
    assert parts["flat"]["intervals"][0].keys() >= {"msgs_per_s", "memory_mib"}
    assert parts["growth"]["to_80"]["database_bytes"] > 0
    assert parts["growth"]["to_80"]["rows_held"] > 100  # more than the cache holds
    assert (root / parts["growth"]["picture"]).exists()
    assert parts["ops"]["what_if"]["baseline_equals_recorded"]
    assert parts["ops"]["service_as_of"]["review"]["folded"] > 0


def test_a_figure_is_met_at_its_target_and_missed_beside_it() -> None:
    """At the very target it is met; without a target or a figure nothing is said."""
    least, most = Figure("a", (), least=60), Figure("b", (), most=30)

    assert [least.judge(v) for v in (60, 59.9, None)] == ["met", "missed", ""]
    assert [most.judge(v) for v in (30, 30.1, None)] == ["met", "missed", ""]
    assert Figure("c", ()).judge(1) == ""


def test_the_summary_of_nothing_has_every_figure() -> None:
    """A part that was not run leaves its figures empty, and none is judged."""
    found = summary({})

    assert {figure.name for figure in FIGURES} <= found.keys()
    assert set(found["targets"].values()) == {""}


def test_more_can_be_asked_for() -> None:
    """A million applications, ten minutes, a million events."""
    sizes = FULL.longer(10, 1_000_000, 1_000_000)

    assert (sizes.growth[-1], sizes.flat_seconds, sizes.ops_events) == (1_000_000, 600, 1_000_000)
    assert FULL.longer(None, 0, 0) == FULL


def test_a_drawing_is_xml_with_a_line_for_each_cost() -> None:
    """Names are escaped; the place where the cache is full is drawn when there is one."""
    panel = Panel("CPU & more", [Line("a<b", [(1_000, 1.0), (100_000, 9.0)])])
    for full in (None, 50_000):
        tree = ElementTree.fromstring(drawn("costs", [panel], full))  # noqa: S314 (our own text)
        texts = [e.text for e in tree.iter() if e.tag.endswith("text")]
        assert {"CPU & more", "a<b", "1,000", "100,000"} <= set(texts)
        assert ("rows beyond the cache" in texts) == (full is not None)
