"""Per-channel deadline rules: the waybill's day, our server or the clerk's register decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.submission.rules.call.problems import Text
from services.submission.rules.call.values import Channel, Window

DISPATCHED_BY_LAST_DAY = "dispatched_by_last_day"
RECEIVED_BEFORE_CLOSE = "received_before_close"
DEADLINE_RULE_IDS = frozenset({DISPATCHED_BY_LAST_DAY, RECEIVED_BEFORE_CLOSE})


class Timing(StrEnum):
    """Whether something came in time; undetermined when nobody can read the day on the waybill."""

    IN_TIME = "in_time"
    LATE = "late"
    EARLY = "early"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class TimingVerdict:
    """The timing, the rule and clause behind it, and the comparison in words."""

    timing: Timing
    rule: str
    clause: str
    sentence: Text


class WrongKindOfTime(TypeError):
    """A dispatch rule was given an instant, or a receipt rule a bare day."""


def dispatched_by_last_day(dispatched_on: date, window: Window) -> Timing:
    """A parcel was handed to the courier on or before the last day of the window.

    Source: R46 以快递寄送的，以快递发出日期为准 (A6). Unit: days, as on the waybill; no time of
    day is ever made up. Boundary: 12 July 2021 is in time, 13 July is late.
    """
    if dispatched_on > window.last_day:
        return Timing.LATE
    return Timing.EARLY if dispatched_on < _first_day(window) else Timing.IN_TIME


def received_before_close(received_at: datetime, window: Window) -> Timing:
    """Our server, or the clerk, had it before the window closed.

    Source: R44, R45 (A6). Unit: instants, to the microsecond. Boundary: `closes_before` itself is
    late, one microsecond earlier is in time; `opens_at` itself is in time.
    """
    if received_at >= window.closes_before:
        return Timing.LATE
    return Timing.EARLY if received_at < window.opens_at else Timing.IN_TIME


def arrived_within_grace(arrived_on: date, window: Window) -> bool:
    """A parcel sent in time did not arrive later than the call still takes it.

    Source: A6 (`arrival_grace_days`; unset means no limit). Unit: calendar days after the last day.
    Boundary: with 7 days, 19 July 2021 is within, 20 July is not.
    """
    grace = window.arrival_grace_days
    return grace is None or arrived_on <= window.last_day + timedelta(days=grace)


def judge_timing(
    channel: Channel,
    when: date | datetime | None,
    window: Window,
    arrived_on: date | None = None,
) -> TimingVerdict:
    """Apply the channel's own rule; a courier's `when` is the waybill's day, None if unreadable.

    Raises:
        WrongKindOfTime: `when` is not of the kind the rule compares; nothing is made up to fit.
    """
    if channel.rule == "dispatch_day":
        return _judge_dispatch(channel, when, window, arrived_on)
    if not isinstance(when, datetime) or when.tzinfo is None:
        raise WrongKindOfTime(f"The channel {channel.id} needs an instant with its offset.")
    timing = received_before_close(when, window)
    words = _WORDS[timing]
    shown = when.astimezone(window.closes_before.tzinfo).isoformat()
    closes = window.closes_before.isoformat()
    sentence = Text(
        f"收到时刻 {shown}，截止 {closes}（不含）：{words.zh}。",
        f"Received at {shown}; the window closes before {closes}: {words.en}.",
    )
    return TimingVerdict(timing, RECEIVED_BEFORE_CLOSE, channel.clause, sentence)


def _judge_dispatch(
    channel: Channel, when: date | datetime | None, window: Window, arrived_on: date | None
) -> TimingVerdict:
    if isinstance(when, datetime):
        raise WrongKindOfTime(f"The channel {channel.id} compares the day on the waybill only.")
    timing = Timing.UNDETERMINED if when is None else dispatched_by_last_day(when, window)
    grace = ""
    if timing is Timing.IN_TIME and arrived_on and not arrived_within_grace(arrived_on, window):
        timing, grace = Timing.LATE, str(arrived_on)
    words = _WORDS[timing]
    sentence = Text(
        f"运单发出日期 {when or '无法辨认'}，最后一天 {window.last_day}"
        f"{f'，到达日 {grace} 超出宽限' if grace else ''}：{words.zh}。",
        f"Dispatch date on the waybill: {when or 'unreadable'}; last day {window.last_day}"
        f"{f'; it arrived on {grace}, after the days of grace' if grace else ''}: {words.en}.",
    )
    return TimingVerdict(timing, DISPATCHED_BY_LAST_DAY, channel.clause, sentence)


def on_time(channel: Channel, when: date | datetime, window: Window) -> bool:
    """Whether something that came by this channel counts as in time.

    Source: R44-R46. Boundary: see `dispatched_by_last_day` and `received_before_close`.
    """
    return judge_timing(channel, when, window).timing is Timing.IN_TIME


def application_timing(deliveries: Iterable[tuple[Channel, Timing]], window: Window) -> Timing:
    """Every form the call needs came in time by one of its channels.

    Source: R41-R46 (A6: e-mail in time, dispatch late). Boundary: one late form makes the whole
    late; a form whose only waybill cannot be read leaves it undetermined, not late.
    """
    best: dict[str, Timing] = {}
    for channel, timing in deliveries:
        known = best.get(channel.carries, timing)
        best[channel.carries] = min(known, timing, key=_ORDER.index)
    needed = [best.get(form, Timing.LATE) for form in window.forms_required]
    return max(needed, key=_ORDER.index, default=Timing.IN_TIME)


_ORDER = (Timing.IN_TIME, Timing.UNDETERMINED, Timing.EARLY, Timing.LATE)
_WORDS = {
    Timing.IN_TIME: Text("按时", "in time"),
    Timing.LATE: Text("逾期", "late"),
    Timing.EARLY: Text("早于开放", "before the window opened"),
    Timing.UNDETERMINED: Text("待核实", "to be found out"),
}


def _first_day(window: Window) -> date:
    return window.opens_at.astimezone(window.closes_before.tzinfo).date()
