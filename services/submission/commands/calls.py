"""Calls: publish, amend, close."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.submission import CallAmended, CallClosed, CallPublished
from services.chassis.errors import Conflict
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.submission.commands.guards import fresh, in_force, known, refuse_all
from services.submission.rules.amendment import amendment_problems
from services.submission.rules.call import blocking, publication_problems
from services.submission.rules.canonical import digest, unwritable
from services.submission.rules.terms import terms_of
from services.submission.store import Call, CallVersion

CALL_ID = re.compile(r"[a-z0-9-]{1,80}")
VERSION_MAX = 10_000
INCOMPLETE_EN = (
    "The call cannot be published: mend everything listed in problems and send it again."
)
INCOMPLETE_ZH = "申报通知不能发布：请按 problems 逐项更正后重新提交。"


@dataclass(frozen=True, slots=True)
class PublishCall:
    """Open a call to the public."""

    call: Mapping[str, Any]
    actor_id: str

    @property
    def call_id(self) -> str:
        """The document's own id; empty where it has none that could name a row."""
        said = self.call.get("id")
        return said if isinstance(said, str) and CALL_ID.fullmatch(said) else ""

    @property
    def version(self) -> int:
        """The document's own version; 0 where it has none."""
        said = self.call.get("version")
        return said if isinstance(said, int) and 0 < said <= VERSION_MAX else 0


@dataclass(frozen=True, slots=True)
class AmendCall:
    """Put a later version in force. `base` is the version it changes, empty for whichever."""

    call_id: str
    call: Mapping[str, Any]
    reason: str
    base: str
    actor_id: str


@dataclass(frozen=True, slots=True)
class CloseCall:
    """End a call, once every channel's window is over."""

    call_id: str
    actor_id: str


def _publish_needs(command: PublishCall) -> Iterable[Need]:
    return (Call.key(command.call_id), CallVersion.key(command.call_id, command.version))


@decision(PublishCall, needs=_publish_needs)
def publish(command: PublishCall, rows: NamedRows, now: str) -> Outcome:
    """A complete call is published once; the same document again gets the same answer."""
    warnings = _complete(command.call)
    sha256 = digest(command.call)
    held = rows.get(CallVersion, command.call_id, command.version)
    if held is not None and held.call_sha256 == sha256:
        return _answer(201, held.call_id, held.call_version, sha256, held.in_force_from, warnings)
    if rows.get(Call, command.call_id) is not None:
        raise Conflict(
            "call_exists",
            f"Call {command.call_id} is already published with another text; change it with "
            f"POST /v1/calls/{command.call_id}/amendment.",
            f"申报通知 {command.call_id} 已发布且内容不同；"
            f"请通过 POST /v1/calls/{command.call_id}/amendment 修订。",
        )
    yield CallPublished(
        call_id=command.call_id, call_version=command.version, call=dict(command.call),
        call_sha256=sha256,
        published_by=command.actor_id, published_at=now,
    )  # fmt: skip
    return _answer(201, command.call_id, command.version, sha256, now, warnings)


@decision(AmendCall, needs=lambda c: [Call.key(c.call_id)])
def amend(command: AmendCall, rows: NamedRows, now: str) -> Outcome:
    """The next version is in force; a longer window re-opens a closed call.

    What was submitted before keeps the version it was submitted under (A17).
    """
    call = known(rows.get(Call, command.call_id), command.call_id)
    warnings = _complete(command.call)
    sha256 = digest(command.call)
    if sha256 == call.call_sha256:
        return _answer(200, call.call_id, call.call_version, sha256, call.in_force_from, warnings)
    if command.base:
        fresh(command.base, call.call_version, current_sha256=call.call_sha256, your_sha256=sha256)
    refuse_all(
        "amendment_refused",
        "The amendment cannot follow the version in force; mend what problems lists.",
        "该修订不能接续现行版本，请按 problems 逐项更正。",
        amendment_problems(call.call, command.call),
    )
    version = call.call_version + 1
    yield CallAmended(
        call_id=call.call_id, call_version=version, call=dict(command.call), call_sha256=sha256,
        reason=command.reason, amended_by=command.actor_id, amended_at=now,
    )  # fmt: skip
    if call.status == "closed" and terms_of(command.call).window_over(now):
        yield CallClosed(call_id=call.call_id, closed_by=command.actor_id, closed_at=now)
    return _answer(200, call.call_id, version, sha256, now, warnings)


@decision(CloseCall, needs=lambda c: [Call.key(c.call_id)])
def close(command: CloseCall, rows: NamedRows, now: str) -> Outcome:
    """A call is closed at or after the end of its longest window, never before."""
    call = known(rows.get(Call, command.call_id), command.call_id)
    if call.status == "closed":
        return {"call_id": call.call_id, "status": "closed", "closed_at": call.closed_at}
    terms = in_force(call)
    if not terms.window_over(now):
        raise Conflict(
            "window_open",
            f"Call {call.call_id} takes applications until {terms.closes_before}; "
            "close it then or later.",
            f"申报通知 {call.call_id} 受理至 {terms.closes_before}，届时方可关闭。",
            closes_before=terms.closes_before,
        )
    yield CallClosed(call_id=call.call_id, closed_by=command.actor_id, closed_at=now)
    return {"call_id": call.call_id, "status": "closed", "closed_at": now}


def _complete(call: Mapping[str, Any]) -> list[dict[str, object]]:
    """The warnings of a call that may be published.

    Raises:
        Invalid: it may not; everything that is missing or wrong is listed.
    """
    refuse_all("call_unwritable", INCOMPLETE_EN, INCOMPLETE_ZH, unwritable(call, "call"))
    found = publication_problems(call)
    refuse_all("call_incomplete", INCOMPLETE_EN, INCOMPLETE_ZH, blocking(found))
    return [problem.document() for problem in found]


def _answer(
    status: int,
    call_id: str,
    version: int,
    sha256: str,
    since: str,
    warnings: list[dict[str, object]],
) -> Answer:
    body = {
        "call_id": call_id,
        "call_version": version,
        "call_sha256": sha256,
        "in_force_from": since,
        "warnings": warnings,
    }
    return Answer(status, body, etag=str(version))
