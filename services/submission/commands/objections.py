"""Objections to the notice: raised by anyone under real name, answered by the owner of the call."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.submission import ObjectionRaised, ObjectionResolved
from services.chassis.errors import Conflict, NotFound
from services.chassis.ids import derived
from services.chassis.model import Answer, Need, Outcome, Save, decision
from services.chassis.views import NamedRows
from services.submission.commands.guards import in_force, known, refuse_all, unknown_application
from services.submission.rules.objections import Statement, problems, within_notice
from services.submission.store import Application, Call, Objection, ObjectionContact, ResultNotice

OBJECTIONS_MAX = 100
"""Objections taken on one application: anyone may write, so there is an end to it."""


@dataclass(frozen=True, slots=True)
class RaiseObjection:
    """A written objection. The evidence itself stays with the objector; its SHA-256 pins it."""

    application_id: str
    name: str
    contact: str
    statement: str
    evidence_sha256: str

    @property
    def objection_id(self) -> str:
        """The same objection by the same person has the same id."""
        said = f"{self.name}\n{self.statement}\n{self.evidence_sha256}"
        return derived(self.application_id, said)


@dataclass(frozen=True, slots=True)
class ResolveObjection:
    """The answer to an objection."""

    application_id: str
    objection_id: str
    upheld: bool
    reason: str
    actor_id: str


def _raise_then(command: RaiseObjection, rows: NamedRows) -> Iterable[Need]:
    application = rows.get(Application, command.application_id)
    if application is None:
        return ()
    return (Call.key(application.call_id), ResultNotice.key(application.call_id))


@decision(
    RaiseObjection,
    needs=lambda c: [
        Application.key(c.application_id),
        Objection.of(application_id=c.application_id),
    ],
    then=_raise_then,
)
def raise_objection(command: RaiseObjection, rows: NamedRows, now: str) -> Outcome:
    """An objection is taken once, while the notice stands, with name, contact and evidence."""
    application = rows.get(Application, command.application_id)
    if application is None:
        raise unknown_application(command.application_id)
    held = rows.of(Objection, application_id=command.application_id)
    again = next((o for o in held if o.objection_id == command.objection_id), None)
    if again is not None:
        return _raised(command, again.raised_at)
    _notice_stands(rows, application, now)
    _room_for_one_more(held)
    refuse_all(
        "objection_incomplete",
        "The objection cannot be taken; mend everything listed in problems and send it again.",
        "异议材料不完整：请按 problems 逐项补充后重新提交。",
        problems(Statement(command.name, command.contact, command.statement)),
    )
    yield ObjectionRaised(
        application_id=application.application_id, call_id=application.call_id,
        objection_id=command.objection_id, raised_by=command.name, statement=command.statement,
        evidence_sha256=command.evidence_sha256, raised_at=now,
    )  # fmt: skip
    yield Save(ObjectionContact(objection_id=command.objection_id, contact=command.contact))
    return _raised(command, now)


@decision(
    ResolveObjection,
    needs=lambda c: [Objection.key(c.objection_id), Application.key(c.application_id)],
)
def resolve_objection(command: ResolveObjection, rows: NamedRows, now: str) -> Outcome:
    """An objection is answered once, with a reason."""
    objection = rows.get(Objection, command.objection_id)
    if objection is None or objection.application_id != command.application_id:
        raise NotFound(
            "objection_unknown",
            f"Application {command.application_id} has no objection {command.objection_id}.",
            f"申报 {command.application_id} 没有编号为 {command.objection_id} 的异议。",
        )
    if objection.status != "open":
        return _same_resolution(command, objection)
    yield ObjectionResolved(
        application_id=objection.application_id, call_id=objection.call_id,
        objection_id=objection.objection_id, upheld=command.upheld, reason=command.reason,
        resolved_by=command.actor_id, resolved_at=now,
    )  # fmt: skip
    return _resolved(command, now)


def _notice_stands(rows: NamedRows, application: Application, now: str) -> None:
    notice = rows.get(ResultNotice, application.call_id)
    if notice is None:
        raise Conflict(
            "notice_not_posted",
            f"No result of call {application.call_id} is posted yet; "
            "objections are taken while a notice stands.",
            f"申报通知 {application.call_id} 尚未公示结果；异议须在公示期内提出。",
        )
    call = known(rows.get(Call, application.call_id), application.call_id)
    if not within_notice(in_force(call).day_of(now), notice.posted_on, notice.ends_on):
        raise Conflict(
            "notice_ended",
            f"The notice stood from {notice.posted_on} to the end of {notice.ends_on}; "
            "write to the contact of the call instead.",
            f"公示期为 {notice.posted_on} 至 {notice.ends_on}，现已结束；请联系申报咨询。",
        )


def _room_for_one_more(held: list[Objection]) -> None:
    if len(held) >= OBJECTIONS_MAX:
        raise Conflict(
            "objections_too_many",
            f"{len(held)} objections to this application are on record; "
            "write to the contact of the call.",
            f"该申报已有 {len(held)} 条异议，请联系申报咨询。",
        )


def _raised(command: RaiseObjection, at: str) -> Answer:
    body = {
        "application_id": command.application_id,
        "objection_id": command.objection_id,
        "evidence_sha256": command.evidence_sha256,
        "raised_at": at,
    }
    return Answer(201, body)


def _same_resolution(command: ResolveObjection, objection: Objection) -> Answer:
    if (objection.status == "upheld", objection.reason) != (command.upheld, command.reason):
        raise Conflict(
            "objection_resolved",
            f"Objection {objection.objection_id} was {objection.status} at "
            f"{objection.resolved_at}.",
            f"异议 {objection.objection_id} 已于 {objection.resolved_at} 处理。",
            status_held=objection.status,
            reason=objection.reason,
        )
    return _resolved(command, str(objection.resolved_at))


def _resolved(command: ResolveObjection, at: str) -> Answer:
    body = {
        "application_id": command.application_id,
        "objection_id": command.objection_id,
        "status": "upheld" if command.upheld else "dismissed",
        "reason": command.reason,
        "resolved_at": at,
    }
    return Answer(200, body)
