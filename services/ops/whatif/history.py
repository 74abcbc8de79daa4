"""The decisions a what-if starts from: the latest of each kind per application, and the ranking."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from contracts.catalog import CATALOG
from contracts.document import DocumentsAssessed
from contracts.eligibility import EligibilityAssessed
from contracts.event import ContractError, Event
from contracts.review import RankingSealed
from contracts.submission import ApplicationSubmitted, ApplicationWithdrawn
from services.chassis.causes import Record
from services.chassis.log import end_of, read
from services.chassis.replay import undisturbed
from services.chassis.replay.folding import type_of

WANTED = (
    ApplicationSubmitted, ApplicationWithdrawn, EligibilityAssessed, DocumentsAssessed, RankingSealed
)  # fmt: skip
Assessed = EligibilityAssessed | DocumentsAssessed


@dataclass
class History:
    """What the log says about a call's applications."""

    call_id: str = ""
    """Only this call; empty: all."""
    applications: dict[str, ApplicationSubmitted] = field(default_factory=dict)
    eligibility: dict[str, EligibilityAssessed] = field(default_factory=dict)
    documents: dict[str, DocumentsAssessed] = field(default_factory=dict)
    rankings: dict[str, RankingSealed] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)

    def note(self, event: Event) -> None:
        """Take an event in; the later assessment of an application counts."""
        if self.call_id and getattr(event, "call_id", "") != self.call_id:
            return
        if isinstance(event, Assessed):
            self._assessed(event)
        elif isinstance(event, ApplicationSubmitted):
            self.applications[event.application_id] = event
        elif isinstance(event, ApplicationWithdrawn):
            self.withdrawn.add(event.application_id)
        elif isinstance(event, RankingSealed):
            self.rankings[event.call_id] = event

    def _assessed(self, event: Assessed) -> None:
        if isinstance(event, EligibilityAssessed):
            if _is_later(event, self.eligibility.get(event.application_id)):
                self.eligibility[event.application_id] = event
        elif _is_later(event, self.documents.get(event.application_id)):
            self.documents[event.application_id] = event


def _is_later(event: Assessed, before: Assessed | None) -> bool:
    return before is None or before.assessment_no <= event.assessment_no


async def history(bootstrap: str, call_id: str = "") -> History:
    """Read what a what-if needs out of the log as it stands."""
    topics = {CATALOG.topic_of(event) for event in WANTED}
    return await gathered(read(bootstrap, await end_of(bootstrap, sorted(topics))), call_id)


async def gathered(batches: AsyncIterator[list[Record]], call_id: str = "") -> History:
    """As `history`, from records of anywhere."""
    found = History(call_id)
    with undisturbed():
        async for batch in batches:
            for event in _events(batch):
                found.note(event)
    return found


def _events(batch: Iterable[Record]) -> Iterable[Event]:
    wanted = {event.TYPE for event in WANTED}
    for record in batch:
        if type_of(record) in wanted:
            try:
                yield record.read_event()
            except ContractError:
                continue
