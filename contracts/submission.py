"""What submission publishes: calls, applications, receipts' facts, notices and objections."""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import StringConstraints

from contracts.event import Contract, Envelope, Event
from contracts.values import Applicant, Day, Document, Fen, Id, Instant, Sha256, Value


class CallPublished(Event):
    """A call is open to the public. `call` is the whole call file, so nobody needs to call back."""

    TYPE: ClassVar[str] = "submission.call_published"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "call_id"

    call_id: Id
    call_version: int
    call: Document
    call_sha256: Sha256
    published_by: Id
    published_at: Instant


class CallAmended(Event):
    """A later version of a call is in force from now on; earlier submissions keep their version."""

    TYPE: ClassVar[str] = "submission.call_amended"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "call_id"

    call_id: Id
    call_version: int
    call: Document
    call_sha256: Sha256
    reason: str
    amended_by: Id
    amended_at: Instant


class CallClosed(Event):
    """The window is over: no application can be submitted under this call any more."""

    TYPE: ClassVar[str] = "submission.call_closed"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "call_id"

    call_id: Id
    closed_by: Id
    closed_at: Instant


Yuan = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$")]
"""CNY as a decimal text, at most two places: every one of them is a whole number of fen."""


class ApplicationSubmittedV1(Event):
    """First shape: yuan as a decimal text, and no version of the call. Sent by release 0.1 only."""

    TYPE: ClassVar[str] = "submission.application_submitted"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    applicant: Applicant
    title: str
    items: tuple[str, ...]
    requested_yuan: Yuan
    form: Document
    form_sha256: Sha256


class ApplicationSubmitted(Event):
    """An applicant has locked and sent an application electronically."""

    TYPE: ClassVar[str] = "submission.application_submitted"
    VERSION: ClassVar[int] = 2
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    call_version: int
    applicant: Applicant
    title: str
    items: tuple[str, ...]
    requested_fen: Fen
    form: Document
    form_sha256: Sha256
    submitted_by: Id
    submitted_at: Instant


class DuplicateRefused(Event):
    """A second application by one applicant under one call was refused; the first one stands."""

    TYPE: ClassVar[str] = "submission.duplicate_refused"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    applicant_id: Id
    standing_application_id: Id
    refused_at: Instant


class ApplicationWithdrawn(Event):
    """The applicant takes the application back."""

    TYPE: ClassVar[str] = "submission.application_withdrawn"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    reason: str
    withdrawn_by: Id
    withdrawn_at: Instant


class DispatchDeclared(Event):
    """The applicant states with which waybill, and on which day, the paper copies went out."""

    TYPE: ClassVar[str] = "submission.dispatch_declared"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    carrier: str
    waybill: str
    dispatched_on: Day
    declared_at: Instant


class ProposedAward(Value):
    """One line of a public notice."""

    application_id: Id
    applicant_name: str
    title: str
    amount_fen: Fen


class ResultNoticePublished(Event):
    """The proposed awards are posted for objections until the end of `ends_on`."""

    TYPE: ClassVar[str] = "submission.result_notice_published"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "call_id"

    call_id: Id
    awards: tuple[ProposedAward, ...]
    working_days: int
    posted_on: Day
    ends_on: Day
    published_by: Id
    published_at: Instant


class ObjectionRaised(Event):
    """A written objection, under real name, with contact and evidence."""

    TYPE: ClassVar[str] = "submission.objection_raised"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    objection_id: Id
    raised_by: str
    statement: str
    evidence_sha256: Sha256
    raised_at: Instant


class ObjectionResolved(Event):
    """The owner of the call answered an objection."""

    TYPE: ClassVar[str] = "submission.objection_resolved"
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str] = "application_id"

    application_id: Id
    call_id: Id
    objection_id: Id
    upheld: bool
    reason: str
    resolved_by: Id
    resolved_at: Instant


def submitted_v1_to_v2(old: ApplicationSubmittedV1, envelope: Envelope) -> ApplicationSubmitted:
    """Version 1 left as the submission committed, and only a call's first version existed then."""
    return ApplicationSubmitted(
        application_id=old.application_id,
        call_id=old.call_id,
        call_version=1,
        applicant=old.applicant,
        title=old.title,
        items=old.items,
        requested_fen=int(Decimal(old.requested_yuan) * 100),
        form=old.form,
        form_sha256=old.form_sha256,
        submitted_by=old.applicant.id,
        submitted_at=envelope.time,
    )


SUBMISSION = Contract(
    publisher="submission",
    topic="submission.events",
    events=(
        CallPublished,
        CallAmended,
        CallClosed,
        ApplicationSubmittedV1,
        ApplicationSubmitted,
        DuplicateRefused,
        ApplicationWithdrawn,
        DispatchDeclared,
        ResultNoticePublished,
        ObjectionRaised,
        ObjectionResolved,
    ),
    upcasts=((ApplicationSubmittedV1, submitted_v1_to_v2),),
    correlates=("application_id", "call_id"),
)
