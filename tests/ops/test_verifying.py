"""Verify: decisions follow from their own events, and their inputs were there before them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from services.chassis.causes import Record
from services.ops.definitions import definitions
from services.ops.replays.verifying import Report, verify_batches
from tests.ops.batches import batches, edited, of_type

pytestmark = pytest.mark.slow


async def verified(records: Iterable[Record]) -> Report:
    return await verify_batches(definitions(), batches(records))


def faults(report: Report) -> dict[str, int]:
    return dict(report.faults)


async def test_a_season_holds(records: list[Record]) -> None:
    """Every decision is derived again, and every input it names is found before it."""
    report = await verified(records)

    assert report.to_json()["offenders"] == []
    assert report.holds
    for event_type in ("eligibility.eligibility_assessed", "document.documents_assessed"):
        assert report.decisions[event_type] == len(of_type(records, event_type)) > 0
    assert report.decisions["review.ranking_sealed"] == 1
    assert {"fact", "application", "criteria", "parcel", "file", "sheet", "caps"} <= set(
        report.inputs
    )


async def test_copies_on_the_log_are_verified_once(records: list[Record]) -> None:
    """A relay may send an event twice; it is one decision."""
    report = await verified([*records, *records])

    assert report.to_json() == (await verified(records)).to_json()


async def test_a_verdict_that_does_not_follow_is_found(records: list[Record]) -> None:
    """Somebody edits one recorded verdict and leaves its evidence."""
    victim = of_type(records, "eligibility.eligibility_assessed")[0]
    forged = edited(victim, verdict="eligible", failed_rules=["R99"])
    report = await verified([forged if r is victim else r for r in records])

    assert report.differing == {"eligibility.eligibility_assessed": 1}
    assert report.offenders[0]["event_id"] == victim.read_envelope().id
    assert "failed_rules" in report.offenders[0]["fields"]


INPUTS = [
    ("eligibility.fact_recorded", "fact"),
    ("submission.application_submitted", "application"),
    ("document.paper_received", "parcel"),
    ("document.file_received", "file"),
    ("review.scores_submitted", "sheet"),
    ("review.award_recommended", "recommendation"),
    ("finance.budget_approved", "budget"),
    ("submission.call_published", "criteria"),
]


@pytest.mark.parametrize(("event_type", "kind"), INPUTS)
async def test_an_input_that_is_not_in_the_log_is_missing(
    records: list[Record], event_type: str, kind: str
) -> None:
    """An event that a decision rests on was taken out of the log."""
    report = await verified(r for r in records if r.read_envelope().type != event_type)

    assert report.faults[f"{kind} missing"] > 0


TOGETHER = "document.paper_received"
"""Counting a parcel and judging the papers is one transaction: neither can come later."""


@pytest.mark.parametrize(("event_type", "kind"), [i for i in INPUTS if i[0] != TOGETHER])
async def test_an_input_that_came_later_is_told(
    records: list[Record], event_type: str, kind: str
) -> None:
    """The same event, put into the log after the decision."""
    later = [
        replace(r, logged_at=10**12) if r.read_envelope().type == event_type else r
        for r in records
    ]  # fmt: skip
    report = await verified(later)

    assert report.faults[f"{kind} later"] > 0


async def test_an_input_that_says_something_else_is_told(records: list[Record]) -> None:
    """A recorded fact was rewritten after the decision that used it."""
    used = _facts_used(records)
    victim = next(
        r
        for r in of_type(records, "eligibility.fact_recorded")
        if orjson.loads(r.value)["fact_id"] in used
    )
    fact = orjson.loads(victim.value)["fact"]
    other = {**fact, "source": {**fact["source"], "url": "https://fiction.invalid/another"}}
    forged = edited(victim, fact=other)
    report = await verified([forged if r is victim else r for r in records])

    assert set(faults(report)) == {"fact different"}


async def test_evidence_that_cannot_be_read_is_told(records: list[Record]) -> None:
    """A decision without its evidence neither follows nor names anything."""
    victim = of_type(records, "eligibility.eligibility_assessed")[0]
    forged = edited(victim, evidence={})
    report = await verified([forged if r is victim else r for r in records])

    assert report.differing == {"eligibility.eligibility_assessed": 1}
    assert faults(report) == {"evidence unreadable": 1}


async def test_an_input_within_the_clocks_skew_is_before(records: list[Record]) -> None:
    """One millisecond more than the skew is not."""
    victim = next(iter(of_type(records, "review.ranking_sealed")))
    sheets = {r.offset: r for r in of_type(records, "review.scores_submitted")}
    for late, expected in ((1_000, 0), (1_001, 1)):
        first = next(iter(sheets.values()))
        moved = replace(first, logged_at=victim.logged_at + late)
        report = await verified([moved if r is first else r for r in records])
        assert report.faults["sheet later"] == expected


def _facts_used(records: list[Record]) -> set[str]:
    found: set[str] = set()
    for record in of_type(records, "eligibility.eligibility_assessed"):
        body: dict[str, Any] = orjson.loads(record.value)
        found |= {fact["id"] for fact in body["evidence"]["facts"]}
    return found
