"""Drafts: begin an application, save what is typed. Nothing here is an event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.chassis.errors import Conflict
from services.chassis.ids import derived
from services.chassis.model import Answer, Need, Outcome, Save, decision
from services.chassis.views import NamedRows
from services.submission.commands.guards import (
    PreconditionRequired,
    fresh,
    in_force,
    known,
    own,
    refuse_all,
    taking,
    unknown_application,
)
from services.submission.rules.application import Content, problems
from services.submission.rules.canonical import canonical, unwritable
from services.submission.store import Application, Call, Draft

DRAFTS_MAX = 20
"""Drafts one applicant may keep under one call."""
EMPTY: Mapping[str, Any] = {"title": "", "items": [], "requested_fen": 0, "form": {}}


@dataclass(frozen=True, slots=True)
class BeginApplication:
    """Begin an application; with the same `reference` a retry finds the same draft.

    Shapes: `applicant` as contracts.values.Applicant; `content` title, items, requested_fen, form.
    """

    call_id: str
    applicant: Mapping[str, Any]
    reference: str
    content: Mapping[str, Any] | None
    actor_id: str

    @property
    def applicant_id(self) -> str:
        """The organisation that applies."""
        return str(self.applicant["id"])

    @property
    def application_id(self) -> str:
        """The id follows from who applies to what, and the applicant's reference."""
        return derived(f"{self.call_id}/{self.applicant_id}", self.reference)


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """Keep what is typed. `base` is the version it changes; empty is refused."""

    application_id: str
    content: Mapping[str, Any]
    base: str
    actor_id: str
    actor_subject: str


def _begin_needs(command: BeginApplication) -> Iterable[Need]:
    return (
        Draft.key(command.application_id),
        Call.key(command.call_id),
        Draft.of(call_id=command.call_id, applicant_id=command.applicant_id),
    )


@decision(BeginApplication, needs=_begin_needs)
def begin(command: BeginApplication, rows: NamedRows, now: str) -> Outcome:
    """A draft is begun once per applicant, call and reference; a retry gets the same draft."""
    call = known(rows.get(Call, command.call_id), command.call_id)
    held = rows.get(Draft, command.application_id)
    if held is not None:
        return _same_draft(command, held, call)
    taking(call, now)
    _room_for_one_more(command, rows)
    content = dict(command.content or EMPTY)
    _writable(content)
    draft = Draft(
        application_id=command.application_id, call_id=command.call_id,
        applicant_id=command.applicant_id,
        applicant=dict(command.applicant), content=content, version=1, saved_by=command.actor_id,
        saved_at=now,
    )  # fmt: skip
    yield Save(draft)
    return _answer(201, draft, call)


def _save_then(command: SaveDraft, rows: NamedRows) -> Iterable[Need]:
    draft = rows.get(Draft, command.application_id)
    return (Call.key(draft.call_id),) if draft else ()


@decision(
    SaveDraft,
    needs=lambda c: [Draft.key(c.application_id), Application.key(c.application_id)],
    then=_save_then,
)
def save(command: SaveDraft, rows: NamedRows, now: str) -> Outcome:
    """A draft is replaced by whoever saw its present version; a sent application is locked."""
    draft = rows.get(Draft, command.application_id)
    if draft is None:
        raise unknown_application(command.application_id)
    own(command.actor_subject, draft.applicant_id)
    call = known(rows.get(Call, draft.call_id), draft.call_id)
    if rows.get(Application, command.application_id) is not None:
        raise _locked(command.application_id)
    content = dict(command.content)
    _writable(content)
    if _same(content, draft.content):
        return _answer(200, draft, call)
    _based_on(command.base, draft, content)
    saved = draft.but(
        content=content, version=draft.version + 1, saved_by=command.actor_id, saved_at=now
    )
    yield Save(saved)
    return _answer(200, saved, call)


def content_of(draft: Draft) -> Content:
    """What the draft says, as the rules take it."""
    held = draft.content
    return Content(held["title"], tuple(held["items"]), held["requested_fen"], held["form"])


def _same_draft(command: BeginApplication, held: Draft, call: Call) -> Answer:
    content = dict(command.content or EMPTY)
    _writable(content)
    if held.applicant != dict(command.applicant) or not (
        command.content is None or _same(content, held.content)
    ):
        raise Conflict(
            "reference_used",
            f"Reference {command.reference!r} already names application {held.application_id}; "
            "save changes "
            "there, or begin another one under another reference.",
            f"参考号 {command.reference!r} 已对应申报 {held.application_id}；"
            "请修改该申报，或使用其他参考号。",
            application_id=held.application_id,
        )
    return _answer(201, held, call)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Equal as written: to Python true equals 1, to an applicant it does not."""
    return canonical(one) == canonical(other)


def _room_for_one_more(command: BeginApplication, rows: NamedRows) -> None:
    held = rows.of(Draft, call_id=command.call_id, applicant_id=command.applicant_id)
    if len(held) >= DRAFTS_MAX:
        raise Conflict(
            "drafts_too_many",
            f"{len(held)} drafts are kept under this call; go on with one of them.",
            f"本次申报已有 {len(held)} 份草稿，请继续编辑其中一份。",
            application_ids=[draft.application_id for draft in held],
        )


def _based_on(base: str, draft: Draft, content: Mapping[str, Any]) -> None:
    if not base:
        raise PreconditionRequired(
            "if_match_missing",
            f'Say which version you changed: send If-Match with its ETag, now "{draft.version}".',
            f'请说明所修改的版本：在 If-Match 请求头中提供其 ETag，当前为 "{draft.version}"。',
            current_version=draft.version,
        )
    fresh(base, draft.version, current=draft.content, yours=content)


def _locked(application_id: str) -> Conflict:
    return Conflict(
        "application_locked",
        f"Application {application_id} was submitted and cannot be changed; "
        "withdraw it and begin another.",
        f"申报 {application_id} 已提交，不能修改；如需更改请撤回后重新申报。",
    )


def _writable(content: Mapping[str, Any]) -> None:
    refuse_all(
        "content_unwritable",
        "The content holds values that cannot be kept exactly; mend what problems lists.",
        "内容含有无法准确保存的值，请按 problems 逐项更正。",
        unwritable(content, "content"),
    )


def _answer(status: int, draft: Draft, call: Call) -> Answer:
    """The draft, and what submitting it as it stands would refuse."""
    open_problems = problems(content_of(draft), in_force(call).content)
    body = {
        "application_id": draft.application_id,
        "call_id": draft.call_id,
        "applicant": draft.applicant,
        "content": draft.content,
        "version": draft.version,
        "saved_at": draft.saved_at,
        "problems": [problem.document() for problem in open_problems],
    }
    return Answer(status, body, etag=str(draft.version))
