"""The bench runs, and says what it promises to say."""

import json
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.bench.line import ROOT
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


PARTS = ("hops", "scale", "flat", "growth", "ops")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of one quick run."""
    report = tmp_path_factory.mktemp("bench") / "bench.json"
    only = [word for part in PARTS for word in ("--only", part)]
    command = [sys.executable, "-m", "tests.bench", "--quick", *only, "--json", str(report)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = json.loads(report.read_text())
    return read


@pytest.mark.kafka
@pytest.mark.timeout(300)  # a broker, a database and, part after part, fifteen processes start
def test_a_quick_run_sends_every_case_through_six_services(found: dict[str, Any]) -> None:
    """Six processes on a real broker: all keys are in the report, and nothing became a letter."""
    assert found.keys() >= KEYS
    assert found["cpu_us"].keys() == {"python", "broker", "postgres"}
    assert found["hops_per_s"] > 0
    assert found["parts"]["hops"]["letters"] == 0
    assert found["parts"]["hops"]["messages"] == 6 * found["sizes"]["hops"]


@pytest.mark.kafka
@pytest.mark.timeout(300)  # as above, whichever is first
def test_replicas_join_under_load_and_nothing_is_lost_or_doubled(found: dict[str, Any]) -> None:
    """Rows, counters, outbox and topic hold what was sent once; so after taking it in for long."""
    for name in ("scale", "flat"):
        held = found["parts"][name]
        assert {held[n] for n in ("lost", "doubled", "gaps", "letters")} == {0}
        assert held["sent"] > 0
    assert {"with_1", "with_2"} <= found["parts"]["scale"].keys()
    assert found["parts"]["flat"]["intervals"][0].keys() >= {"msgs_per_s", "memory_mib"}


@pytest.mark.kafka
@pytest.mark.timeout(300)  # as above
def test_growth_goes_beyond_the_cache_and_is_drawn(found: dict[str, Any]) -> None:
    """The largest store has more rows than memory may hold, and every application comes through."""
    last = found["parts"]["growth"]["to_80"]

    assert last["rows_held"] > found["sizes"]["cache_rows_max"]
    assert last["database_bytes"] > 0
    assert (ROOT / found["parts"]["growth"]["picture"]).exists()


@pytest.mark.kafka
@pytest.mark.timeout(300)  # as above
def test_a_long_log_is_one_that_every_replay_reads(found: dict[str, Any]) -> None:
    """Every service folds something of it, and its sealed ranking ranks the same again."""
    held = found["parts"]["ops"]

    assert held["what_if"]["baseline_equals_recorded"]
    assert held["what_if"]["changed"] > 0
    assert min(service["folded"] for service in held["service_as_of"].values()) > 0


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
        assert ("cache full" in texts) == (full is not None)
