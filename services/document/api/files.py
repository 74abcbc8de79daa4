"""Electronic files: uploading, listing, and reading the bytes back."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from services.chassis.errors import NotFound, ServiceError
from services.chassis.gate import Gate
from services.document.api.intake import Upload, read_upload, received_at
from services.document.clients import BlobCorrupt, BlobMissing, Blobs
from services.document.commands.files import RegisterFile, file_body
from services.document.store import case_of, files_of

log = structlog.get_logger()
router = APIRouter()

ApplicationId = Annotated[str, Path(min_length=1, max_length=128)]
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]

UPLOADERS = ("applicant", "clerk", "officer")
READERS = ("applicant", "clerk", "screener", "officer")


@router.post("/v1/applications/{application_id}/files", status_code=201)
async def receive_file(application_id: ApplicationId, request: Request, gate: Gate) -> Response:
    """Take a file, raw or multipart; `kind`, `name`, `channel` and `received_at` come with it.

    The applicant uploads (`channel=upload`); a clerk registers what came by mail (`channel=email`).
    The same bytes again get the same answer.
    """
    settings = request.app.state.runtime.settings
    upload, received_from = await _taken(request, gate, settings.file_bytes_max)
    instant = received_at(upload.said, gate.now)
    digest = await asyncio.to_thread(request.app.state.blobs.put, upload.data)
    command = RegisterFile(
        application_id=application_id,
        sha256=digest,
        size_bytes=len(upload.data),
        media_type=upload.media_type,
        name=upload.name,
        kind=upload.said.kind,
        channel=upload.said.channel,
        received_at=instant,
        received_from=received_from,
    )
    return await gate.ask(command, allow=_uploaders(upload), correlation=application_id)


async def _taken(request: Request, gate: Any, bytes_max: int) -> tuple[Upload, str]:
    """The upload, once somebody who may upload at all is known: strangers fill no disk."""
    actor = gate.allow(*UPLOADERS)
    upload = await read_upload(request, bytes_max)
    return upload, actor.subject if upload.said.channel == "upload" else ""


def _uploaders(upload: Upload) -> Any:
    return ("applicant",) if upload.said.channel == "upload" else ("clerk", "officer")


@router.get("/v1/applications/{application_id}/files")
async def list_files(application_id: ApplicationId, gate: Gate) -> dict[str, Any]:
    """Every file of an application, oldest first."""
    files = await _visible(application_id, gate)
    return {"application_id": application_id, "files": [file_body(f) for f in files]}


@router.get("/v1/applications/{application_id}/files/{sha256}")
async def read_file(
    application_id: ApplicationId, sha256: Digest, request: Request, gate: Gate
) -> Response:
    """The bytes of one file, checked against their digest; always as a download."""
    files = await _visible(application_id, gate)
    file = next((f for f in files if f.sha256 == sha256), None)
    if file is None:
        raise _no_file()
    data = await _bytes(request.app.state.blobs, sha256)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "ETag": f'"{sha256}"',
    }
    return Response(data, media_type=file.media_type, headers=headers)


async def _visible(application_id: str, gate: Any) -> list[Any]:
    """The files whoever asks may see; before submission an applicant sees only their own."""
    async with gate.query() as session:
        case = await case_of(session, application_id)
        files = await files_of(session, application_id)
    actor = gate.allow(*READERS, subject=case.applicant_id if case else "")
    if case is None and not actor.roles & {"clerk", "screener", "officer"}:
        return [f for f in files if f.received_from == actor.subject]
    return files


async def _bytes(blobs: Blobs, digest: str) -> bytes:
    try:
        return await asyncio.to_thread(blobs.get, digest)
    except (BlobCorrupt, BlobMissing) as lost:
        log.exception("blob lost", digest=digest, fault=type(lost).__name__)
        raise ServiceError(
            "blob_lost",
            "The stored bytes are damaged or gone; they are not served. Tell the operator.",
            "存储的文件内容已损坏或丢失，不予提供；请通知管理员。",
        ) from lost


def _no_file() -> NotFound:
    return NotFound(
        "file_unknown",
        "This application has no file with this digest; list its files first.",
        "该申请下没有此摘要的文件；请先查看文件列表。",
    )
