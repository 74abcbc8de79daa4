"""Submission: one counts, every repeat gets its receipt, a second application is refused."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.submission import ApplicationSubmitted, DuplicateRefused
from contracts.values import Applicant
from services.chassis.errors import Conflict
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.submission.commands.drafts import content_of
from services.submission.commands.guards import (
    fresh,
    known,
    own,
    refuse_all,
    taking,
    unknown_application,
    withdrawn,
)
from services.submission.rules.application import problems
from services.submission.rules.canonical import digest
from services.submission.rules.receipt import Receipt
from services.submission.store import Application, Call, Draft, DuplicateRefusal


@dataclass(frozen=True, slots=True)
class SubmitApplication:
    """Lock and send a draft. `base` is the version the applicant saw, empty for whichever."""

    application_id: str
    base: str
    actor_id: str
    actor_subject: str


def _submit_needs(command: SubmitApplication) -> Iterable[Need]:
    return (
        Draft.key(command.application_id),
        Application.key(command.application_id),
        DuplicateRefusal.key(command.application_id),
    )


def _submit_then(command: SubmitApplication, rows: NamedRows) -> Iterable[Need]:
    draft = rows.get(Draft, command.application_id)
    if draft is None:
        return ()
    others = Application.of(call_id=draft.call_id, applicant_id=draft.applicant_id)
    return (Call.key(draft.call_id), others)


@decision(SubmitApplication, needs=_submit_needs, then=_submit_then)
def submit(command: SubmitApplication, rows: NamedRows, now: str) -> Outcome:
    """One submission of an application counts; every repeat of it gets the first one's receipt."""
    already = rows.get(Application, command.application_id)
    if already is not None:
        return _receipt_again(command, already)
    draft = rows.get(Draft, command.application_id)
    if draft is None:
        raise unknown_application(command.application_id)
    own(command.actor_subject, draft.applicant_id)
    call = known(rows.get(Call, draft.call_id), draft.call_id)
    terms = taking(call, now)
    standing = _standing(rows, draft)
    if terms.another_is_one_too_many(len(standing)):
        refusal = _duplicate(draft, standing, now)
        held = rows.get(DuplicateRefusal, draft.application_id)
        if held is None or held.standing_application_id != refusal.standing_application_id:
            yield refusal
        return Answer(409, _duplicate_problem(refusal, len(standing)).problem())
    if command.base:
        fresh(command.base, draft.version, current=draft.content)
    refuse_all(
        "application_incomplete",
        "The application is not complete; mend everything listed in problems and submit again.",
        "申报内容不完整：请按 problems 逐项更正后重新提交。",
        problems(content_of(draft), terms.content),
    )
    event = _submitted(command, draft, call, now)
    yield event
    return Answer(201, _receipt_of_event(event).document())


def receipt_of(row: Application) -> Receipt:
    """What the receipt of a sent application says, always the same."""
    return Receipt(
        application_id=row.application_id, call_id=row.call_id, call_version=row.call_version,
        applicant_id=row.applicant_id, title=row.title, items=tuple(row.items),
        requested_fen=row.requested_fen, form_sha256=row.form_sha256, submitted_at=row.submitted_at,
    )  # fmt: skip


def _receipt_of_event(event: ApplicationSubmitted) -> Receipt:
    return Receipt(
        application_id=event.application_id, call_id=event.call_id, call_version=event.call_version,
        applicant_id=event.applicant.id, title=event.title, items=event.items,
        requested_fen=event.requested_fen, form_sha256=event.form_sha256,
        submitted_at=event.submitted_at,
    )  # fmt: skip


def _receipt_again(command: SubmitApplication, already: Application) -> Answer:
    own(command.actor_subject, already.applicant_id)
    if already.withdrawn_at is not None:
        raise withdrawn(already)
    return Answer(201, receipt_of(already).document())


def _standing(rows: NamedRows, draft: Draft) -> list[Application]:
    """This applicant's applications under this call that were not withdrawn, by id."""
    others = rows.of(Application, call_id=draft.call_id, applicant_id=draft.applicant_id)
    return sorted((a for a in others if a.withdrawn_at is None), key=lambda a: a.application_id)


def _submitted(
    command: SubmitApplication, draft: Draft, call: Call, now: str
) -> ApplicationSubmitted:
    content = content_of(draft)
    return ApplicationSubmitted(
        application_id=draft.application_id, call_id=draft.call_id, call_version=call.call_version,
        applicant=Applicant(**draft.applicant), title=content.title, items=content.items,
        requested_fen=content.requested_fen, form=dict(content.form),
        form_sha256=digest(content.form),
        submitted_by=command.actor_id, submitted_at=now,
    )  # fmt: skip


def _duplicate(draft: Draft, standing: list[Application], now: str) -> DuplicateRefused:
    return DuplicateRefused(
        application_id=draft.application_id, call_id=draft.call_id, applicant_id=draft.applicant_id,
        standing_application_id=standing[0].application_id, refused_at=now,
    )  # fmt: skip


def _duplicate_problem(refusal: DuplicateRefused, taken: int) -> Conflict:
    return Conflict(
        "duplicate_applicant",
        f"{taken} application(s) per organisation are taken under this call, and "
        f"{refusal.standing_application_id} stands; withdraw it first, or leave it as it is.",
        f"本次申报每单位限报 {taken} 项，申报 {refusal.standing_application_id} 已提交；"
        "如需更换请先撤回原申报。",
        application_id=refusal.application_id,
        standing_application_id=refusal.standing_application_id,
    )
