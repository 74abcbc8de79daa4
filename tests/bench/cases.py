"""The part that measures complete cases through the real submission, eligibility and document."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.chassis.causes import Ask
from services.submission.commands.calls import PublishCall
from services.submission.commands.drafts import BeginApplication
from services.submission.commands.submissions import SubmitApplication
from tests.bench.cost import Cost
from tests.bench.ground import ground
from tests.bench.line import ROOT
from tests.bench.sizes import Sizes

REAL = [f"services.{name}.main:SERVICE" for name in ("submission", "eligibility", "document")]
MAKERS = "tests.bench.cases"
FILE = ROOT / "services/submission/calls/cast-2021-open-cooperation.yaml"
NOW = "2021-07-05T10:00:00.000000+08:00"
"""Within the call's window, whatever the day the bench runs on."""
APPLIED_PER_CASE = 4
"""What submission applies for one case: the draft, its submission, and both verdicts."""


@cache
def _call() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return document


def applicant_id(number: int) -> str:
    """A fictional organisation each."""
    return f"FICTION-{number:06d}"


def _beginning(number: int, name: str) -> BeginApplication:
    applicant = {
        "id": applicant_id(number), "name": f"虚构学会{number}", "member_class": "regular",
        "contact_email": f"society-{number}@applicant.invalid",
    }  # fmt: skip
    form = {
        "project_leader": f"负责人{number}", "basis": "多年从事开放合作, 具备工作基础。",
        "plan": "围绕项目内容分三步实施。", "expected_results": "建立长期合作机制, 形成可核查的成果。",
        "matching_funds_fen": 1_000_000,
    }  # fmt: skip
    content = {"title": "开放合作示范", "items": ["1.1"], "requested_fen": 30_000_000, "form": form}
    return BeginApplication(_call()["id"], applicant, name, content, "secretariat")


def application_id(number: int, name: str) -> str:
    """The id that submission gives the application."""
    return _beginning(number, name).application_id


def publish(number: int, now: str, name: str) -> Ask:
    """The command that opens the 2021 call."""
    return Ask(f"call-{name}", PublishCall(_call(), "officer"), NOW, "call")


def begin(number: int, now: str, name: str) -> Ask:
    """The command that writes a draft."""
    return Ask(f"begin-{name}-{number}", _beginning(number, name), NOW, "")


def submit(number: int, now: str, name: str) -> Ask:
    """The command that submits it, with an idempotency key, as over HTTP."""
    case, key = application_id(number, name), f"secretariat|{name}-{number}"
    command = SubmitApplication(case, "", "secretariat", applicant_id(number))
    return Ask(f"submit-{name}-{number}", command, NOW, case, replay_key=key, fingerprint="bench")


def cases(folder: Path, sizes: Sizes, profile: Path | None) -> dict[str, Any]:
    """Complete cases per second, three real services in three processes.

    A case is complete when its submission is decided and stored, eligibility has screened it,
    document has checked it, and both verdicts are back in submission's store, each step in its own
    transaction and over the log. Drafts are written beforehand.
    """
    with ground(folder, profile) as on:
        stations = on.stations_for(REAL)
        submission = stations[0]
        submission.ask("drive", maker=f"{MAKERS}:publish", name="2021", count=1)
        for station in stations[1:]:
            station.ask("applied", count=1)
        submission.ask("drive", maker=f"{MAKERS}:begin", name="first", count=sizes.cases)
        with Cost(on, [s.pid for s in stations]) as cost:
            submission.ask("drive", maker=f"{MAKERS}:submit", name="first", count=sizes.cases)
            submission.ask("applied", count=1 + APPLIED_PER_CASE * sizes.cases)
        held = [station.ask("counts") for station in stations]
    if bad := [h for h in held if h["letters"] or h["refused"]]:
        raise AssertionError(f"something was refused: {bad}")
    return cost.report(
        sizes.cases, cases_per_s=round(sizes.cases / cost.seconds),
        events_per_case=round(sum(h["sent"] for h in held) / sizes.cases, 1),
    )  # fmt: skip
