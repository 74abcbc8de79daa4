"""Six probe services in a row over the real contracts and topics: each folds, counts, reacts, emits."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Field

from contracts.catalog import CATALOG
from contracts.document import DOCUMENT, DocumentsAssessed
from contracts.eligibility import ELIGIBILITY, EligibilityAssessed
from contracts.event import Contract, Event
from contracts.finance import FINANCE, BudgetReserved
from contracts.notification import NOTIFICATION, MessageQueued
from contracts.review import REVIEW, AwardRecommended
from contracts.submission import SUBMISSION, ApplicationSubmitted
from contracts.values import Applicant
from services.chassis.causes import Ask
from services.chassis.model import Answer, Service, decision, fold, reaction
from services.chassis.tables import Row, Tables, json_field

CALL = "bench"
SHA = "0" * 64
STATEMENT = "围绕重点领域开展合作, 分三步实施, 形成可核查的成果。" * 4
"""Makes an event about 700 bytes, headers apart: what the real ones weigh."""
FORM = {"statement": STATEMENT, "leader": "负责人", "matching_funds_fen": 1_000_000}
AMOUNT_FEN = 30_000_000


@dataclass(frozen=True, slots=True)
class Start:
    """Ask the first service to send one case on its way."""

    case_id: str


def start(number: int, now: str, name: str) -> Ask:
    """The command that begins case `number` of the run `name`."""
    case = f"{name}-{number:08d}"
    return Ask(id=case, command=Start(case), now=now, correlation_id=case)


def submitted(case_id: str, now: str) -> ApplicationSubmitted:
    """What the first service says of a case."""
    applicant = Applicant(
        id=f"applicant-{case_id}", name="虚构学会", member_class="regular",
        contact_email="a@example.invalid",
    )  # fmt: skip
    return ApplicationSubmitted(
        application_id=case_id, call_id=CALL, call_version=1, applicant=applicant,
        title="开放合作示范", items=("1.1", "2.3"), requested_fen=AMOUNT_FEN, form=FORM,
        form_sha256=SHA, submitted_by=applicant.id, submitted_at=now,
    )  # fmt: skip


def _screened(event: ApplicationSubmitted, now: str) -> EligibilityAssessed:
    return EligibilityAssessed(
        application_id=event.application_id, call_id=event.call_id,
        applicant_id=event.applicant.id, assessment_no=1, verdict="eligible", failed_rules=(),
        open_rules=(), assessment={"rules": 4}, evidence=event.form, assessed_at=now,
    )  # fmt: skip


def _checked(event: EligibilityAssessed, now: str) -> DocumentsAssessed:
    return DocumentsAssessed(
        application_id=event.application_id, call_id=event.call_id, assessment_no=1,
        verdict="complete", timely="on_time", reasons=(), evidence=event.evidence, assessed_at=now,
    )  # fmt: skip


def _recommended(event: DocumentsAssessed, now: str) -> AwardRecommended:
    return AwardRecommended(
        application_id=event.application_id, call_id=event.call_id,
        applicant_id=f"applicant-{event.application_id}", applicant_name="虚构学会",
        title="开放合作示范", rank=1, amount_fen=AMOUNT_FEN, ranking_sha256=SHA,
        recommended_by="officer", recommended_at=now, reason=event.evidence["statement"],
    )  # fmt: skip


def _reserved(event: AwardRecommended, now: str) -> BudgetReserved:
    return BudgetReserved(
        application_id=event.application_id, call_id=event.call_id,
        applicant_id=event.applicant_id, amount_fen=event.amount_fen, free_before_fen=0,
        awards_before=0, evidence={"statement": event.reason}, reserved_at=now,
    )  # fmt: skip


def _queued(event: BudgetReserved, now: str) -> MessageQueued:
    return MessageQueued(
        message_id=event.application_id, about=event.application_id,
        recipient="a@example.invalid", template="result_awarded", languages=("zh-CN", "en"),
        values=event.evidence, queued_at=now,
    )  # fmt: skip


def _first() -> Service:
    tables = Tables("bench1")

    @tables.folded(topic=SUBMISSION.topic, key="id")
    class Case(Row):
        id: str = Field(primary_key=True)
        applicant_id: str
        requested_fen: int
        form: dict[str, Any] = json_field(default_factory=dict)

    @tables.counted(topic=SUBMISSION.topic)
    class Tally(Row):
        call_id: str = Field(primary_key=True)
        received: int = 0
        requested_fen: int = 0

    @decision(Start, needs=lambda c: [Case.key(c.case_id)])
    def begin(command: Start, rows: Any, now: str) -> Any:
        if rows.get(Case, command.case_id) is None:
            yield submitted(command.case_id, now)
        return Answer(201, {"id": command.case_id})

    @fold(ApplicationSubmitted, into=[Case], counts=[Tally])
    def keep(event: ApplicationSubmitted, rows: Any) -> None:
        rows.put(
            Case(
                id=event.application_id, applicant_id=event.applicant.id,
                requested_fen=event.requested_fen, form=event.form,
            )
        )  # fmt: skip
        rows.add(Tally, event.call_id, received=1, requested_fen=event.requested_fen)

    return Service("bench1", SUBMISSION, tables, folds=[keep], decisions=[begin])


def _stage(
    number: int, contract: Contract, heard: type[Event], said: type[Event],
    answer: Callable[[Any, str], Event],
) -> Service:  # fmt: skip
    """One service that hears `heard` and says `said`: two tables and a counter per event."""
    tables = Tables(f"bench{number}")

    @tables.folded(topic=CATALOG.topic_of(heard), key="id")
    class Heard(Row):
        id: str = Field(primary_key=True)
        call_id: str
        times: int
        held: dict[str, Any] = json_field(default_factory=dict)

    @tables.counted(topic=CATALOG.topic_of(heard))
    class Tally(Row):
        call_id: str = Field(primary_key=True)
        heard: int = 0

    @tables.folded(topic=contract.topic, key="id")
    class Said(Row):
        id: str = Field(primary_key=True)
        said: str

    @fold(heard, into=[Heard], counts=[Tally])
    def hear(event: Any, rows: Any) -> None:
        before = rows.get(Heard, event.key)
        times = (before.times if before else 0) + 1
        held = {"statement": STATEMENT}
        rows.put(Heard(id=event.key, call_id=event.call_id, times=times, held=held))
        rows.add(Tally, event.call_id, heard=1)

    @reaction(heard, needs=lambda e: [Heard.key(e.key), Said.key(e.key)])
    def react(event: Any, rows: Any, now: str) -> Iterator[Event]:
        if rows.get(Heard, event.key).times == 1 and rows.get(Said, event.key) is None:
            yield answer(event, now)

    @fold(said, into=[Said])
    def keep(event: Any, rows: Any) -> None:
        rows.put(Said(id=event.key, said=event.TYPE))

    folds: Iterable[Any] = (hear, keep)
    return Service(tables.service, contract, tables, folds=folds, reactions=[react])


STAGES = (
    _first(),
    _stage(2, ELIGIBILITY, ApplicationSubmitted, EligibilityAssessed, _screened),
    _stage(3, DOCUMENT, EligibilityAssessed, DocumentsAssessed, _checked),
    _stage(4, REVIEW, DocumentsAssessed, AwardRecommended, _recommended),
    _stage(5, FINANCE, AwardRecommended, BudgetReserved, _reserved),
    _stage(6, NOTIFICATION, BudgetReserved, MessageQueued, _queued),
)
STAGE_1, STAGE_2, STAGE_3, STAGE_4, STAGE_5, STAGE_6 = STAGES
HOPS = len(STAGES)
