"""What holds for anything that could come in."""

from dataclasses import replace
from datetime import date, datetime
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.document.rules.assessment import Assessment, missing
from services.document.rules.evidence import Evidence, as_document, assess_again, read_evidence
from services.document.rules.facts import Correction, FileIn, Parcel, Received
from services.document.rules.reasons import CODES
from services.document.rules.requirements import (
    requirements_from_call,
)

CLOSES = datetime.fromisoformat("2021-07-13T00:00:00+08:00")


def codes(assessment: Assessment) -> list[str]:
    return [r.code for r in assessment.reasons]


def notes(assessment: Assessment) -> list[str]:
    return [r.code for r in assessment.findings]


days = st.dates(date(2021, 7, 9), date(2021, 7, 16))
instants = st.datetimes(datetime(2021, 7, 9), datetime(2021, 7, 30)).map(  # noqa: DTZ001
    lambda d: d.replace(tzinfo=CLOSES.tzinfo)
)
parcels = st.builds(
    Parcel,
    parcel_id=st.sampled_from(["p", "q", "r"]),
    channel=st.sampled_from(["courier", "hand"]),
    dispatched_on=st.none() | days,
    arrived_at=instants,
    copies=st.integers(0, 6),
    originals=st.integers(0, 2),
    sealed=st.integers(0, 6),
    opinion_signed=st.booleans(),
    vetted=st.booleans(),
    opinion_written=st.none() | st.booleans(),
    opinion_dated=st.none() | st.booleans(),
    signatory=st.sampled_from(["", "delegate", "driver"]),
    matches_electronic=st.none() | st.booleans(),
)
files = st.builds(
    FileIn,
    file_id=st.text("fgh", min_size=1, max_size=2),
    sha256=st.sampled_from(["a" * 64, "b" * 64]),
    kind=st.sampled_from(["application_form", "annex"]),
    channel=st.sampled_from(["upload", "email"]),
    received_at=instants,
)
corrections = st.builds(Correction, requested_at=instants, due_on=days)
received = st.builds(
    Received,
    files=st.lists(files, max_size=3).map(tuple),
    parcels=st.lists(parcels, max_size=3).map(tuple),
    corrections=st.lists(corrections, max_size=1).map(tuple),
)


@given(received)
def test_the_evidence_alone_repeats_the_assessment(call: dict[str, Any], came: Received) -> None:
    """Written to JSON and read back, the same inputs give the same answer (law 3)."""
    evidence = Evidence(1, requirements_from_call(call), came)
    document = as_document(evidence)
    assert read_evidence(document) == evidence
    assert assess_again(document) == missing(evidence.requirements, came)


@given(received)
def test_complete_always_means_in_time_and_every_code_is_listed(
    call: dict[str, Any], came: Received
) -> None:
    """A consumer that looks at the verdict alone never lets a late application pass."""
    found = missing(requirements_from_call(call), came)
    if found.verdict == "complete":
        assert found.timely == "on_time"
        assert found.reasons == ()
    assert {*codes(found), *notes(found)} <= set(CODES)


@given(received)
def test_without_a_readable_late_day_nobody_is_late(call: dict[str, Any], came: Received) -> None:
    """Wipe every waybill of couriers: late can then only be a hand delivery."""
    wiped = tuple(replace(p, dispatched_on=None) for p in came.parcels if p.channel == "courier")
    found = missing(requirements_from_call(call), replace(came, parcels=wiped))
    assert found.timely != "late"


@given(st.lists(parcels, max_size=3), st.lists(files, max_size=2))
def test_the_order_of_arrival_in_the_store_does_not_matter(
    call: dict[str, Any], sent: list[Parcel], mailed: list[FileIn]
) -> None:
    """Verdict and time depend on what came, not on the order it is listed in."""
    asked = requirements_from_call(call)
    answers = {
        (a.verdict, a.timely)
        for order in permutations(sent)
        for a in [missing(asked, Received(tuple(mailed), tuple(order)))]
    }
    assert len(answers) == 1
