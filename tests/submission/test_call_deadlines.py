"""Deadlines per channel, one tick each side, and never an invented time of day."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from services.submission.calls import CAST_2021, load
from services.submission.rules.call import (
    Channel,
    Timing,
    WrongKindOfTime,
    application_timing,
    judge_timing,
    on_time,
    parse_call,
)

WINDOW = parse_call(load(CAST_2021)).window
TICK = timedelta(microseconds=1)
CLOSES = WINDOW.closes_before


def channel(channel_id: str) -> Channel:
    found = WINDOW.channel(channel_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("dispatched_on", "timing"),
    [
        (date(2021, 6, 30), Timing.EARLY),
        (date(2021, 7, 1), Timing.IN_TIME),
        (date(2021, 7, 12), Timing.IN_TIME),
        (date(2021, 7, 13), Timing.LATE),
    ],
)
def test_a_courier_is_judged_by_the_day_on_the_waybill(dispatched_on: date, timing: Timing) -> None:
    """R46: 12 July is in time whenever it arrives, 13 July is late."""
    verdict = judge_timing(channel("courier"), dispatched_on, WINDOW, date(2021, 7, 20))
    assert (verdict.timing, verdict.rule, verdict.clause) == (
        timing,
        "dispatched_by_last_day",
        "R46",
    )
    assert dispatched_on.isoformat() in verdict.sentence.zh
    assert dispatched_on.isoformat() in verdict.sentence.en


@pytest.mark.parametrize("channel_id", ["email", "upload", "hand"])
@pytest.mark.parametrize(
    ("received_at", "in_time"),
    [
        (CLOSES - TICK, True),
        (CLOSES, False),
        (datetime.fromisoformat("2021-07-12T15:59:59.999999+00:00"), True),
        (datetime.fromisoformat("2021-07-12T16:00:00+00:00"), False),
        (datetime.fromisoformat("2021-07-13T00:05:00+08:00"), False),
        (WINDOW.opens_at, True),
        (WINDOW.opens_at - TICK, False),
    ],
)
def test_everything_else_is_judged_by_the_instant_we_have_it(
    channel_id: str, received_at: datetime, in_time: bool
) -> None:
    """The exclusive end itself is late, whatever offset the instant is written in."""
    assert on_time(channel(channel_id), received_at, WINDOW) is in_time


def test_an_unreadable_waybill_is_not_late() -> None:
    """Nobody can read the day: undetermined, to be found out."""
    verdict = judge_timing(channel("courier"), None, WINDOW)
    assert verdict.timing is Timing.UNDETERMINED
    assert "unreadable" in verdict.sentence.en


def test_no_time_of_day_is_made_up() -> None:
    """A dispatch rule takes no instant; a receipt rule takes no bare day and no naive time."""
    for channel_id, when in (
        ("courier", CLOSES - TICK),
        ("email", date(2021, 7, 12)),
        ("email", datetime(2021, 7, 12, 12)),  # noqa: DTZ001 - the point of the test
        ("hand", None),
    ):
        with pytest.raises(WrongKindOfTime):
            judge_timing(channel(channel_id), when, WINDOW)


@pytest.mark.parametrize(
    ("arrived_on", "in_time"), [(date(2021, 7, 19), True), (date(2021, 7, 20), False)]
)
def test_days_of_grace_limit_the_arrival_only_where_the_call_sets_them(
    arrived_on: date, in_time: bool
) -> None:
    """With seven days a parcel sent in time may arrive on the 19th, not on the 20th (A6)."""
    sent = date(2021, 7, 12)
    limited = replace(WINDOW, arrival_grace_days=7)
    timing = judge_timing(channel("courier"), sent, limited, arrived_on).timing
    assert timing is (Timing.IN_TIME if in_time else Timing.LATE)
    assert judge_timing(channel("courier"), sent, WINDOW, date(2022, 7, 1)).timing is Timing.IN_TIME


def test_a_window_that_closes_during_a_day_still_takes_that_days_waybills() -> None:
    """A date cannot be split: a 17:00 close leaves the whole day to the courier."""
    at_five = replace(WINDOW, closes_before=datetime.fromisoformat("2021-07-12T17:00:00+08:00"))
    assert on_time(channel("courier"), date(2021, 7, 12), at_five)
    assert not on_time(channel("courier"), date(2021, 7, 13), at_five)


@pytest.mark.parametrize(
    ("deliveries", "timing"),
    [
        ([("courier", Timing.IN_TIME), ("email", Timing.IN_TIME)], Timing.IN_TIME),
        ([("courier", Timing.LATE), ("email", Timing.IN_TIME)], Timing.LATE),
        ([("courier", Timing.UNDETERMINED), ("email", Timing.IN_TIME)], Timing.UNDETERMINED),
        ([("courier", Timing.UNDETERMINED), ("email", Timing.LATE)], Timing.LATE),
        (
            [("courier", Timing.LATE), ("hand", Timing.IN_TIME), ("upload", Timing.IN_TIME)],
            Timing.IN_TIME,
        ),
        (
            [("email", Timing.IN_TIME), ("email", Timing.LATE), ("hand", Timing.IN_TIME)],
            Timing.IN_TIME,
        ),
        ([("email", Timing.IN_TIME)], Timing.LATE),
        ([], Timing.LATE),
    ],
)
def test_an_application_is_in_time_when_each_form_is(
    deliveries: list[tuple[str, Timing]], timing: Timing
) -> None:
    """E-mail on the 12th, parcel on the 13th: late. The best delivery of each form counts."""
    assert application_timing([(channel(c), t) for c, t in deliveries], WINDOW) is timing
