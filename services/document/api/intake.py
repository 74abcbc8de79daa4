"""Taking an uploaded file out of a request: raw or multipart, limited, and what it claims to be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.datastructures import UploadFile

from services.chassis.errors import Invalid, TooLarge
from services.document.api.days import RealInstant
from services.document.rules.media import ADMITTED, agrees, plain_name, sniff


class FileSaid(BaseModel):
    """What the sender says about a file; as query parameters, or as fields of a multipart body."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
    """What it is, e.g. `application_form`; the call names the kinds that count."""
    name: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    """The file's own name, shown to people and never used as a path."""
    channel: Literal["upload", "email"] = "upload"
    received_at: RealInstant | None = None
    """For e-mail only: when the mail server had it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file whose bytes are what its sender says they are."""

    said: FileSaid
    data: bytes
    media_type: str
    name: str


async def read_upload(request: Request, bytes_max: int) -> Upload:
    """The file in a request.

    Raises:
        RequestValidationError: a field is missing or malformed.
        TooLarge: more bytes than one file may have.
        Invalid: no file, an empty one, or one of another type than declared or admitted.
    """
    await request.body()  # kept by the request, so that the idempotency fingerprint can read it too
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        fields, data, declared = await _from_form(request)
    else:
        fields, data = dict(request.query_params), await request.body()
        declared = request.headers.get("content-type", "")
    said = _said(fields)
    return Upload(said, data, _media_type(data, declared, bytes_max), _name(said.name))


async def _from_form(request: Request) -> tuple[dict[str, Any], bytes, str]:
    async with request.form(max_files=1, max_fields=10) as form:
        fields: dict[str, Any] = {n: v for n, v in form.items() if not isinstance(v, UploadFile)}
        file = next((v for v in form.values() if isinstance(v, UploadFile)), None)
        if file is None:
            return fields, b"", ""
        fields.setdefault("name", file.filename or "")
        return fields, await file.read(), file.content_type or ""


def _said(fields: dict[str, Any]) -> FileSaid:
    try:
        return FileSaid.model_validate(fields)
    except ValidationError as bad:
        raise RequestValidationError(
            [{**e, "loc": ("file", *e["loc"])} for e in bad.errors(include_url=False)]
        ) from bad


def _media_type(data: bytes, declared: str, bytes_max: int) -> str:
    if len(data) > bytes_max:
        raise TooLarge(
            "file_too_large",
            f"The file has {len(data)} bytes; at most {bytes_max} are taken. Make it smaller.",
            f"文件大小为{len(data)}字节，上限为{bytes_max}字节，请压缩后重试。",
        )
    if not data:
        raise Invalid(
            "file_empty",
            "There is no file in the body; send its bytes raw, or as a multipart field.",
            "请求中没有文件内容；请直接发送文件字节，或用 multipart 表单上传。",
        )
    found = sniff(data)
    if not agrees(declared, found):
        raise Invalid(
            "file_type_refused",
            f"Declared as {declared or 'nothing'}, but the bytes are {found or 'unknown'}; send "
            f" one of {', '.join(ADMITTED)}, declared as what it is.",
            f"声明类型为{declared or '空'}，实际内容为{found or '未知类型'}；"
            f"可接受：{'、'.join(ADMITTED)}，且声明须与内容一致。",
        )
    return found


def _name(said: str) -> str:
    name = plain_name(said)
    if not name:
        raise Invalid(
            "file_name_invalid",
            "name has no usable characters; give the file's own name, e.g. form.pdf.",
            "name 不含可用字符；请填写文件名，例如 申报书.pdf。",
        )
    return name


def received_at(said: FileSaid, now: str) -> str:
    """When it was received: now for an upload, the mail server's instant for an e-mail.

    Raises:
        Invalid: an e-mail without its instant, one from the future, or an upload that claims one.
    """
    if said.channel == "upload" and said.received_at is None:
        return now
    instant = said.received_at if said.channel == "email" else None
    if instant is not None and datetime.fromisoformat(instant) <= datetime.fromisoformat(now):
        return instant
    raise Invalid(
        "received_at_invalid",
        "received_at is the instant the mail server had it: required for channel=email, not later "
        "than now, and never given for channel=upload.",
        "received_at 为邮件服务器收到的时刻：channel=email 时必填，不得晚于当前时刻；"
        "channel=upload 时不填。",
    )
