"""Registering an electronic file whose bytes are already stored."""

from dataclasses import dataclass, replace
from typing import Any

from contracts.document import FileReceived
from services.chassis.errors import Conflict, Forbidden
from services.chassis.ids import derived
from services.chassis.model import Answer, Outcome, decision
from services.document.commands.assessing import Papers, assess, papers_of, read_papers, terms_for
from services.document.store import File

FILES_MAX = 100
"""Files of one application; far above what honest use needs."""


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """A file came by upload (`received_from` says whose) or by e-mail (a clerk registers it)."""

    application_id: str
    sha256: str
    size_bytes: int
    media_type: str
    name: str
    kind: str
    channel: str
    received_at: str
    received_from: str

    @property
    def file_id(self) -> str:
        """Two e-mails are two receipts even with equal bytes; an upload tried again is one."""
        moment = self.received_at if self.channel == "email" else ""
        return derived(
            self.application_id, f"file|{self.channel}|{self.kind}|{self.sha256}|{moment}"
        )


@decision(RegisterFile, needs=lambda c: papers_of(c.application_id), then=terms_for)
def register_file(command: RegisterFile, rows: Any, now: str) -> Outcome:
    """Register a file once, and assess again."""
    papers = read_papers(rows, command.application_id)
    _refuse_strangers(command, papers)
    known = next((f for f in papers.files if f.file_id == command.file_id), None)
    if known:
        return Answer(201, file_body(known))
    if len(papers.files) >= FILES_MAX:
        raise Conflict(
            "files_max",
            f"This application already has {FILES_MAX} files; send several in one ZIP.",
            f"该申请已有{FILES_MAX}个文件；请合并为一个 ZIP 提交。",
        )
    event = _event(command)
    yield event
    added = File(**event.model_dump())
    yield from assess(replace(papers, files=[*papers.files, added]), now)
    return Answer(201, file_body(added))


def file_body(file: Any) -> dict[str, Any]:
    """A file as the API shows it."""
    return {
        "application_id": file.application_id,
        "file_id": file.file_id,
        "sha256": file.sha256,
        "size_bytes": file.size_bytes,
        "media_type": file.media_type,
        "name": file.name,
        "kind": file.kind,
        "channel": file.channel,
        "received_at": file.received_at,
    }


def _refuse_strangers(command: RegisterFile, papers: Papers) -> None:
    if not command.received_from or papers.case is None:
        return
    if papers.case.applicant_id != command.received_from:
        raise Forbidden(
            "not_your_application",
            "This application belongs to another applicant; check the application id.",
            "该申请属于其他申报单位，请核对申请编号。",
        )
    if papers.case.status != "submitted":
        raise Conflict(
            "application_withdrawn",
            "This application was withdrawn; nothing can be added to it.",
            "该申请已撤回，不能再提交文件。",
        )


def _event(command: RegisterFile) -> FileReceived:
    channel: Any = command.channel
    return FileReceived(
        application_id=command.application_id,
        file_id=command.file_id,
        sha256=command.sha256,
        size_bytes=command.size_bytes,
        media_type=command.media_type,
        name=command.name,
        kind=command.kind,
        channel=channel,
        received_at=command.received_at,
        received_from=command.received_from,
    )
