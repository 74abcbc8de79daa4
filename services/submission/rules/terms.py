"""The terms of a published call: until when, how many, how long a notice stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.submission.rules.application import TITLE_CHARACTERS_MAX, FormField, Terms
from services.submission.rules.call import Call, Timing, call_from, notice_ends_on
from services.submission.rules.call.deadlines import received_before_close

UPLOAD = "upload"
"""The id of the channel that this service itself is."""
CALL_CLOSES = "call_closes"


@dataclass(frozen=True, slots=True)
class CallTerms:
    """A call, with what its applications are bound by. Instants come and go as ISO 8601 texts."""

    call: Call
    content: Terms
    late_accepted: bool
    withdrawal_until: str

    @property
    def opens_at(self) -> str:
        """The first instant of the window."""
        return self.call.window.opens_at.isoformat()

    @property
    def closes_before(self) -> str:
        """The exclusive end of the window."""
        return self.call.window.closes_before.isoformat()

    @property
    def upload_offered(self) -> bool:
        """Whether applications may be sent through this service at all.

        Source: R43, A6 (one rule per channel). Unit: none; the call lists `upload` or not.
        """
        return self.call.window.channel(UPLOAD) is not None

    def timing(self, now: str) -> Timing:
        """Early, in time or late, by the instant our server received it.

        Source: R44, R45. Unit: instants. 23:59:59.999999 of the last day is in, 24:00:00 is late.
        """
        return received_before_close(instant(now), self.call.window)

    def window_over(self, now: str) -> bool:
        """The window is over for every channel: all are judged against the same exclusive end.

        Source: R44, A6. Unit: instants. The closing instant itself is over.
        """
        return self.timing(now) is Timing.LATE

    def too_late(self, now: str) -> bool:
        """What arrives now is late, and this call does not take what is late.

        Source: R45 (逾期不再受理). Unit: instants. As `timing`.
        """
        return self.window_over(now) and not self.late_accepted

    def another_is_one_too_many(self, standing: int) -> bool:
        """An applicant with so many standing applications may not send another.

        Source: A8. Unit: applications. With a limit of one, the first is taken, the second not.
        """
        limit = self.call.per_applicant_max
        return limit is not None and standing >= limit

    def withdrawal_over(self, now: str) -> bool:
        """An application can no longer be taken back.

        Source: N11. Unit: instants. Only where the call says `until: call_closes`; the closing
        instant itself is too late.
        """
        return self.withdrawal_until == CALL_CLOSES and self.window_over(now)

    def day_of(self, now: str) -> str:
        """The calendar day of an instant, in the offset the call's window is written in.

        Source: A6. Unit: days. Beijing midnight begins the day, in whatever offset it is written.
        """
        return instant(now).astimezone(self.call.window.closes_before.tzinfo).date().isoformat()

    def notice_ends_on(self, posted_on: str) -> str:
        """The last day of a notice posted on this day, which counts as day one.

        Source: domain §7.4 (5 个工作日). Unit: working days of the call's own calendar.

        Raises:
            CalendarDoesNotCover: the calendar does not speak for a day the notice would need.
        """
        days = self.call.notice_working_days
        return notice_ends_on(date.fromisoformat(posted_on), days, self.call.calendar).isoformat()


def instant(text: str) -> datetime:
    """An ISO 8601 instant with its offset as an aware moment, to compare with others."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None, "instants carry their offset"
    return moment


def terms_of(document: Mapping[str, Any]) -> CallTerms:
    """The terms in a call document that passed `publication_problems`."""
    call = call_from(document)
    return CallTerms(
        call=call,
        content=_content(call, document.get("form", {})),
        late_accepted=document["window"]["late_accepted"],
        withdrawal_until=document.get("withdrawal", {}).get("until", "award_decided"),
    )


def _content(call: Call, form: Mapping[str, Any]) -> Terms:
    return Terms(
        items=frozenset(call.item_codes),
        items_min=call.items_min,
        items_max=call.items_max,
        requested_fen_min=call.amount.min_fen,
        requested_fen_max=call.amount.max_fen,
        title_characters_max=form.get("title_characters_max", TITLE_CHARACTERS_MAX),
        fields=tuple(_field(entry) for entry in form.get("fields", ())),
    )


def _field(entry: Mapping[str, Any]) -> FormField:
    return FormField(
        id=entry["id"],
        zh=entry["zh"],
        en=entry["en"],
        kind=entry["kind"],
        required=entry["required"],
        characters_max=entry.get("characters_max"),
    )
