"""What paper and electronic version must hold: each fault at its boundary."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.document.rules.assessment import Assessment, missing
from services.document.rules.facts import FileIn, Parcel, Received
from services.document.rules.paper import implausible
from services.document.rules.requirements import (
    Requirements,
)

MakeParcel = Callable[..., Parcel]
MakeFile = Callable[..., FileIn]


def codes(assessment: Assessment) -> list[str]:
    return [r.code for r in assessment.reasons]


def notes(assessment: Assessment) -> list[str]:
    return [r.code for r in assessment.findings]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"copies": 4, "sealed": 4}, ["copies_short"]),
        ({"copies": 5}, []),
        ({"copies": 6, "sealed": 5}, []),
        ({"originals": 0}, ["originals_short"]),
        ({"sealed": 4}, ["seal_missing"]),
        ({"copies": 4, "sealed": 3}, ["copies_short", "seal_missing"]),
        ({"opinion_signed": False}, ["opinion_missing"]),
        ({"opinion_written": False}, ["opinion_blank"]),
        ({"opinion_dated": False}, ["opinion_undated"]),
        ({"opinion_written": True, "opinion_dated": True}, []),
        ({"signatory": "driver"}, ["signatory_not_admitted"]),
        ({"signatory": "secretary_general"}, []),
        ({"vetted": False}, ["vetting_missing"]),
        (
            {"copies": 0, "originals": 0, "sealed": 0, "opinion_signed": False, "vetted": False},
            ["copies_short", "originals_short", "opinion_missing", "vetting_missing"],
        ),
    ],
)
def test_every_fault_of_the_paper_has_its_own_code(
    requirements: Requirements,
    parcel: MakeParcel,
    file: MakeFile,
    changes: dict[str, Any],
    expected: list[str],
) -> None:
    """One copy, original or seal too few is a fault; exactly enough is none (R38-R41, A16)."""
    found = missing(requirements, Received((file(),), (parcel(**changes),)))
    assert codes(found) == expected
    assert found.verdict == ("incomplete" if expected else "complete")


def test_the_sentence_says_how_many_copies_lack_the_seal(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Five copies of which one lacks the seal: the applicant reads the number in both languages."""
    (found,) = missing(requirements, Received((file(),), (parcel(sealed=4),))).reasons
    assert "有1份" in found.zh
    assert "on 1 of the 5" in found.en


def test_a_late_parcel_is_checked_all_the_same(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Whoever is late hears everything at once."""
    sent = parcel(dispatched_on=date(2021, 7, 13), copies=4, sealed=4)
    found = missing(requirements, Received((file(),), (sent,)))
    assert codes(found) == ["dispatched_late", "copies_short"]


def test_copies_of_several_parcels_in_time_add_up(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Four copies and one more in time are five; one more that is late adds nothing."""
    four = parcel(copies=4, sealed=4)
    one = parcel(parcel_id="q", copies=1, originals=0, sealed=1)
    late = replace(one, dispatched_on=date(2021, 7, 13))
    assert missing(requirements, Received((file(),), (four, one))).verdict == "complete"
    short = missing(requirements, Received((file(),), (four, late)))
    assert codes(short) == ["copies_short"]
    assert notes(short) == ["late_parcel_ignored"]
    assert short.timely == "on_time"


@pytest.mark.parametrize(("which", "chosen"), [("last", "second"), ("first", "first")])
def test_of_two_electronic_versions_the_call_says_which_counts(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile, which: str, chosen: str
) -> None:
    """It is a finding, not a rejection, and the one that counts is named."""
    asked = replace(requirements, electronic_counts=which)  # type: ignore[arg-type]
    first = file("2021-07-11T09:00:00+08:00", file_id="first")
    second = file("2021-07-12T09:00:00+08:00", file_id="second", sha256="b" * 64)
    found = missing(asked, Received((second, first), (parcel(),)))
    assert found.verdict == "complete"
    assert notes(found) == ["two_electronic_versions"]
    assert found.electronic_file_id == chosen


def test_a_second_email_after_closing_replaces_nothing(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """The version that came in time stands, and the later one is recorded."""
    second = file("2021-07-13T08:00:00+08:00", file_id="second", sha256="b" * 64)
    found = missing(requirements, Received((file(file_id="first"), second), (parcel(),)))
    assert found.verdict == "complete"
    assert notes(found) == ["electronic_after_closing"]
    assert found.electronic_file_id == "first"


def test_the_same_bytes_twice_are_one_version(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Two e-mails with equal attachments leave nothing to choose."""
    again = file("2021-07-11T09:00:00+08:00")
    assert missing(requirements, Received((file(), again), (parcel(),))).findings == ()


def test_an_attachment_of_another_kind_is_no_electronic_version(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Only the kinds the call names count."""
    found = missing(requirements, Received((file(kind="photograph"),), (parcel(),)))
    assert codes(found) == ["electronic_missing"]


def test_paper_that_differs_from_the_electronic_version_is_only_recorded(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """A mismatch is a finding, never silently resolved, and the call says which governs (A11)."""
    found = missing(requirements, Received((file(),), (parcel(matches_electronic=False),)))
    assert found.verdict == "complete"
    assert notes(found) == ["paper_differs"]
    assert "纸质版" in found.findings[0].zh


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ()),
        ({"originals": 5}, ()),
        ({"originals": 6}, ("originals_over_copies",)),
        ({"sealed": 6}, ("sealed_over_copies",)),
        ({"dispatched_on": date(2021, 7, 20)}, ()),
        ({"dispatched_on": date(2021, 7, 21)}, ("dispatched_after_arrival",)),
    ],
)
def test_counts_that_cannot_be_are_told_from_findings(
    parcel: MakeParcel, changes: dict[str, Any], expected: tuple[str, ...]
) -> None:
    """A typing mistake must not become a reason to refuse somebody."""
    assert implausible(parcel(**changes)) == expected
