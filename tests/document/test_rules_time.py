"""Timeliness per channel at its boundary, and what the call must say, one tick each side."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.document.rules.assessment import Assessment, missing
from services.document.rules.facts import FileIn, Parcel, Received
from services.document.rules.requirements import (
    CallUnreadable,
    Requirements,
    requirements_from_call,
)

MakeParcel = Callable[..., Parcel]
MakeFile = Callable[..., FileIn]
CLOSES = datetime.fromisoformat("2021-07-13T00:00:00+08:00")
TICK = timedelta(microseconds=1)


def codes(assessment: Assessment) -> list[str]:
    return [r.code for r in assessment.reasons]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_everything_as_asked_is_complete_and_in_time(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Dispatched on 12 July and arrived on the 20th is in time: the dispatch day governs (R46)."""
    found = missing(requirements, Received((file(),), (parcel(),)))
    assert (found.verdict, found.timely) == ("complete", "on_time")
    assert found.reasons == ()
    assert found.findings == ()


def test_a_parcel_dispatched_on_13_july_is_late_though_the_email_was_in_time(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Paper is authoritative: a timely e-mail does not save it (A11)."""
    sent = parcel(dispatched_on=date(2021, 7, 13))
    found = missing(requirements, Received((file(),), (sent,)))
    assert (found.verdict, found.timely) == ("incomplete", "late")
    assert codes(found) == ["dispatched_late"]
    assert "2021-07-13" in found.reasons[0].zh
    assert "2021-07-12" in found.reasons[0].en


def test_an_unreadable_waybill_is_undetermined_and_never_late(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Unknown is a value: nobody is rejected because ink ran (law 4)."""
    found = missing(requirements, Received((file(),), (parcel(dispatched_on=None),)))
    assert (found.verdict, found.timely) == ("undetermined", "unknown")
    assert codes(found) == ["waybill_unreadable"]


@pytest.mark.parametrize(
    ("arrived", "timely"),
    [(CLOSES - TICK, "on_time"), (CLOSES, "unknown")],
)
def test_a_parcel_that_arrived_in_the_window_was_dispatched_in_it(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile, arrived: datetime, timely: str
) -> None:
    """An unreadable waybill matters only once the window is over."""
    sent = parcel(dispatched_on=None, arrived_at=arrived)
    assert missing(requirements, Received((file(),), (sent,))).timely == timely


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [
        (CLOSES - TICK, ("complete", "on_time", [])),
        (CLOSES, ("incomplete", "late", ["received_late"])),
        (at("2021-07-13T00:05:00+08:00"), ("incomplete", "late", ["received_late"])),
        (at("2021-07-12T15:59:59+00:00"), ("complete", "on_time", [])),
    ],
)
def test_a_hand_delivery_is_judged_by_its_receipt(
    requirements: Requirements,
    parcel: MakeParcel,
    file: MakeFile,
    arrived: datetime,
    expected: tuple[str, str, list[str]],
) -> None:
    """The closing instant itself is late; the offset it was written with does not matter."""
    handed = parcel(channel="hand", dispatched_on=None, arrived_at=arrived)
    found = missing(requirements, Received((file(),), (handed,)))
    assert (found.verdict, found.timely, codes(found)) == expected


@pytest.mark.parametrize("channel", ["upload", "email"])
@pytest.mark.parametrize(
    ("received", "expected"), [(CLOSES - TICK, []), (CLOSES, ["electronic_late"])]
)
def test_the_electronic_version_is_judged_by_the_servers_receipt(
    requirements: Requirements,
    parcel: MakeParcel,
    file: MakeFile,
    channel: str,
    received: datetime,
    expected: list[str],
) -> None:
    """One tick before closing counts, the closing instant does not; the paper's time stands."""
    sent = file(received.isoformat(), channel=channel)
    found = missing(requirements, Received((sent,), (parcel(),)))
    assert codes(found) == expected
    assert found.timely == "on_time"


def test_nothing_received_is_incomplete_and_of_unknown_time(requirements: Requirements) -> None:
    """Both forms are named at once, and a parcel may still be on its way."""
    found = missing(requirements, Received())
    assert (found.verdict, found.timely) == ("incomplete", "unknown")
    assert codes(found) == ["paper_missing", "electronic_missing"]


