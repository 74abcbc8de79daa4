"""The bench runs, and says what it promises to say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

KEYS = {
    "hops_per_s", "cases_per_s", "idiomatic_hops_per_s", "ratio", "service_msgs_per_s",
    "relay_per_s", "rebuild_per_s", "submits_per_s", "submit_p50_ms", "submit_p99_ms", "e2e_100",
    "e2e_1000", "cpu_us", "seconds", "machine", "versions", "parts",
}  # fmt: skip


@pytest.mark.kafka
@pytest.mark.timeout(240)  # a broker, a database and six services start
def test_a_quick_run_sends_every_case_through_six_services(root: Path, tmp_path: Path) -> None:
    """Six processes on a real broker: all keys are in the report, and nothing became a letter."""
    report = tmp_path / "bench.json"
    command = [
        sys.executable,
        "-m",
        "tests.bench",
        "--quick",
        "--only",
        "hops",
        "--json",
        str(report),
    ]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(report.read_text())
    assert found.keys() >= KEYS
    assert found["cpu_us"].keys() == {"python", "broker", "postgres"}
    assert found["hops_per_s"] > 0
    assert found["parts"]["hops"]["letters"] == 0
    assert found["parts"]["hops"]["messages"] == 6 * found["sizes"]["hops"]
