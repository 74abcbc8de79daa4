"""R34: a project of the department not completed as required, vouched for and not excused."""

from typing import Any

import pytest

from services.eligibility.rules.criteria import ForceMajeure
from tests.eligibility.making import finding, judged, outcome, project, with_rule

RULE = "department_project_failed"


def changed(**parameters: Any) -> dict[str, Any]:
    return {"criteria": with_rule(RULE, **parameters)}


@pytest.mark.parametrize(("decision", "bars"), [("2019-06-30", "no"), ("2019-07-01", "yes")])
def test_a_failed_project_bars_within_the_look_back(decision: str, bars: str) -> None:
    """One day before the window it no longer counts."""
    assert outcome("R34", project(decision)) == bars


def test_the_department_is_known_under_both_its_names() -> None:
    """Renamed by 2022, it is the same department; another one's project does not count."""
    renamed = project("2020-01-01", department="cast-science-innovation-department")
    assert outcome("R34", renamed) == "yes"
    assert outcome("R34", project("2020-01-01", department="another-department")) == "no"


@pytest.mark.parametrize(
    ("result", "bars"), [("failed", "yes"), ("completed", "no"), ("unknown", "undetermined")]
)
def test_only_a_failure_counts(result: str, bars: str) -> None:
    """An unknown result is asked about."""
    assert outcome("R34", project("2020-01-01", result=result)) == bars


def test_without_the_departments_sign_off_it_is_a_claim() -> None:
    """Unsigned it opens a question, unless the pack does not ask for a signature (A5)."""
    unsigned = project("2020-01-01", signed_off_by=None)
    found = finding(judged(unsigned), "R34")
    assert found.outcome == "undetermined"
    assert found.question is not None
    assert found.question.roles == ("officer",)
    assert outcome("R34", unsigned, **changed(sign_off_required=False)) == "yes"


@pytest.mark.parametrize(
    ("policy", "claimed", "bars"),
    [
        (ForceMajeure.ASK, "no", "yes"),
        (ForceMajeure.ASK, "yes", "undetermined"),
        (ForceMajeure.ASK, "undetermined", "undetermined"),
        (ForceMajeure.EXCUSES, "yes", "no"),
        (ForceMajeure.EXCUSES, "no", "yes"),
        (ForceMajeure.EXCUSES, "undetermined", "undetermined"),
        (ForceMajeure.IGNORED, "yes", "yes"),
    ],
)
def test_force_majeure_does_what_the_pack_says(
    policy: ForceMajeure, claimed: str, bars: str
) -> None:
    """The 2021 text is silent, so the default asks; the 2022 text excuses."""
    more = changed(force_majeure=policy)
    assert outcome("R34", project("2020-01-01", force_majeure=claimed), **more) == bars
