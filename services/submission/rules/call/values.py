"""A call as the rest of submission sees it: frozen values read from a checked call file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.submission.rules.call.calendar import WorkingCalendar
from services.submission.rules.call.checks import content_problems
from services.submission.rules.call.problems import CallInvalid, Text, blocking
from services.submission.rules.call.schema import shape_problems

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Channel:
    """One way in. `rule`: dispatch_day, server_receipt or receipt; `carries`: paper, electronic."""

    id: str
    carries: str
    rule: str
    clause: str
    address: Text | None
    placeholder: bool


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens_at` up to, not including, `closes_before`; both carry the call's offset."""

    zone: str
    opens_at: datetime
    closes_before: datetime
    arrival_grace_days: int | None
    forms_required: tuple[str, ...]
    channels: tuple[Channel, ...]

    @property
    def last_day(self) -> date:
        """The last calendar day of the window, in the call's own offset."""
        return (self.closes_before - timedelta(microseconds=1)).date()

    def channel(self, channel_id: str) -> Channel | None:
        """The channel of that id; None when the call does not admit it."""
        return next((c for c in self.channels if c.id == channel_id), None)


@dataclass(frozen=True, slots=True)
class Item:
    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Strand:
    code: str
    title: Text
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Quota:
    awards_max: int
    may_award_fewer: bool


@dataclass(frozen=True, slots=True)
class Amount:
    """What one award is worth, in fen: what the notice names, and the officer's tolerance."""

    nominal_fen: int
    min_fen: int
    max_fen: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the score sheet. The weights of a call add up to 10,000 basis points."""

    id: str
    clause: str
    weight_bp: int
    points_max: int
    text: Text


@dataclass(frozen=True, slots=True)
class Tranche:
    """One instalment: what releases it and its share in basis points."""

    id: str
    condition: str
    share_bp: int


@dataclass(frozen=True, slots=True)
class Call:
    """One version of a call."""

    id: str
    version: int
    title: Text
    published_on: date
    department_id: str
    strands: tuple[Strand, ...]
    per_applicant_max: int | None
    items_min: int
    items_max: int
    window: Window
    quota: Quota
    amount: Amount
    budget_total_fen: int
    due_on: date
    supplier_blocks: str
    panel_size: int
    criteria: tuple[Criterion, ...]
    notice_working_days: int
    calendar: WorkingCalendar
    tranches: tuple[Tranche, ...]

    @property
    def item_codes(self) -> tuple[str, ...]:
        return tuple(item.code for strand in self.strands for item in strand.items)


def parse_call(document: object) -> Call:
    """Check a call file and read it. Warnings pass; `publication_problems` lists them.

    Raises:
        CallInvalid: with all problems at once, each with its place and how to mend it.
    """
    problems = (*shape_problems(document), *content_problems(document))
    if blocking(problems):
        raise CallInvalid(problems)
    assert isinstance(document, Mapping)
    return call_from(document)


def call_from(document: Document) -> Call:
    """Read a call file that was checked before, as an event carries it; nothing is checked."""
    applications, completion = document["applications"], document["completion"]
    return Call(
        id=document["id"],
        version=document["version"],
        title=_text(document["title"]),
        published_on=date.fromisoformat(document["published_on"]),
        department_id=document["issuer"]["department"]["id"],
        strands=tuple(_strand(entry) for entry in document["strands"]),
        per_applicant_max=applications["per_applicant_max"],
        items_min=applications["items_min"],
        items_max=applications["items_max"],
        window=_window(document["window"]),
        quota=Quota(document["quota"]["awards_max"], document["quota"]["may_award_fewer"]),
        amount=_amount(document["amount"]),
        budget_total_fen=document["budget"]["total_fen"],
        due_on=date.fromisoformat(completion["due_on"]),
        supplier_blocks=document["supplier_registration"]["blocks"],
        panel_size=document["review"]["panel_size"],
        criteria=tuple(_criterion(entry) for entry in document["review"]["criteria"]),
        notice_working_days=document["public_notice"]["working_days"],
        calendar=calendar_from(document["calendar"]),
        tranches=tuple(
            Tranche(entry["id"], entry["condition"], entry["share_bp"])
            for entry in document["tranches"]
        ),
    )


def _text(entry: Document) -> Text:
    return Text(entry["zh"], entry["en"])


def _strand(entry: Document) -> Strand:
    items = tuple(Item(item["code"], _text(item)) for item in entry["items"])
    return Strand(entry["code"], _text(entry["title"]), items)


def _window(entry: Document) -> Window:
    return Window(
        zone=entry["zone"],
        opens_at=datetime.fromisoformat(entry["opens_at"]),
        closes_before=datetime.fromisoformat(entry["closes_before"]),
        arrival_grace_days=entry["arrival_grace_days"],
        forms_required=tuple(entry["forms_required"]),
        channels=tuple(_channel(channel) for channel in entry["channels"]),
    )


def _channel(entry: Document) -> Channel:
    address = entry.get("address")
    return Channel(
        id=entry["id"],
        carries=entry["carries"],
        rule=entry["rule"],
        clause=entry["clause"],
        address=_text(address) if address else None,
        placeholder=entry.get("placeholder", False),
    )


def _amount(entry: Document) -> Amount:
    return Amount(entry["nominal_fen"], entry["min_fen"], entry["max_fen"])


def _criterion(entry: Document) -> Criterion:
    return Criterion(
        entry["id"], entry["clause"], entry["weight_bp"], entry["points_max"], _text(entry)
    )


def calendar_from(entry: Document) -> WorkingCalendar:
    """The calendar section of a call file as a calendar to count in."""
    covers = entry["covers"]
    return WorkingCalendar(
        covers_first=date.fromisoformat(covers["first"]),
        covers_last=date.fromisoformat(covers["last"]),
        days_off=frozenset(_days(entry["days_off"])),
        make_up_days=frozenset(date.fromisoformat(day) for day in entry["make_up_days"]),
    )


def _days(ranges: Sequence[Document]) -> Iterator[date]:
    for each in ranges:
        first, last = date.fromisoformat(each["first"]), date.fromisoformat(each["last"])
        yield from (first + timedelta(days=n) for n in range((last - first).days + 1))
