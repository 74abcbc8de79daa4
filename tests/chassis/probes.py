"""Three small services that exercise every promise of the chassis, over the real contracts."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import Field

from contracts.document import DOCUMENT, DocumentsAssessed
from contracts.eligibility import ELIGIBILITY, EligibilityAssessed
from contracts.submission import SUBMISSION, ApplicationSubmitted, ApplicationWithdrawn
from contracts.submission import CallPublished as CallKnown
from contracts.values import Applicant
from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.model import Answer, Save, Service, decision, fold, reaction
from services.chassis.tables import Row, Tables, json_field
from tests.chassis.commands import Append, Break, Submit, Withdraw, Write

SOURCE = Tables("source")
MIDDLE = Tables("middle")
SINK = Tables("sink")


@SOURCE.folded(topic="submission.events", key="id", sets=(("applicant_id",),))
class Case(Row):
    """An application as the source keeps it."""

    id: str = Field(primary_key=True)
    applicant_id: str
    title: str
    requested_fen: int
    status: str = "submitted"
    form: dict[str, Any] = json_field(default_factory=dict)


@SOURCE.counted(topic="submission.events")
class Tally(Row):
    """Applications per call."""

    call_id: str = Field(primary_key=True)
    received: int = 0
    requested_fen: int = 0


@SOURCE.workspace()
class Note(Row):
    """Something typed, not yet sent."""

    id: str = Field(primary_key=True)
    text: str


@MIDDLE.folded(topic="submission.events", key="id")
class Seen(Row):
    """An application as the middle saw it."""

    id: str = Field(primary_key=True)
    title: str
    status: str = "seen"


@MIDDLE.folded(topic="submission.events", key="id")
class Call(Row):
    """A call the middle knows: its word is what lets refused applications go on."""

    id: str = Field(primary_key=True)


@MIDDLE.folded(topic="eligibility.events", key="application_id")
class Verdict(Row):
    """What the middle said."""

    application_id: str = Field(primary_key=True)
    verdict: str
    times: int = 0


@MIDDLE.counted(topic="eligibility.events")
class Verdicts(Row):
    """How often each verdict was given."""

    verdict: str = Field(primary_key=True)
    given: int = 0


@SINK.folded(topic="eligibility.events", key="application_id")
class Heard(Row):
    """What the sink heard, and how often."""

    application_id: str = Field(primary_key=True)
    verdict: str
    times: int = 0


@SINK.counted(topic="eligibility.events")
class HeardTally(Row):
    """How many verdicts the sink heard."""

    call_id: str = Field(primary_key=True)
    heard: int = 0


def submitted(command: Submit, now: str) -> ApplicationSubmitted:
    """The event of a submission."""
    return ApplicationSubmitted(
        application_id=command.id,
        call_id=command.call_id,
        call_version=1,
        applicant=Applicant(
            id=command.applicant_id, name="虚构学会", member_class="regular",
            contact_email="a@example.invalid",
        ),
        title=command.title,
        items=("1.1",),
        requested_fen=command.requested_fen,
        form=command.form,
        form_sha256="0" * 64,
        submitted_by=command.applicant_id,
        submitted_at=now,
    )  # fmt: skip


def withdrawn(application_id: str, now: str) -> ApplicationWithdrawn:
    """The event of a withdrawal."""
    return ApplicationWithdrawn(
        application_id=application_id, call_id="call", reason="", withdrawn_by="o",
        withdrawn_at=now,
    )  # fmt: skip


@decision(Submit, needs=lambda c: [Case.key(c.id), Case.of(applicant_id=c.applicant_id)])
def submit(command: Submit, rows: Any, now: str) -> Any:
    """One application per applicant; the same again is answered the same."""
    standing = rows.get(Case, command.id)
    if standing is not None and standing.title == command.title:
        return Answer(201, {"application_id": standing.id})
    if others := rows.of(Case, applicant_id=command.applicant_id):
        raise Conflict("claimed", f"{others[0].id} stands.", "已有申请", standing=others[0].id)
    if command.requested_fen <= 0:
        raise Invalid("amount_invalid", "Ask for more than nothing.", "金额须大于零")
    yield submitted(command, now)
    return Answer(201, {"application_id": command.id})


@decision(Withdraw, needs=lambda c: [Case.key(c.id)])
def withdraw(command: Withdraw, rows: Any, now: str) -> Any:
    """Withdraw what stands; refuse what was never there."""
    case = rows.get(Case, command.id)
    if case is None:
        raise NotFound("case_unknown", f"There is no application {command.id}.")
    if case.status != "withdrawn":
        yield withdrawn(case.id, now)
    return {"application_id": case.id}


@decision(Append, needs=lambda c: [Note.key(c.id)])
def append(command: Append, rows: Any, now: str) -> Any:
    """Lengthen a note; no event."""
    note = rows.get(Note, command.id)
    text = (note.text if note else "") + command.text
    yield Save(Note(id=command.id, text=text))
    return {"text": text}


@decision(Write, needs=lambda c: [Note.key(c.id)])
def write(command: Write, rows: Any, now: str) -> Any:
    """Keep a note; no event."""
    yield Save(Note(id=command.id, text=command.text))
    return {"text": command.text}


@decision(Break)
def hit_a_bug(command: Break, rows: Any, now: str) -> Any:
    """Fail as a programming error would."""
    yield submitted(Submit(id=command.id, applicant_id=command.id), now)
    if not command.late:
        raise ZeroDivisionError(command.id)
    yield withdrawn("never submitted", now)


@fold(ApplicationSubmitted, into=[Case], counts=[Tally])
def keep_case(event: ApplicationSubmitted, rows: Any) -> None:
    rows.put(
        Case(
            id=event.application_id, applicant_id=event.applicant.id, title=event.title,
            requested_fen=event.requested_fen, form=event.form,
        )
    )  # fmt: skip
    rows.add(Tally, event.call_id, received=1, requested_fen=event.requested_fen)


@fold(ApplicationWithdrawn, into=[Case])
def close_case(event: ApplicationWithdrawn, rows: Any) -> None:
    case = rows.get(Case, event.application_id)
    rows.put(case.but(status="withdrawn"))


@fold(ApplicationSubmitted, into=[Seen])
def see(event: ApplicationSubmitted, rows: Any) -> None:
    rows.put(Seen(id=event.application_id, title=event.title))


@fold(ApplicationWithdrawn, into=[Seen])
def see_withdrawal(event: ApplicationWithdrawn, rows: Any) -> None:
    seen = rows.get(Seen, event.application_id)
    if seen:
        rows.put(seen.but(status="withdrawn"))


@fold(CallKnown, into=[Call])
def see_call(event: CallKnown, rows: Any) -> None:
    rows.put(Call(id=event.call_id))


@reaction(
    ApplicationSubmitted,
    needs=lambda e: [
        Seen.key(e.application_id), Verdict.key(e.application_id), Call.key(e.call_id)
    ],
)  # fmt: skip
def judge(event: ApplicationSubmitted, rows: Any, now: str) -> Iterator[EligibilityAssessed]:
    """Say eligible; refuse and fail on demand, until the call is known."""
    known = rows.get(Call, event.call_id) is not None
    if event.title == "refuse me" and not known:
        raise Invalid("call_unknown", "The call is not here yet.")
    if event.title == "bug" and not known:
        raise ZeroDivisionError("on demand")
    assert rows.get(Seen, event.application_id) is not None
    given = rows.get(Verdict, event.application_id)
    yield EligibilityAssessed(
        application_id=event.application_id, call_id=event.call_id,
        applicant_id=event.applicant.id, assessment_no=(given.times if given else 0) + 1,
        verdict="eligible", failed_rules=(), open_rules=(), assessment={},
        evidence={"title": event.title}, assessed_at=now,
    )  # fmt: skip


@fold(EligibilityAssessed, into=[Verdict], counts=[Verdicts])
def keep_verdict(event: EligibilityAssessed, rows: Any) -> None:
    before = rows.get(Verdict, event.application_id)
    times = (before.times if before else 0) + 1
    rows.put(Verdict(application_id=event.application_id, verdict=event.verdict, times=times))
    rows.add(Verdicts, event.verdict, given=1)


@fold(EligibilityAssessed, into=[Heard], counts=[HeardTally])
def hear(event: EligibilityAssessed, rows: Any) -> None:
    before = rows.get(Heard, event.application_id)
    times = (before.times if before else 0) + 1
    rows.put(Heard(application_id=event.application_id, verdict=event.verdict, times=times))
    rows.add(HeardTally, event.call_id, heard=1)


@reaction(EligibilityAssessed)
def echo(event: EligibilityAssessed, rows: Any, now: str) -> Iterator[DocumentsAssessed]:
    """Say that the papers are complete, so that the chain has a third hop."""
    yield DocumentsAssessed(
        application_id=event.application_id, call_id=event.call_id,
        assessment_no=event.assessment_no, verdict="complete", timely="on_time", reasons=(),
        evidence={}, assessed_at=now,
    )  # fmt: skip


SOURCE_SERVICE = Service(
    "source", SUBMISSION, SOURCE, folds=[keep_case, close_case],
    decisions=[submit, withdraw, write, append, hit_a_bug],
)  # fmt: skip
MIDDLE_SERVICE = Service(
    "middle", ELIGIBILITY, MIDDLE, folds=[see, see_withdrawal, see_call, keep_verdict],
    reactions=[judge],
)  # fmt: skip
SINK_SERVICE = Service("sink", DOCUMENT, SINK, folds=[hear], reactions=[echo])
PROBES = (SOURCE_SERVICE, MIDDLE_SERVICE, SINK_SERVICE)
