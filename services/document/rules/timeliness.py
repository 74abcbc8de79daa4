"""Was it in time? Each way in has its own rule, and what nobody can read is unknown, not late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from services.document.rules.facts import Correction, FileIn, Parcel
from services.document.rules.reasons import Reason, reason
from services.document.rules.requirements import Channel, Requirements

Timely = Literal["on_time", "late", "unknown"]
Standing = Literal["in_time", "mending", "open", "late", "not_admitted"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A parcel and how it stands; `mending`: sent while a correction was running."""

    parcel: Parcel
    standing: Standing
    reason: Reason | None = None


def place(parcel: Parcel, requirements: Requirements, corrections: Iterable[Correction]) -> Placed:
    """How a parcel stands under the rule of its own channel.

    Source: R42, R44-R46, A6. Unit: calendar days of the call's zone for courier, instants for hand.
    Boundary: dispatched on the last day is in time whenever it arrives; handed in at the closing
    instant itself is late. A parcel that arrived in the window was dispatched in it, whatever the
    waybill shows.
    """
    channel = requirements.channel(parcel.channel)
    if channel is None:
        unknown = reason("channel_not_admitted", channel=parcel.channel)
        return Placed(parcel, "not_admitted", unknown)
    lateness = (
        _late_by_dispatch(parcel, channel, requirements.arrival_grace_days)
        if channel.basis == "dispatch_day"
        else _late_by_receipt(parcel, channel)
    )
    if lateness is None:
        return Placed(parcel, "in_time")
    if any(_mends(parcel, channel, each) for each in corrections):
        return Placed(parcel, "mending", lateness)
    return Placed(parcel, "open" if lateness.weight == "open" else "late", lateness)


def dispatched_by_last_day(dispatched_on: date, channel: Channel) -> bool:
    """The courier took the parcel on the last day of the window or earlier.

    Source: R46. Unit: calendar days of the call's zone. Boundary: 12 July is in time, 13 July late.
    """
    return dispatched_on <= channel.last_day


def received_before_close(received_at: datetime, channel: Channel) -> bool:
    """We had it before the channel closed.

    Source: R44, R45, A6. Unit: instants. Boundary: the closing instant itself is late.
    """
    return received_at < channel.closes_before


def _late_by_dispatch(parcel: Parcel, channel: Channel, grace_days: int | None) -> Reason | None:
    arrived_on = channel.day_of(parcel.arrived_at)
    if grace_days is not None and arrived_on > (last := channel.last_day + timedelta(grace_days)):
        return reason("arrived_too_late", day=arrived_on, last_day=last)
    if arrived_on <= channel.last_day:
        return None
    if parcel.dispatched_on is None:
        return reason("waybill_unreadable")
    if dispatched_by_last_day(parcel.dispatched_on, channel):
        return None
    return reason("dispatched_late", day=parcel.dispatched_on, last_day=channel.last_day)


def _late_by_receipt(parcel: Parcel, channel: Channel) -> Reason | None:
    if received_before_close(parcel.arrived_at, channel):
        return None
    return reason(
        "received_late",
        instant=parcel.arrived_at.isoformat(),
        closes_before=channel.closes_before.isoformat(),
    )


def _mends(parcel: Parcel, channel: Channel, correction: Correction) -> bool:
    """Whether the parcel went out (courier) or came in (hand) while a correction was running."""
    went_on: date | None = channel.day_of(parcel.arrived_at)
    if channel.basis == "dispatch_day":
        went_on = parcel.dispatched_on
    asked_on = channel.day_of(correction.requested_at)
    return went_on is not None and asked_on <= went_on <= correction.due_on


def paper_timely(placed: Iterable[Placed]) -> Timely:
    """One delivery in time makes the application timely; only readable lateness makes it late.

    Source: R45, R46, law 4. Boundary: nothing received, or only unreadable waybills: unknown.
    """
    standings = {each.standing for each in placed}
    if "in_time" in standings:
        return "on_time"
    if "open" in standings or not standings & {"late", "mending"}:
        return "unknown"
    return "late"


def file_in_time(file: FileIn, requirements: Requirements) -> bool:
    """The server had it before its channel closed; a channel the call lacks admits nothing."""
    channel = requirements.channel(file.channel)
    return channel is not None and received_before_close(file.received_at, channel)


def file_mends(file: FileIn, requirements: Requirements, corrections: Iterable[Correction]) -> bool:
    """The file came while a correction was running; its last day counts to its end."""
    channel = requirements.channel(file.channel)
    return channel is not None and any(
        each.requested_at <= file.received_at and channel.day_of(file.received_at) <= each.due_on
        for each in corrections
    )
