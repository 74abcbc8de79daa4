"""The paper register: counting a delivery, and counting it again."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.document import PaperReceived
from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.ids import derived
from services.chassis.model import Answer, Outcome, decision
from services.document.commands.assessing import (
    assess,
    papers_of,
    parcel_fact,
    read_papers,
    terms_for,
)
from services.document.rules.paper import implausible
from services.document.store import Parcel


@dataclass(frozen=True, slots=True)
class Count:
    """What a clerk saw when opening a delivery."""

    channel: str
    carrier: str
    waybill: str
    dispatched_on: str | None
    arrived_at: str
    copies: int
    originals: int
    sealed: int
    opinion_signed: bool
    vetted: bool
    opinion_written: bool | None = None
    opinion_dated: bool | None = None
    signatory: str = ""
    matches_electronic: bool | None = None


@dataclass(frozen=True, slots=True)
class RegisterParcel:
    """A parcel or a hand delivery was opened and counted."""

    application_id: str
    count: Count
    received_by: str

    @property
    def parcel_id(self) -> str:
        """One waybill is one parcel; without a number the moment of arrival tells two apart."""
        told_apart = self.count.waybill or self.count.arrived_at
        name = f"parcel|{self.count.channel}|{self.count.carrier}|{told_apart}"
        return derived(self.application_id, name)


@dataclass(frozen=True, slots=True)
class RecountParcel:
    """A parcel is counted again: the carrier named the day, or somebody had miscounted."""

    application_id: str
    parcel_id: str
    count: Count
    reason: str
    received_by: str


@decision(RegisterParcel, needs=lambda c: papers_of(c.application_id), then=terms_for)
def register_parcel(command: RegisterParcel, rows: Any, now: str) -> Outcome:
    """Enter a delivery in the register once, and assess again."""
    event = _event(command.application_id, command.parcel_id, command.count, command.received_by)
    _refuse_impossible(event, now)
    papers = read_papers(rows, command.application_id)
    known = next((p for p in papers.parcels if p.parcel_id == command.parcel_id), None)
    if known and _content(known) == _content(event):
        return Answer(201, parcel_body(known))
    if known:
        raise Conflict(
            "parcel_counted_otherwise",
            "This parcel is in the register with other counts; use its recount, with a reason.",
            "该邮件已登记且内容不同；如需更正，请使用重新清点并说明理由。",
            parcel_id=command.parcel_id,
        )
    yield event
    added = Parcel(**event.model_dump())
    yield from assess(replace(papers, parcels=[*papers.parcels, added]), now)
    return Answer(201, parcel_body(added))


@decision(RecountParcel, needs=lambda c: papers_of(c.application_id), then=terms_for)
def recount_parcel(command: RecountParcel, rows: Any, now: str) -> Outcome:
    """Replace the count of a known parcel, and assess again; the first count stays in the log."""
    event = _event(
        command.application_id, command.parcel_id, command.count, command.received_by,
        reason=command.reason,
    )  # fmt: skip
    _refuse_impossible(event, now)
    papers = read_papers(rows, command.application_id)
    known = next((p for p in papers.parcels if p.parcel_id == command.parcel_id), None)
    if known is None:
        raise NotFound(
            "parcel_unknown",
            "No such parcel is registered for this application; register it first.",
            "该申请下没有登记此邮件，请先登记。",
        )
    if _content(known) == _content(event) and known.recount_reason == command.reason:
        return Answer(200, parcel_body(known))
    yield event
    counted = Parcel(**event.model_dump())
    others = [p for p in papers.parcels if p.parcel_id != command.parcel_id]
    yield from assess(replace(papers, parcels=[*others, counted]), now)
    return Answer(200, parcel_body(counted))


def parcel_body(parcel: Any) -> dict[str, Any]:
    """A parcel as the API shows it."""
    return {name: getattr(parcel, name) for name in Parcel.spec.columns}


_IMPOSSIBLE = {
    "originals_over_copies": (
        "originals is larger than copies; originals are among the copies.",
        "原件数大于份数；原件应包含在份数之内。",
    ),
    "sealed_over_copies": (
        "sealed is larger than copies; count the sealed ones among the copies.",
        "盖章份数大于总份数；盖章份数应包含在份数之内。",
    ),
    "dispatched_after_arrival": (
        "dispatched_on is after arrived_at; read the waybill again, or leave it null.",
        "发出日期晚于到达时刻；请重新辨认运单，或留空。",
    ),
    "arrived_in_the_future": (
        "arrived_at is later than now; write when the parcel really arrived, with its offset.",
        "到达时刻晚于当前时刻；请填写实际到达时刻（含时区）。",
    ),
}


def _refuse_impossible(event: PaperReceived, now: str) -> None:
    found = list(implausible(parcel_fact(event)))
    if datetime.fromisoformat(event.arrived_at) > datetime.fromisoformat(now):
        found.append("arrived_in_the_future")
    if found:
        english = " ".join(_IMPOSSIBLE[code][0] for code in found)
        chinese = "".join(_IMPOSSIBLE[code][1] for code in found)
        raise Invalid("count_impossible", english, chinese, codes=found)


def _content(parcel: Any) -> dict[str, Any]:
    """What was counted, whoever typed it."""
    return {name: getattr(parcel, name) for name in Count.__dataclass_fields__}


def _event(
    application_id: str, parcel_id: str, count: Count, received_by: str, reason: str = ""
) -> PaperReceived:
    counted: dict[str, Any] = {n: getattr(count, n) for n in Count.__dataclass_fields__}
    return PaperReceived(
        application_id=application_id,
        parcel_id=parcel_id,
        received_by=received_by,
        recount_reason=reason,
        **counted,
    )