def test_a_gap_that_an_unreadable_parcel_may_fill_stays_open(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Four copies in time and one of an unknown day: undetermined, neither short nor complete."""
    four = parcel(copies=4, sealed=4)
    one = parcel(parcel_id="q", copies=1, originals=0, sealed=1, dispatched_on=None)
    found = missing(requirements, Received((file(),), (four, one)))
    assert (found.verdict, found.timely) == ("undetermined", "on_time")
    assert codes(found) == ["waybill_unreadable"]


def test_an_unreadable_parcel_nobody_needs_opens_no_question(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Five good copies are in: what else came cannot matter."""
    extra = parcel(parcel_id="q", copies=1, dispatched_on=None)
    assert missing(requirements, Received((file(),), (parcel(), extra))).verdict == "complete"


def test_where_the_electronic_version_governs_late_paper_does_not_make_it_late(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """The other setting of A11: time follows the electronic version, the paper stays a fault."""
    asked = replace(requirements, authoritative="electronic")
    sent = parcel(dispatched_on=date(2021, 7, 13))
    found = missing(asked, Received((file(),), (sent,)))
    assert (found.verdict, found.timely) == ("incomplete", "on_time")


def test_a_channel_the_call_does_not_admit_brings_nothing(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile
) -> None:
    """Handing paper in where only posting is offered is refused with its own code."""
    posting = tuple(c for c in requirements.channels if c[0] != "hand")
    asked = replace(requirements, channels=posting)
    handed = parcel(channel="hand", arrived_at=CLOSES - TICK)
    found = missing(asked, Received((file(),), (handed,)))
    assert codes(found) == ["channel_not_admitted", "paper_missing"]


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [("2021-07-22T23:59:59+08:00", []), ("2021-07-23T00:00:00+08:00", ["arrived_too_late"])],
)
def test_a_grace_for_arrivals_ends_with_its_last_day(
    requirements: Requirements, parcel: MakeParcel, file: MakeFile, arrived: str, expected: Any
) -> None:
    """Ten days after 12 July is the 22nd, to its end; without the setting there is no limit."""
    sent = parcel(arrived_at=at(arrived))
    asked = replace(requirements, arrival_grace_days=10)
    assert codes(missing(asked, Received((file(),), (sent,)))) == expected
    assert codes(missing(requirements, Received((file(),), (sent,)))) == []


def test_a_call_without_paper_asks_for_none(requirements: Requirements, file: MakeFile) -> None:
    """Zero copies and the electronic version governing: an all-electronic call works as data."""
    asked = replace(requirements, copies=0, authoritative="electronic")
    found = missing(asked, Received((file(),)))
    assert (found.verdict, found.timely) == ("complete", "on_time")


@pytest.mark.parametrize("lost", ["copies", "seal", "electronic_kinds", "correction"])
def test_a_call_that_lacks_a_requirement_is_unreadable_by_name(
    call: dict[str, Any], lost: str
) -> None:
    """What the call does not say is not guessed."""
    broken = {**call, "documents": {k: v for k, v in call["documents"].items() if k != lost}}
    with pytest.raises(CallUnreadable, match=lost):
        requirements_from_call(broken)


def test_a_closing_instant_without_an_offset_is_refused(call: dict[str, Any]) -> None:
    """Midnight somewhere is no deadline."""
    broken = {**call, "window": {**call["window"], "closes_before": "2021-07-13T00:00:00"}}
    with pytest.raises(CallUnreadable, match="offset"):
        requirements_from_call(broken)


def test_a_channel_may_close_earlier_than_the_window(call: dict[str, Any]) -> None:
    """Deadlines are per channel."""
    early = "2021-07-12T17:00:00+08:00"
    channels = [
        {**c, "closes_before": early} if c["id"] == "email" else c
        for c in call["window"]["channels"]
    ]
    asked = requirements_from_call({**call, "window": {**call["window"], "channels": channels}})
    email, courier = asked.channel("email"), asked.channel("courier")
    assert email is not None
    assert email.closes_before == at(early)
    assert courier is not None
    assert courier.closes_before == CLOSES
