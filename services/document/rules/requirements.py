"""What a call asks for on paper and electronically, and by when, taken out of the call document."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

Basis = Literal["dispatch_day", "receipt"]


@dataclass(frozen=True, slots=True)
class Channel:
    """One way in. `dispatch_day`: the day on the waybill decides; `receipt`: our own receipt does.

    `closes_before` is exclusive: 12 July inclusive is `2021-07-13T00:00:00+08:00`.
    """

    basis: Basis
    closes_before: datetime

    @property
    def last_day(self) -> date:
        """The last calendar day of the window, in the call's own offset."""
        return (self.closes_before - timedelta(microseconds=1)).date()

    def day_of(self, instant: datetime) -> date:
        """The calendar day of an instant in the call's own offset."""
        return instant.astimezone(self.closes_before.tzinfo).date()


@dataclass(frozen=True, slots=True)
class Requirements:
    """The document requirements of one version of a call."""

    copies: int
    originals_min: int
    seal: bool
    opinion: bool
    vetting: bool
    electronic: bool
    electronic_kinds: tuple[str, ...]
    electronic_counts: Literal["first", "last"]
    authoritative: Literal["paper", "electronic"]
    signatories: tuple[str, ...]
    channels: tuple[tuple[str, Channel], ...]
    arrival_grace_days: int | None = None
    correction: bool = True

    def channel(self, name: str) -> Channel | None:
        """The rule of a channel; None when the call does not admit it."""
        return dict(self.channels).get(name)


class CallUnreadable(ValueError):
    """A call document without what the formal check needs; the message names the place."""


def requirements_from_call(call: Mapping[str, Any]) -> Requirements:
    """The document requirements of a published call.

    Source: `window` and `documents` of the call document. Boundary: a channel may carry its own
    `closes_before`; otherwise the window's holds.

    Raises:
        CallUnreadable: a part is missing or has another shape.
    """
    try:
        window, asked = call["window"], call["documents"]
        return Requirements(
            copies=int(asked["copies"]),
            originals_min=int(asked["originals_min"]),
            seal=bool(asked["seal"]),
            opinion=bool(asked["opinion"]),
            vetting=bool(asked["vetting"]),
            electronic=bool(asked["electronic"]),
            electronic_kinds=tuple(asked["electronic_kinds"]),
            electronic_counts="first" if asked["electronic_counts"] == "first" else "last",
            authoritative="electronic" if asked["authoritative"] == "electronic" else "paper",
            signatories=tuple(asked.get("signatories", ())),
            channels=tuple((c["id"], _channel(c, window)) for c in window["channels"]),
            arrival_grace_days=window.get("arrival_grace_days"),
            correction=bool(asked["correction"]),
        )
    except KeyError as lost:
        raise CallUnreadable(f"the call lacks {lost.args[0]} in window or documents") from lost
    except (TypeError, ValueError) as bad:
        raise CallUnreadable(f"window or documents of the call: {bad}") from bad


def _channel(channel: Mapping[str, Any], window: Mapping[str, Any]) -> Channel:
    closes_before = datetime.fromisoformat(channel.get("closes_before", window["closes_before"]))
    if closes_before.tzinfo is None:
        raise ValueError(f"closes_before {closes_before} has no offset")
    basis: Basis = "dispatch_day" if channel["rule"] == "dispatch_day" else "receipt"
    return Channel(basis, closes_before)
