"""Applications already sent: take one back, announce its paper copies."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.submission import ApplicationWithdrawn, DispatchDeclared
from services.chassis.errors import Conflict, Invalid
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.submission.commands.guards import in_force, known, own, sent, withdrawn
from services.submission.store import Application, AwardState, Call, Dispatch, Draft

DISPATCHES_MAX = 20
"""Parcels one application may announce."""


@dataclass(frozen=True, slots=True)
class WithdrawApplication:
    """Take an application back, with a reason."""

    application_id: str
    reason: str
    actor_id: str
    actor_subject: str


@dataclass(frozen=True, slots=True)
class DeclareDispatch:
    """State with which waybill, and on which day, the paper copies went out."""

    application_id: str
    carrier: str
    waybill: str
    dispatched_on: str
    actor_subject: str

    @property
    def parcel(self) -> str:
        """The waybill as carriers print it: capitals, no spaces."""
        return "".join(self.waybill.split()).upper()


def _its_call(command: WithdrawApplication | DeclareDispatch, rows: NamedRows) -> Iterable[Need]:
    application = rows.get(Application, command.application_id)
    return (Call.key(application.call_id),) if application else ()


@decision(
    WithdrawApplication,
    needs=lambda c: [
        Application.key(c.application_id), Draft.key(c.application_id),
        AwardState.key(c.application_id)
    ],
    then=_its_call,
)  # fmt: skip
def withdraw(command: WithdrawApplication, rows: NamedRows, now: str) -> Outcome:
    """A sent application can be taken back until the award is decided, once and for good."""
    application = sent(
        rows.get(Application, command.application_id),
        rows.get(Draft, command.application_id),
        command.application_id,
    )
    own(command.actor_subject, application.applicant_id)
    if application.withdrawn_at is not None:
        if application.withdrawn_reason != command.reason:
            raise withdrawn(application)
        return _withdrawal(application.application_id, application.withdrawn_at, command.reason)
    _may_be_taken_back(application, rows, now)
    yield ApplicationWithdrawn(
        application_id=application.application_id, call_id=application.call_id,
        reason=command.reason,
        withdrawn_by=command.actor_id, withdrawn_at=now,
    )  # fmt: skip
    return _withdrawal(application.application_id, now, command.reason)


@decision(
    DeclareDispatch,
    needs=lambda c: [
        Application.key(c.application_id), Draft.key(c.application_id),
        Dispatch.of(application_id=c.application_id),
    ],
    then=_its_call,
)  # fmt: skip
def declare_dispatch(command: DeclareDispatch, rows: NamedRows, now: str) -> Outcome:
    """Each parcel is announced once; whether it left in time is for document to find (R46)."""
    application = sent(
        rows.get(Application, command.application_id),
        rows.get(Draft, command.application_id),
        command.application_id,
    )
    own(command.actor_subject, application.applicant_id)
    parcels = rows.of(Dispatch, application_id=command.application_id)
    held = next((d for d in parcels if d.waybill == command.parcel), None)
    if held is not None:
        return _same_parcel(command, held)
    _may_announce(command, application, parcels)
    call = known(rows.get(Call, application.call_id), application.call_id)
    _already_left(command, in_force(call).day_of(now))
    yield DispatchDeclared(
        application_id=application.application_id, call_id=application.call_id,
        carrier=command.carrier,
        waybill=command.parcel, dispatched_on=command.dispatched_on, declared_at=now,
    )  # fmt: skip
    return _parcel(command, now)


def _may_be_taken_back(application: Application, rows: NamedRows, now: str) -> None:
    terms = in_force(known(rows.get(Call, application.call_id), application.call_id))
    if terms.withdrawal_over(now):
        raise Conflict(
            "withdrawal_over",
            f"Applications could be withdrawn before {terms.closes_before}; "
            "write to the owner of the call.",
            f"撤回须在 {terms.closes_before} 之前；如需放弃请书面联系主办单位。",
            closes_before=terms.closes_before,
        )
    if rows.get(AwardState, application.application_id) is not None:
        raise Conflict(
            "already_decided",
            "The award on this application is decided; "
            "write to the owner of the call to give it up.",
            "该申报已作出立项决定；如需放弃请书面联系主办单位。",
        )


def _withdrawal(application_id: str, at: str, reason: str) -> Answer:
    return Answer(200, {"application_id": application_id, "withdrawn_at": at, "reason": reason})


def _same_parcel(command: DeclareDispatch, held: Dispatch) -> Answer:
    if (held.carrier, held.dispatched_on) != (command.carrier, command.dispatched_on):
        raise Conflict(
            "dispatch_declared_otherwise",
            f"Waybill {held.waybill} was declared as sent with {held.carrier} on "
            f"{held.dispatched_on}; "
            "write to the contact of the call to correct it.",
            f"运单 {held.waybill} 已申报为 {held.dispatched_on} 由 {held.carrier} 寄出；"
            "如需更正请联系申报咨询。",
            carrier=held.carrier,
            dispatched_on=held.dispatched_on,
        )
    return _parcel(command, held.declared_at)


def _may_announce(
    command: DeclareDispatch, application: Application, parcels: list[Dispatch]
) -> None:
    if application.withdrawn_at is not None:
        raise withdrawn(application)
    if len(parcels) >= DISPATCHES_MAX:
        raise Conflict(
            "dispatches_too_many",
            f"{len(parcels)} parcels are announced for {command.application_id}; "
            "that is the limit.",
            f"申报 {command.application_id} 已登记 {len(parcels)} 个邮件，达到上限。",
        )


def _already_left(command: DeclareDispatch, today: str) -> None:
    """A parcel is announced on the day it leaves or later: what lies ahead is no evidence."""
    if command.dispatched_on > today:
        raise Invalid(
            "dispatch_in_future",
            f"dispatched_on is {command.dispatched_on}, but today is {today}; "
            "declare it once it has left.",
            f"寄出日期 {command.dispatched_on} 晚于今日 {today}；请在寄出后登记。",
        )


def _parcel(command: DeclareDispatch, at: str) -> Answer:
    body = {
        "application_id": command.application_id,
        "carrier": command.carrier,
        "waybill": command.parcel,
        "dispatched_on": command.dispatched_on,
        "declared_at": at,
    }
    return Answer(201, body)
