"""What may be mended and until when, one day or second each side."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from services.document.rules.assessment import Assessment, missing
from services.document.rules.corrections import correctable
from services.document.rules.facts import Correction, FileIn, Parcel, Received
from services.document.rules.requirements import (
    Requirements,
)

MakeParcel = Callable[..., Parcel]
MakeFile = Callable[..., FileIn]
CLOSES = datetime.fromisoformat("2021-07-13T00:00:00+08:00")


def codes(assessment: Assessment) -> list[str]:
    return [r.code for r in assessment.reasons]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


CORRECTION = Correction(at("2021-07-20T09:00:00+08:00"), date(2021, 7, 27))


@pytest.mark.parametrize(
    ("dispatched", "verdict"),
    [
        (date(2021, 7, 19), "incomplete"),
        (date(2021, 7, 20), "complete"),
        (date(2021, 7, 27), "complete"),
        (date(2021, 7, 28), "incomplete"),
    ],
)
def test_a_correction_takes_supplements_until_the_end_of_its_last_day(
    requirements: Requirements,
    parcel: MakeParcel,
    file: MakeFile,
    dispatched: date,
    verdict: str,
) -> None:
    """A missing copy may follow while the correction runs, and the application stays in time."""
    four = parcel(copies=4, sealed=4)
    one = parcel(
        parcel_id="q", copies=1, originals=0, sealed=1, dispatched_on=dispatched,
        arrived_at=at("2021-07-29T10:00:00+08:00"),
    )  # fmt: skip
    found = missing(requirements, Received((file(),), (four, one), (CORRECTION,)))
    assert (found.verdict, found.timely) == (verdict, "on_time")


def test_a_correction_heals_no_lateness(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Without any parcel in time a parcel within a correction is as late as it is."""
    sent = parcel(dispatched_on=date(2021, 7, 21), arrived_at=at("2021-07-22T10:00:00+08:00"))
    found = missing(requirements, Received((file(),), (sent,), (CORRECTION,)))
    assert found.timely == "late"
    assert codes(found) == ["dispatched_late"]


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2021-07-20T08:59:59+08:00", ["electronic_late"]),
        ("2021-07-20T09:00:00+08:00", []),
        ("2021-07-27T23:59:59+08:00", []),
        ("2021-07-28T00:00:00+08:00", ["electronic_late"]),
    ],
)
def test_a_missing_electronic_version_may_be_mended_while_the_correction_runs(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile, received: str, expected: Any
) -> None:
    """From the moment it was asked for to the end of the last day."""
    sent = (file(received),)
    found = missing(requirements, Received(sent, (parcel(),), (CORRECTION,)))
    assert codes(found) == expected


@pytest.mark.parametrize(
    ("found", "due_on", "bar"),
    [
        (["seal_missing"], date(2021, 7, 20), ""),
        (["seal_missing"], date(2021, 7, 19), "due_in_the_past"),
        ([], date(2021, 7, 20), "nothing_to_correct"),
        (["dispatched_late", "seal_missing"], date(2021, 7, 20), "not_mendable"),
        (["paper_missing"], date(2021, 7, 20), "not_mendable"),
        (["electronic_missing"], date(2021, 7, 20), ""),
    ],
)
def test_lateness_is_never_up_for_correction(
    requirements: Requirements, found: list[str], due_on: date, bar: str
) -> None:
    """Due today is allowed, yesterday is not; what was late stays late (R45)."""
    now = at("2021-07-19T16:00:00+00:00")  # already the 20th in the call's zone
    assert correctable(requirements, found, now, due_on) == bar


def test_a_call_may_take_no_corrections(requirements: Requirements) -> None:
    """Reject at once or return for correction is a setting of the call."""
    asked = replace(requirements, correction=False)
    bar = correctable(asked, ["seal_missing"], CLOSES, date(2021, 8, 1))
    assert bar == "correction_not_offered"
