"""What several commands check first: whose it is, whether it is there, whether the call is open."""

from collections.abc import Iterable
from typing import ClassVar

from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Stale
from services.submission.rules.call import CallProblem, Timing
from services.submission.rules.problem import Problem
from services.submission.rules.terms import CallTerms, terms_of
from services.submission.store import Application, Call, Draft

READ: dict[str, CallTerms] = {}
"""Calls already read, by the SHA-256 of their document: reading is pure, and often needed."""


def in_force(call: Call) -> CallTerms:
    """The terms of the version in force."""
    terms = READ.get(call.call_sha256)
    if terms is None:
        terms = READ[call.call_sha256] = terms_of(call.call)
    return terms


class PreconditionRequired(Refused):
    """The caller has to say which version the change is based on."""

    status: ClassVar[int] = 428


def own(subject: str, applicant_id: str) -> None:
    """An applicant acts for their own organisation only.

    Raises:
        Forbidden: the application belongs to somebody else.
    """
    if subject != applicant_id:
        raise Forbidden(
            "not_your_application",
            f"This application belongs to another organisation than {subject or 'yours'}; "
            "sign in for the organisation that applies.",
            "该申报属于其他单位，请以申报单位身份登录。",
        )


def unknown_application(application_id: str) -> NotFound:
    """There is no such application."""
    return NotFound(
        "application_unknown",
        f"There is no application {application_id}; begin one with POST /v1/applications.",
        f"没有编号为 {application_id} 的申报；请先通过 POST /v1/applications 创建。",
    )


def sent(application: Application | None, draft: Draft | None, application_id: str) -> Application:
    """The application, once it was sent.

    Raises:
        NotFound: nobody ever began it.
        Conflict: it is still a draft.
    """
    if application is not None:
        return application
    if draft is None:
        raise unknown_application(application_id)
    raise Conflict(
        "not_submitted",
        f"Application {application_id} is still a draft; submit it first.",
        f"申报 {application_id} 尚为草稿，请先提交。",
    )


def withdrawn(application: Application) -> Conflict:
    """The application was taken back, and that is final."""
    return Conflict(
        "already_withdrawn",
        f"Application {application.application_id} was withdrawn at {application.withdrawn_at}; "
        "begin another one while the call is open.",
        f"申报 {application.application_id} 已于 {application.withdrawn_at} 撤回；"
        "受理期内可另行申报。",
        withdrawn_at=application.withdrawn_at,
    )


def known(call: Call | None, call_id: str) -> Call:
    """The call.

    Raises:
        NotFound: it was never published.
    """
    if call is None:
        raise NotFound(
            "call_unknown",
            f"There is no call {call_id}; GET /v1/calls lists those published.",
            f"没有编号为 {call_id} 的申报通知；可通过 GET /v1/calls 查询。",
        )
    return call


def taking(call: Call, now: str) -> CallTerms:
    """The terms of a call that takes electronic applications at this instant.

    Raises:
        Conflict: `too_early`, `too_late` or `upload_not_offered`; nothing is recorded.
    """
    terms = in_force(call)
    if not terms.upload_offered:
        raise Conflict(
            "upload_not_offered",
            f"Call {call.call_id} does not take applications here; "
            f"its channels stand at /v1/calls/{call.call_id}.",
            f"申报通知 {call.call_id} 不接受在线申报；申报渠道见 /v1/calls/{call.call_id}。",
        )
    if terms.timing(now) is Timing.EARLY:
        raise Conflict(
            "too_early",
            f"Call {call.call_id} takes applications from {terms.opens_at}.",
            f"申报通知 {call.call_id} 自 {terms.opens_at} 起受理申报。",
            opens_at=terms.opens_at,
        )
    if call.status != "open" or terms.too_late(now):
        raise _too_late(call, terms, now)
    return terms


def _too_late(call: Call, terms: CallTerms, now: str) -> Conflict:
    return Conflict(
        "too_late",
        f"Applications to call {call.call_id} had to be here before {terms.closes_before} (R44, "
        f"R45); it is {now}. "
        f"An extension would be published at /v1/calls/{call.call_id}.",
        f"申报通知 {call.call_id} 的申报须在 {terms.closes_before} 之前送达，逾期不再受理；"
        f"当前时刻 {now}。"
        f"如有延期，将在 /v1/calls/{call.call_id} 公布。",
        closes_before=terms.closes_before,
        received_at=now,
    )


def fresh(asked: str, version: int, **both: object) -> None:
    """The change is based on the version that is here.

    Raises:
        Stale: somebody saved in between; `both` shows what stands here and what was sent.
    """
    if asked != str(version):
        raise Stale(
            "version_stale",
            f"You changed version {asked}, but version {version} is here; "
            "compare both and send again "
            f'with If-Match: "{version}".',
            f"您修改的是版本 {asked}，当前为版本 {version}；请比对后以 If-Match: "
            f'"{version}" 重新提交。',
            your_version=asked,
            current_version=version,
            **both,
        )


def refuse_all(code: str, en: str, zh: str, problems: Iterable[Problem | CallProblem]) -> None:
    """Say every problem at once.

    Raises:
        Invalid: there is at least one; `problems` lists them.
    """
    if found := [problem.document() for problem in problems]:
        raise Invalid(code, f"{en} ({len(found)})", f"{zh}（{len(found)}项）", problems=found)
